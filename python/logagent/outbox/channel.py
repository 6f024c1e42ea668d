"""The windows and frames of one sink."""

import math
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from logagent.extensions import Declared
from logagent.outbox import frames, ledger, windows
from logagent.outbox.ledger import Ledger
from logagent.outbox.sending import OnNote, Sender
from logagent.outbox.shape import Shape, records_of, shape_of
from logagent.outbox.windows import WindowKey
from logagent.sinks.sink import Mode, Sink, Window

_MOST_ROWS = 1_000_000
"""Series in the windows of a sink; beyond it the oldest windows close before their time."""

_WHY_DROPPED = {
    "age": "they waited longer than `outbox_age`",
    "size": "more than `outbox_size` waits for the far end",
}
"""What is said of points that were dropped, by reason."""

SlotRow = tuple[int, int, bytes, bytes]
"""Metric, start of the slot, labels and state, as `Snapshot.slot_rows` answers them."""


class Settings(NamedTuple):
    """A sink of the configuration."""

    name: str
    type: type[Any]
    options: Mapping[str, Any]
    metrics: tuple[str, ...]
    every_seconds: int
    lateness_seconds: float

    @classmethod
    def of(cls, declared: Declared) -> "Settings":
        """What a table of the configuration says."""
        table = declared.table
        return cls(
            declared.name,
            declared.type,
            declared.options,
            tuple(table["metrics"]),
            int(table["every_seconds"]),
            table["lateness_seconds"],
        )

    def is_same_far_end(self, other: "Settings") -> bool:
        """Whether both send to the same place in the same way."""
        return (self.type, self.options) == (other.type, other.options)


class Times(NamedTuple):
    """Where event time has come to, in Unix seconds; None where that is not known."""

    due_until: float | None
    """Windows that end until then are sent."""
    closed_until: float | None
    """No line from before is expected, but for late ones."""


class Written(NamedTuple):
    """What a transaction did; true when that is durable."""

    content: Ledger
    next_due: float | None
    """Event time at which there is something to send."""
    oldest_unix_ms: int | None
    late_records: int
    dropped_points: Mapping[str, int]
    """By reason."""


class Channel:
    """One sink: what it is yet to get. Used in the committing thread, but for the sender."""

    def __init__(self, settings: Settings, sink: Sink, sender: Sender, on_note: OnNote) -> None:
        self.settings = settings
        self.sink = sink
        self.sender = sender
        self._on_note = on_note
        self._written: Written | None = None
        self.content: Ledger | None = None
        """As of the last commit; None before the first."""
        self.next_due: float | None = None
        self.oldest_unix_ms: int | None = None
        """When the oldest frame was made, in Unix milliseconds; None without frames."""
        self.late_records = 0
        """Records that came when their window was closed."""
        self.dropped_points: Counter[str] = Counter(dict.fromkeys(_WHY_DROPPED, 0))
        self.damaged_rows = 0
        self._deleted = 0

    def go_on_from(self, old: "Channel") -> None:
        """Take over what is known of a sink that sends elsewhere now."""
        self.content, self.next_due = old.content, old.next_due
        self.late_records = old.late_records
        self.dropped_points, self.damaged_rows = old.dropped_points, old.damaged_rows

    def has_work(self, times: Times) -> bool:
        """Whether a commit would send something, or delete what is acknowledged."""
        if self.content is None or self.sender.acknowledged > self._deleted:
            return True
        due = self.next_due
        return due is not None and times.due_until is not None and times.due_until >= due

    def has_anything_left(self, connection: sqlite3.Connection) -> bool:
        """Whether there are frames, or windows to be sent, that an earlier process left."""
        found = ledger.read(connection, self.settings.name, self._damaged)
        is_done = found is not None and not found.frames
        return not is_done or windows.first_changed(connection, self.settings.name) is not None

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
        content = self._ledger(connection)
        before = replace(content)
        dropped: Counter[str] = Counter()
        self._account(content, frames.forget(connection, self.settings.name, self._acknowledged()))
        late = self._merge(connection, content, rows, numbers, definitions)
        self._advance(connection, content, times)
        self._frame(connection, content, definitions, times)
        self._close(connection, content)
        self._bound(connection, content, dropped, now)
        if content != before or self.content is None:
            ledger.write(connection, self.settings.name, content)
        first = windows.first_changed(connection, self.settings.name)
        due = None if first is None else first + self.settings.every_seconds
        oldest_unix_ms = frames.oldest_unix_ms(connection, self.settings.name)
        self._written = Written(content, due, oldest_unix_ms, late, dropped)

    def committed(self) -> None:
        """What `write` did is durable: send it."""
        written, self._written = self._written, None
        if written is None:
            return
        self.content, self.next_due = written.content, written.next_due
        self.oldest_unix_ms = written.oldest_unix_ms
        self._deleted = max(self._deleted, self._taken)
        self.late_records += written.late_records
        for reason, points in written.dropped_points.items():
            self.dropped_points[reason] += points
            self._note(f"{points} points were dropped: {_WHY_DROPPED[reason]}")
        if written.content.frames:
            self.sender.wake()

    def _acknowledged(self) -> int:
        self._taken = self.sender.acknowledged
        return self._taken

    def _ledger(self, connection: sqlite3.Connection) -> Ledger:
        found = ledger.read(connection, self.settings.name, self._damaged)
        if found is not None:
            return found
        if self.content is None:
            return Ledger.new()
        # The database is another one: what was in the windows is lost. To send the rest of them
        # under the same time would overwrite what the far end has.
        return Ledger(self.content.sequence, closed_until=self.content.newest_end)

    def _damaged(self, table: str) -> None:
        self.damaged_rows += 1
        self._note(f"a damaged row of the table {table} was left out")

    def _note(self, text: str) -> None:
        self._on_note(f"sink {self.settings.name}: {text}")

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

    def _frame(
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
        try:
            made = [*self.sink.frames(self._windows(connection, before, definitions))]
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of a sink must not stop the counting
            self._note(f"a fault of the sink: {type(error).__name__}: {error}")
            return
        for frame in made:
            content.sequence += 1
            content.frames += 1
            content.frame_bytes += len(frame.body)
            frames.write(connection, settings.name, content.sequence, frame.points, frame.body)
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

    def _bound(
        self, connection: sqlite3.Connection, content: Ledger, dropped: Counter[str], now: float
    ) -> None:
        """Drop frames that wait too long, or are too many."""
        name, options = self.settings.name, self.settings.options

        def drop(reason: str, last: int | None) -> None:
            if last is not None:
                gone = frames.forget(connection, name, last)
                self._account(content, gone)
                dropped[reason] += gone.points

        oldest_ms = int((now - options["outbox_age"]) * 1000)
        drop("age", frames.last_older(connection, name, oldest_ms))
        excess_bytes = content.frame_bytes - options["outbox_size"]
        if excess_bytes > 0:
            drop("size", frames.last_beyond(connection, name, excess_bytes))

    @staticmethod
    def _account(content: Ledger, gone: frames.Dropped) -> None:
        content.frames -= gone.frames
        content.frame_bytes -= gone.bytes
