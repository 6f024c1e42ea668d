"""How `logagent patterns` shows what was found."""

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from logagent import patterns
from logagent._core import Model
from logagent.cli.terminal import glyphs, say, width, write_lines
from logagent.patterns import Template
from logagent.printable import printable
from logagent.table import Column, Kind, number, render


def write_json(templates: Sequence[Template], found: dict[str, Any]) -> None:
    """Templates and what else was found, as one object."""
    known = ("lines", "oversize", "forgotten_lines", "unmatched", "unmatched_examples")
    fields = {name: found[name] for name in known}
    if not found["unmatched"]:
        fields["unmatched_examples"] = []
    write_lines([patterns.to_json(fields | {"templates": list(map(_with_times, templates))})])


def write_csv(templates: Sequence[Template], *, limit: int | None) -> None:
    """A row for each template."""
    total = sum(one["count"] for one in templates)
    rows = (
        [
            one["id"],
            one["count"],
            f"{_share(one['count'], total):.6f}",
            _time(one["first_seen"]),
            _time(one["last_seen"]),
            one["template"],
        ]
        for one in templates[:limit]
    )
    _write_rows(["id", "count", "share", "first_seen", "last_seen", "template"], rows)


def write_table(templates: Sequence[Template], *, limit: int | None, examples: int) -> None:
    """A table, with `examples` lines below each template."""
    total = sum(one["count"] for one in templates)
    shown = templates[:limit]
    blocks = glyphs(sys.stdout).blocks is not None
    has_times = any(one["timeline"] for one in shown)
    heading = [Column("count", Kind.NUMBER), Column("share", Kind.NUMBER)]
    if has_times:
        heading += [Column(name, Kind.BAR) for name in ("over time", "first seen", "last seen")]
    rows = []
    for one in shown:
        row = [number(one["count"]), f"{_share(one['count'], total):.1%}"]
        if has_times:
            row.append(patterns.sparkline(one["timeline"], blocks=blocks))
            row += [_time(one["first_seen"]), _time(one["last_seen"])]
        rows.append([*row, one["template"]])
    lines = _table([*heading, Column("pattern")], rows)
    write_lines(lines[:1])
    for line, one in zip(lines[1:], shown, strict=True):
        write_lines([line])
        write_lines(f"    {printable(example)}" for example in one["examples"][:examples])
    if rest := templates[len(shown) :]:
        say("note", f"{len(rest)} more patterns with {sum(one['count'] for one in rest)} lines")


def write_notes(found: dict[str, Any]) -> None:
    """What a table does not hold, on standard error."""
    if found["forgotten_lines"]:
        say("note", f"{number(found['forgotten_lines'])} lines of rare shapes were forgotten")
    if found["oversize"]:
        say("note", f"{number(found['oversize'])} lines longer than 1 MiB were left out")
    if found["unmatched"]:
        say("note", f"{number(found['unmatched'])} lines match no pattern, such as")
        for example in found["unmatched_examples"]:
            say("note", f"  {example}")


def write_changes(output: str, before: Model, after: Model, *, limit: int | None) -> None:
    """What is new, gone, more or less in `after`."""
    found = patterns.changes(before, after)
    if output == "json":
        rows = [
            {"change": one.kind} | _with_times(one.template) | {"count": one.before + one.after}
            for one in found[:limit]
        ]
        lines = {"before_lines": before.lines, "after_lines": after.lines}
        write_lines([patterns.to_json(lines | {"templates": rows})])
        return
    if output == "csv":
        _write_rows(
            ["change", "id", "before", "after", "template"],
            (
                [one.kind, one.template["id"], one.before, one.after, one.template["template"]]
                for one in found[:limit]
            ),
        )
        return
    news = [one for one in found if one.kind != "same"]
    if not news:
        say("note", "no pattern is new or gone, and none has another rate")
        return
    heading = [
        Column("change", Kind.BAR),
        Column("before", Kind.NUMBER),
        Column("after", Kind.NUMBER),
        Column("pattern"),
    ]
    cells = [
        [one.kind, number(one.before), number(one.after), one.template["template"]]
        for one in news[:limit]
    ]
    write_lines(_table(heading, cells))


def _table(heading: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    here = sys.stdout
    return render(heading, rows, totals=None, width=width(here), glyphs=glyphs(here))


def _write_rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)


def _with_times(template: Template) -> Template:
    return template | {name: _time(template[name]) or None for name in ("first_seen", "last_seen")}


def _time(unix_seconds: int | None) -> str:
    """An instant as ISO 8601; empty without one, or beyond the years that are written so."""
    if unix_seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def _share(count: int, total: int) -> float:
    return count / total if total else 0.0
