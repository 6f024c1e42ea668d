"""Checkers over an old log: the same findings at the same instants as when it was written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from logagent.checkers.checker import Lines, Noted, SlotRows
from logagent.checkers.panel import Panel

if TYPE_CHECKING:
    from logagent._core import Snapshot

Columns = Mapping[str, Any]


class Spool(Protocol):
    """What a log holds beside counts, by slot."""

    def slots(self) -> Iterable[int]:
        """The slots in which there is something."""

    def lines(self, slot: int) -> Mapping[str, Lines]:
        """The lines of a slot, by source."""

    def records(self, slot: int) -> Iterable[Sequence[tuple[bytes, int]]]:
        """The records of a slot in parts for each of `Panel.wishes`: what `Panel.records` takes."""


def replay(
    panel: Panel, snapshot: "Snapshot", slot_seconds: int, spool: Spool | None = None
) -> Iterator[Noted]:
    """What the checkers find in a scan's slots, in order of event time.

    The clock is that of the log; there is no other, so windows of wall time slide over it too.
    Without a `spool` there are neither lines nor records.
    """
    counts = _counts(panel, snapshot)
    beside = set() if spool is None else {*spool.slots()}
    for slot in sorted({*counts.slots(), *beside}):
        lines: Mapping[str, Lines] = {}
        if spool is not None and slot in beside:
            for kept in spool.records(slot):
                yield from panel.records(kept, slot)
            lines = spool.lines(slot)
        yield from panel.slots(counts.rows(slot, lines))
        yield from panel.heartbeat(slot + slot_seconds, slot + slot_seconds)
    yield from panel.end_of_log()


class _Counts(NamedTuple):
    """What was counted, by metric and slot."""

    columns: Mapping[str, Mapping[int, Columns]]
    states: Mapping[str, Mapping[int, Sequence[tuple[int, bytes, bytes]]]]

    def slots(self) -> set[int]:
        return set().union(*self.columns.values(), *self.states.values())

    def rows(self, slot: int, lines: Mapping[str, Lines]) -> SlotRows:
        return SlotRows(
            {name: one[slot] for name, one in self.columns.items() if slot in one},
            {name: one[slot] for name, one in self.states.items() if slot in one},
            lines,
            slot,
        )


def _counts(panel: Panel, snapshot: "Snapshot") -> _Counts:
    rows = panel.rows(snapshot, {}, 0.0)
    return _Counts(
        {name: _by_slot(one) for name, one in rows.columns.items()},
        {name: _states_by_slot(one) for name, one in rows.states.items()},
    )


def _by_slot(columns: Columns) -> dict[int, Columns]:
    """The columns of each slot; rows of one slot stand together."""
    begin, parts = 0, {}
    for slot, rows in groupby(columns["slot"]):
        end = begin + sum(1 for _ in rows)
        parts[slot] = _piece(columns, begin, end)
        begin = end
    return parts


def _piece(columns: Columns, begin: int, end: int) -> Columns:
    """The rows from `begin` to before `end`; labels, sums, buckets are columns by name."""
    return {
        name: _piece(one, begin, end) if isinstance(one, Mapping) else one[begin:end]
        for name, one in columns.items()
    }


def _states_by_slot(
    states: Sequence[tuple[int, bytes, bytes]],
) -> dict[int, list[tuple[int, bytes, bytes]]]:
    return {slot: [*rows] for slot, rows in groupby(states, key=lambda row: row[0])}
