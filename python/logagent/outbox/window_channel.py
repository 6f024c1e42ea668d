"""A sink that gets counts: windows, which still change, and the frames made of them."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from logagent.outbox import windows
from logagent.outbox.channel import Channel, Gain, Settings, Times
from logagent.outbox.ledger import Ledger
from logagent.outbox.sending import OnNote, Sender
from logagent.outbox.shape import Shape, records_of, shape_of
from logagent.outbox.windows import WindowKey
from logagent.sinks.sink import Mode, Sink, Window

_MOST_ROWS = 1_000_000
"""Series in the windows of a sink; beyond it the oldest windows close before their time."""

SlotRow = tuple[int, int, bytes, bytes]
"""Metric, start of the slot, labels and state, as `Snapshot.slot_rows` answers them."""


class WindowChannel(Channel):
    """What was counted, by windows of event time."""

    def __init__(self, settings: Settings, sink: Sink, sender: Sender, on_note: OnNote) -> None:
        super().__init__(settings, sender, on_note)
        self.sink = sink

    def has_work(self, times: Times) -> bool:
        """Whether a commit would send something, or delete what is acknowledged."""
        due = self.next_due
        is_due = due is not None and times.due_until is not None and times.due_until >= due
        return self.is_behind() or is_due

    def has_anything_left(self, connection: sqlite3.Connection) -> bool:
        """Whether there are frames, or windows to be sent, that an earlier process left."""
        has_frames = self.has_frames_left(connection)
        return has_frames or windows.first_changed(connection, self.settings.name) is not None

    def write(
        self,
        connection: sqlite3.Connection,
        rows: Sequence[SlotRow],
        numbers: Mapping[int, int],
        definitions: Mapping[int, str],
        times: Times,
        now: float,
    ) -> None:
        """Write in the transaction of a commit.

        `numbers` are the numbers of shapes by metric, of the metrics that this sink gets;
        `definitions` those of all shapes by number; `now` is the wall clock in Unix seconds.
        """

        def gain(content: Ledger, _dropped: Counter[str]) -> Gain:
            late = self._merge(connection, content, rows, numbers, definitions)
            self._advance(connection, content, times)
            self._send_due(connection, content, definitions, times)
            self._close(connection, content)
            first = windows.first_changed(connection, self.settings.name)
            return Gain(late, None if first is None else first + self.settings.every_seconds)

        self._write(connection, now, gain)

    def _merge(
        self,
        connection: sqlite3.Connection,
        content: Ledger,
        rows: Sequence[SlotRow],
        numbers: Mapping[int, int],
        definitions: Mapping[int, str],
    ) -> int:
        """Add what was counted to the windows; how many records were too late for theirs."""
        name, every = self.settings.name, self.settings.every_seconds
        late = 0
        deltas: dict[WindowKey, list[bytes]] = {}
        for metric, slot, labels, state in rows:
            number = numbers.get(metric)
            if number is None:
                continue
            start = slot - slot % every
            if start + every <= content.closed_until:
                late += records_of(labels, state)
                continue
            deltas.setdefault(WindowKey(name, start, number, labels), []).append(state)
            content.newest_end = max(content.newest_end, start + every)
        generations: dict[tuple[int, int], int] = {}
        for key, states in deltas.items():
            shape = shape_of(definitions[key.shape])
            if (key.start, key.shape) not in generations:
                others = [
                    number
                    for number, definition in definitions.items()
                    if number != key.shape and shape_of(definition).name == shape.name
                ]
                generations[key.start, key.shape] = windows.generation_of(
                    connection, name, key.start, key.shape, others
                )
            present = windows.read(connection, key, self._damaged)
            if present is None:
                content.rows += 1
            state = self._sum(shape, present, states)
            windows.write(connection, key, generations[key.start, key.shape], state)
        return late

    def _sum(self, shape: Shape, present: bytes | None, states: Sequence[bytes]) -> bytes:
        if present is not None:
            try:
                return shape.merged([present, *states])
            except ValueError:
                self._damaged("windows")
        return shape.merged(states)

    def _advance(self, connection: sqlite3.Connection, content: Ledger, times: Times) -> None:
        """Move the time until which windows are closed."""
        settings = self.settings
        if times.closed_until is not None:
            closed = math.floor(times.closed_until - settings.lateness_seconds)
            content.closed_until = max(content.closed_until, closed)
        if content.rows > _MOST_ROWS:
            excess = content.rows - _MOST_ROWS
            start = windows.start_behind(connection, settings.name, excess)
            if start is not None:
                content.closed_until = max(content.closed_until, start + settings.every_seconds)

    def _send_due(
        self,
        connection: sqlite3.Connection,
        content: Ledger,
        definitions: Mapping[int, str],
        times: Times,
    ) -> None:
        """Make frames of what is due."""
        settings = self.settings
        # What closes is sent in any case.
        until = max(content.closed_until, -math.inf if times.due_until is None else times.due_until)
        before = min(until, 2.0**62) - settings.every_seconds + 1
        due = self._windows(connection, before, definitions)
        if not self._frame(connection, content, lambda: self.sink.frames(due)):
            return
        if self.sink.mode is Mode.OVERWRITES:
            windows.mark_sent(connection, settings.name, before)
        else:
            content.rows -= windows.forget_sent(connection, settings.name, before)

    def _windows(
        self, connection: sqlite3.Connection, before: float, definitions: Mapping[int, str]
    ) -> Iterator[Window]:
        settings = self.settings
        changed = windows.changed(connection, settings.name, before, self._damaged)
        by_shape = groupby(changed, key=lambda row: (row.start, row.shape, row.generation))
        for (start, number, generation), rows in by_shape:
            if number not in definitions:
                self._damaged("shapes")
                continue
            shape = shape_of(definitions[number])
            try:
                columns = shape.columns([(row.labels, row.state) for row in rows])
            except ValueError:
                self._damaged("windows")
                continue
            end = start + settings.every_seconds
            yield Window(start, end, shape.name, shape.type, shape.labels, columns, generation)

    def _close(self, connection: sqlite3.Connection, content: Ledger) -> None:
        """Delete the windows that take nothing more; what they held is in frames."""
        before = content.closed_until - self.settings.every_seconds + 1
        content.rows -= windows.forget(connection, self.settings.name, before)
