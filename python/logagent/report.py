"""A scan's result for people: a table, the totals, and what was refused."""

from __future__ import annotations

from logagent.printable import printable
from logagent.table import UNICODE, Column, Glyphs, bar, byte_count, number, render, unpainted

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from logagent.result import ScanResult
    from logagent.table import Paint

    class Counts(Protocol):
        """What `ScanResult` and `_core.Snapshot` have in common."""

        lines: int
        matched: int
        rejected: int
        bytes: int
        rejects: dict[str, int]


_REASONS = {
    "empty": "no text",
    "literal": "other text where the format has fixed text",
    "field": "a field with characters that it cannot have",
    "short": "ends before the format does",
    "trailing": "goes on after the format's end",
    "regex": "the regex does not match",
    "json": "not a JSON object",
    "oversize": "longer than 1 MiB",
}


def table(
    result: ScanResult,
    *,
    limit: int | None = None,
    width: int | None = None,
    glyphs: Glyphs = UNICODE,
    paint: Paint = unpainted,
) -> list[str]:
    """Lines of the groups, or of the first `limit` with a line that counts the others."""
    columns = result.columns()
    counts = columns["count"]
    heading = [
        *(Column(name) for name in result.by),
        Column("count", "number"),
        Column("share", "number"),
        Column("", "bar"),
        *(Column(f"sum_{name}", "number") for name in result.sums),
    ]
    n = len(result.by)
    total = sum(counts)
    rows = [
        [*_texts(row[:n]), *_figures(row[n], row[n + 1 :], total, glyphs)]
        for row in result.rows(limit)
    ]
    shown = len(rows)
    sums = [sum(columns[f"sum_{name}"]) for name in result.sums]
    last = [
        *["total", *[""] * (n - 1)][:n],
        *_figures(total, sums, total, None),
    ]
    lines = render(heading, rows, totals=last, width=width, glyphs=glyphs, paint=paint)
    if shown < len(counts):
        groups, count = number(len(counts) - shown), number(sum(counts[shown:]))
        lines.insert(-2, f"{glyphs.ellipsis} {groups} more groups with {count} lines")
    return lines


def _texts(labels: Sequence[str | None]) -> list[str]:
    # As logs show what is absent; a label is never just this.
    return ["-" if label is None else label for label in labels]


def _figures(count: int, sums: Sequence[float], total: int, glyphs: Glyphs | None) -> list[str]:
    """The cells behind the labels; without `glyphs` there is no bar."""
    share = count / total if total else 0.0
    shown = bar(share, glyphs) if glyphs else ""
    return [number(count), f"{share:.1%}", shown, *map(number, sums)]


def totals(
    result: Counts, *, errors: Sequence[tuple[str, str]] = (), glyphs: Glyphs = UNICODE
) -> list[str]:
    """How much was read, why lines were rejected, and which inputs were not read whole."""
    figures = (
        f"{number(result.lines)} lines",
        f"{number(result.matched)} matched",
        f"{number(result.rejected)} rejected",
    )
    lines = [f"{', '.join(figures)}{glyphs.separator}{byte_count(result.bytes)}"]
    by_count = sorted(result.rejects.items(), key=lambda item: (-item[1], item[0]))
    for reason, count in by_count:
        meaning = _REASONS.get(reason)
        lines.append(f"  {number(count)} {reason}" + (f": {meaning}" if meaning else ""))
    lines.extend(f"not read whole: {printable(path)}: {printable(what)}" for path, what in errors)
    return lines


def html(result: ScanResult, *, limit: int) -> str:
    """The groups, or the first `limit`, and the totals for a notebook; log content is escaped."""
    from html import escape

    def row(tag: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    n = len(result.by)
    body = "".join(
        row(
            "td",
            [*map(printable, _texts(group[:n])), *map(number, group[n:])],
        )
        for group in result.rows(limit)
    )
    rest = len(result) - limit
    more = f"<p>… {number(rest)} more groups</p>" if rest > 0 else ""
    notes = "<br>".join(escape(line) for line in totals(result, errors=result.errors))
    heading = row("th", map(printable, result.columns()))
    return f"<table><thead>{heading}</thead><tbody>{body}</tbody></table>{more}<p>{notes}</p>"
