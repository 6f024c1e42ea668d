"""How `scan` reads files, whatever it counts."""

from typing import NamedTuple, Protocol

TABLE_GROUPS = 30
"""Groups that a table shows unless somebody says how many."""


class Counts(Protocol):
    """What `ScanResult` and `_core.Snapshot` have in common."""

    lines: int
    matched: int
    selected: int
    rejected: int
    bytes: int


class Reading(NamedTuple):
    """The options of reading."""

    threads: int
    since_ns: int | None
    """Unix nanoseconds of the first instant that counts."""
    until_ns: int | None
    """Unix nanoseconds of the first instant after it that does not."""
    rejects: str | None
    """The file that takes the lines that do not match."""
    slot_seconds: int | None
    """Width of the slots that are counted by."""
    mapped: bool
    """Whether files may be mapped into memory."""

    def figures(self, counts: Counts) -> dict[str, int]:
        """How much was read, for JSON; the lines within the window of time where there is one."""
        has_window = self.since_ns is not None or self.until_ns is not None
        return {
            "lines": counts.lines,
            "matched": counts.matched,
            **({"selected": counts.selected} if has_window else {}),
            "rejected": counts.rejected,
            "bytes": counts.bytes,
        }
