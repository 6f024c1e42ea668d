"""How `scan` reads files, whatever it counts."""

from __future__ import annotations

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from typing import Protocol

    class Counts(Protocol):
        """What `ScanResult` and `_core.Snapshot` have in common."""

        lines: int
        matched: int
        selected: int
        rejected: int
        bytes: int


TABLE_GROUPS = 30
"""Groups that a table shows unless somebody says how many."""


class Reading:
    """The options of reading."""

    __slots__ = ("mapped", "rejects", "since_ns", "slot_seconds", "threads", "until_ns")

    def __init__(
        self,
        *,
        threads: int,
        since_ns: int | None,
        until_ns: int | None,
        rejects: str | None,
        slot_seconds: int | None,
        mapped: bool,
    ) -> None:
        self.threads = threads
        self.since_ns = since_ns
        """Unix nanoseconds of the first instant that counts."""
        self.until_ns = until_ns
        """Unix nanoseconds of the first instant after it that does not."""
        self.rejects = rejects
        """The file that takes the lines that do not match."""
        self.slot_seconds = slot_seconds
        """Width of the slots that are counted by."""
        self.mapped = mapped
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
