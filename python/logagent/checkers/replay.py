"""Checkers over an old log: the same findings at the same instants as when it was written."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from logagent.checkers.checker import Noted, SlotRows
from logagent.checkers.panel import Panel

if TYPE_CHECKING:
    from logagent._core import Snapshot

Columns = Mapping[str, Any]


def replay(panel: Panel, snapshot: "Snapshot", slot_seconds: int) -> Iterator[Noted]:
    """What the checkers find in a scan's slots, in order of event time.

    The clock is that of the log; there is no other, so windows of wall time slide over it too.
    """
    rows = panel.rows(snapshot, {}, 0.0)
    columns = {name: _by_slot(one) for name, one in rows.columns.items()}
    states = {name: _states_by_slot(one) for name, one in rows.states.items()}
    found: set[int] = set().union(*columns.values(), *states.values())
    for slot in sorted(found):
        yield from panel.slots(
            SlotRows(
                {name: one[slot] for name, one in columns.items() if slot in one},
                {name: one[slot] for name, one in states.items() if slot in one},
                {},
                slot,
            )
        )
        yield from panel.heartbeat(slot + slot_seconds, slot + slot_seconds)
    yield from panel.end_of_log()


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
