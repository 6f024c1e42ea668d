"""Tables in plain text: made by hand because loading a library for it would cost 40 ms a run."""

from __future__ import annotations

from logagent.printable import columns, printable, shorten

_GAP = "  "
_LEAST_TEXT_COLUMNS = 6
_BAR_COLUMNS = 10
_KILO = 1000
_BLOCKS = " ▏▎▍▌▋▊▉█"
TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    Paint = Callable[[str, int | None], str]
    """Colours the finished line of a row, by its number; None is the heading."""
    Kind = Literal["text", "number", "bar"]
    """What a column holds: text is set left and shortened when room is scarce, numbers are set
    right, bars left."""


def unpainted(line: str, _row: int | None) -> str:
    """The line as it is."""
    return line


class Column:
    """A column of a table."""

    __slots__ = ("heading", "kind")

    def __init__(self, heading: str, kind: Kind = "text") -> None:
        self.heading = heading
        self.kind: Kind = kind


class Glyphs:
    """The characters that an encoding can show."""

    __slots__ = ("blocks", "ellipsis", "rule", "separator")

    def __init__(
        self,
        *,
        ellipsis: str = "…",
        rule: str = "─",
        separator: str = " · ",
        blocks: str | None = _BLOCKS,
    ) -> None:
        """`blocks` are from empty to full, for bars; None: no bars."""
        self.ellipsis = ellipsis
        self.rule = rule
        self.separator = separator
        self.blocks = blocks


UNICODE = Glyphs()
ASCII = Glyphs(ellipsis="...", rule="-", separator=", ", blocks=None)


def render(
    heading: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    totals: Sequence[str] | None,
    width: int | None,
    glyphs: Glyphs = UNICODE,
    paint: Paint = unpainted,
) -> list[str]:
    """Lines of a table of `len(heading)` cells a row, in at most `width` columns (None: no limit).

    Cells are escaped by `printable`. Without `totals` there is no last row, nor a rule above it.
    """
    last_rows = [] if totals is None else [totals]
    cells = [[printable(cell) for cell in row] for row in (*rows, *last_rows)]
    widths = [
        max([columns(column.heading), *(columns(row[i]) for row in cells)])
        for i, column in enumerate(heading)
    ]
    if width is not None:
        _narrow(widths, heading, width)

    def line(row: Sequence[str]) -> str:
        parts = []
        for cell, column, cell_columns in zip(row, heading, widths, strict=True):
            is_text = column.kind == "text"
            shown = shorten(cell, cell_columns, ellipsis=glyphs.ellipsis) if is_text else cell
            padding = " " * (cell_columns - columns(shown))
            parts.append(padding + shown if column.kind == "number" else shown + padding)
        return _GAP.join(parts).rstrip()

    lines = [
        paint(line([column.heading for column in heading]), None),
        *(paint(line(row), index) for index, row in enumerate(cells[: len(rows)])),
    ]
    if totals is not None:
        rule = glyphs.rule * (sum(widths) + len(_GAP) * (len(widths) - 1))
        lines += [rule, line(cells[-1])]
    return lines


def _narrow(widths: list[int], heading: Sequence[Column], width: int) -> None:
    """Cap the columns of text, all at the same width, so that the table fits if that can be."""
    texts = [i for i, column in enumerate(heading) if column.kind == "text"]
    fixed = sum(widths) - sum(widths[i] for i in texts) + len(_GAP) * (len(widths) - 1)
    low, high = _LEAST_TEXT_COLUMNS, max((widths[i] for i in texts), default=0)
    while low < high:
        cap = (low + high + 1) // 2
        if fixed + sum(min(widths[i], cap) for i in texts) <= width:
            low = cap
        else:
            high = cap - 1
    for i in texts:
        widths[i] = min(widths[i], low)


def bar(share: float, glyphs: Glyphs = UNICODE) -> str:
    """A bar for a share from 0 to 1, up to ten columns long, exact to an eighth of a column."""
    if glyphs.blocks is None:
        return ""
    eighths = round(min(max(share, 0.0), 1.0) * _BAR_COLUMNS * 8)
    full, rest = divmod(eighths, 8)
    return glyphs.blocks[8] * full + (glyphs.blocks[rest] if rest else "")


def number(value: float) -> str:
    """A count or a sum with thousands separators and at most three decimals."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def byte_count(count: int) -> str:
    """A number of bytes in decimal units: `31.4 MB`."""
    size = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= _KILO
        if size < _KILO or unit == "TB":
            break
    return f"{count} B" if count < _KILO else f"{size:,.1f} {unit}"
