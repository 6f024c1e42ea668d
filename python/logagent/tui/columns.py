"""What the tables of `logagent top` show of a row, on a screen and as plain text."""

from enum import StrEnum

from logagent.live.tables import RECENT_SECONDS, Kind, Row, Table
from logagent.table import Column, byte_count, number

_MOST_ERROR = 20
"""A count that may be too high by more than its twentieth is marked."""


class Order(StrEnum):
    """What the rows of tables are sorted by, the largest first."""

    TOTAL = "total"
    RECENT = "recent"
    BYTES = "bytes"


def ordered(table: Table, order: Order) -> list[Row]:
    """The rows of a table; the slowest stay the slowest first unless recency is asked for."""

    def key(row: Row) -> tuple[float, float, str]:
        main: float | None = row.total - row.error
        if order is Order.RECENT:
            main = row.recent
        elif table.kind is Kind.SLOWEST:
            main = row.seconds
        elif order is Order.BYTES:
            main = row.size_bytes
        return -(main or 0), -row.total, row.text

    return sorted(table.rows, key=key)


def headings(table: Table) -> list[Column]:
    """The columns of a table."""
    columns = [Column(table.title), Column("total", "number")]
    columns.append(Column(f"last {RECENT_SECONDS} s", "number"))
    if any(row.size_bytes is not None for row in table.rows):
        columns.append(Column("bytes", "number"))
    if table.kind is Kind.SLOWEST:
        columns.append(Column("95 %", "number"))
    return columns


def cells(table: Table, row: Row) -> list[str]:
    """The texts of a row, as many as `headings`; the first is as it was logged."""
    found = [row.text, total(row), "" if row.recent is None else number(row.recent)]
    if any(one.size_bytes is not None for one in table.rows):
        found.append("" if row.size_bytes is None else byte_count(int(row.size_bytes)))
    if table.kind is Kind.SLOWEST:
        found.append("" if row.seconds is None else duration(row.seconds))
    return found


def total(row: Row) -> str:
    """The count of a row; at most that much where it is more than a little uncertain."""
    return f"{'≤' if row.error * _MOST_ERROR > row.total else ''}{number(row.total)}"


def duration(seconds: float) -> str:
    """A duration of a request: `12 ms`, `3.4 s`."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
