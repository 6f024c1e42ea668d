"""What a scan found."""

from __future__ import annotations

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import pyarrow as pa

    from logagent._core import Snapshot

_SHOWN_GROUPS = 20

SLOT = "slot"
"""The first column of groups by slot: where the slot starts."""


class ScanResult:
    """Counts of log lines, in groups; `len()` is the number of groups.

    The groups are ordered by count, descending, then by their labels; groups by slot of time by
    their slot before that.
    """

    lines: int
    """Lines read, the empty ones too."""
    matched: int
    """Lines that the format matches whole."""
    selected: int
    """Matching lines within the window of time; all of them without one."""
    rejected: int
    """Lines that it does not; `matched + rejected == lines`."""
    bytes: int
    """Bytes read, after decompression."""
    rejects: dict[str, int]
    """Rejected lines by reason."""
    errors: list[tuple[str, str]]
    """Inputs that could not be read whole: (path, what happened)."""
    formats: list[tuple[str, str]]
    """Inputs whose format was detected: (path, the format in words)."""
    by: tuple[str, ...]
    """The fields that the groups are made by."""
    sums: tuple[str, ...]
    """The fields that are added up in each group."""

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        by: Sequence[str],
        sums: Sequence[str],
        by_slot: bool = False,
        errors: Sequence[tuple[str, str]] = (),
        formats: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.lines = snapshot.lines
        self.matched = snapshot.matched
        self.selected = snapshot.selected
        self.rejected = snapshot.rejected
        self.bytes = snapshot.bytes
        self.rejects = {reason: count for reason, count in snapshot.rejects.items() if count}
        self.errors = list(errors)
        self.formats = list(formats)
        self.by = tuple(by)
        self.sums = tuple(sums)
        self._series = snapshot.slots(0) if by_slot else snapshot.series()
        if by_slot:
            from logagent.instants import iso_seconds

            self.by = (SLOT, *self.by)
            self._series["labels"][SLOT] = [iso_seconds(start) for start in self._series["slot"]]

    def __len__(self) -> int:
        return len(self._series["count"])

    def columns(self) -> dict[str, list[Any]]:
        """The groups as columns of equal length: each field of `by`, `count`, then `sum_` + field.

        A label is text, or None where the field is absent.
        """
        series = self._series
        return {
            **{name: series["labels"][name] for name in self.by},
            "count": series["count"],
            **{f"sum_{name}": series["sums"][name] for name in self.sums},
        }

    def rows(self, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """The groups, or the first `limit`, as tuples in the order of `columns`."""
        columns = [column[:limit] for column in self.columns().values()]
        return zip(*columns, strict=True)

    def to_dicts(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The groups, or the first `limit`: ``[{"method": "GET", "count": 7}, …]``."""
        names = list(self.columns())
        return [dict(zip(names, row, strict=True)) for row in self.rows(limit)]

    def to_arrow(self) -> pa.Table:
        """The groups as a table of `len(self)` rows, with the columns of `columns`.

        Labels are strings, counts 64-bit integers. Needs the package pyarrow.
        """
        try:
            import pyarrow as pa
        except ImportError:
            from logagent.errors import MissingPackageError

            raise MissingPackageError(
                "to_arrow() needs the package pyarrow", hint="pip install pyarrow"
            ) from None
        columns = self.columns()
        arrays = [
            pa.array(
                values, pa.string() if name in self.by else pa.int64() if name == "count" else None
            )
            for name, values in columns.items()
        ]
        return pa.table(arrays, names=list(columns))

    def __repr__(self) -> str:
        from logagent.report import table, totals

        return "\n".join([*table(self, limit=_SHOWN_GROUPS), *totals(self, errors=self.errors)])

    def _repr_html_(self) -> str:
        from logagent.report import html

        return html(self, limit=_SHOWN_GROUPS)
