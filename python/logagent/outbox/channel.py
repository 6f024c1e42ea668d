"""One sink and its frames, whatever is in them."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from logagent.extensions import Declared
from logagent.outbox import frames, ledger
from logagent.outbox.ledger import Ledger
from logagent.outbox.sending import OnNote, Sender
from logagent.sinks.sink import Content, Frame

_WHY_DROPPED = {
    "age": "they waited longer than `outbox_age`",
    "memory": "more came than is kept between two commits",
    "size": "more than `outbox_size` waits for the far end",
}
"""What is said of points that were dropped, by reason."""


class Settings(NamedTuple):
    """A sink of the configuration."""

    name: str
    type: type[Any]
    options: Mapping[str, Any]
    metrics: tuple[str, ...]
    every_seconds: int
    lateness_seconds: float
    content: Content = Content.AGGREGATES

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
            Content(declared.options.get("what", Content.AGGREGATES.value)),
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


class Gain(NamedTuple):
    """What a commit brings to a sink, beside frames."""

    late_records: int = 0
    next_due: float | None = None
    """Event time at which there is something to send."""


class Written(NamedTuple):
    """What a transaction did; true when that is durable."""

    content: Ledger
    gain: Gain
    oldest_unix_ms: int | None
    dropped_points: Mapping[str, int]
    """By reason."""


class Channel:
    """One sink: what it is yet to get. Used in the committing thread, but for the sender."""

    def __init__(self, settings: Settings, sender: Sender, on_note: OnNote) -> None:
        self.settings = settings
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

    def is_behind(self) -> bool:
        """Whether a commit would begin with this sink, or delete what is acknowledged."""
        return self.content is None or self.sender.acknowledged > self._deleted

    def has_frames_left(self, connection: sqlite3.Connection) -> bool:
        """Whether the sink is new, or there are frames that an earlier process left."""
        found = ledger.read(connection, self.settings.name, self._damaged)
        return found is None or found.frames > 0

    def _write(
        self,
        connection: sqlite3.Connection,
        now: float,
        gain: Callable[[Ledger, Counter[str]], Gain],
    ) -> None:
        """Write in the transaction of a commit; `now` is the wall clock in Unix seconds.

        `gain` makes frames; it is given what is known of the sink, and what was dropped by reason.
        """
        content = self._ledger(connection)
        before = replace(content)
        dropped: Counter[str] = Counter()
        self._account(content, frames.forget(connection, self.settings.name, self._acknowledged()))
        gained = gain(content, dropped)
        self._bound(connection, content, dropped, now)
        if content != before or self.content is None:
            ledger.write(connection, self.settings.name, content)
        oldest_unix_ms = frames.oldest_unix_ms(connection, self.settings.name)
        self._written = Written(content, gained, oldest_unix_ms, dropped)

    def committed(self) -> None:
        """What `write` did is durable: send it."""
        written, self._written = self._written, None
        if written is None:
            return
        self.content, self.next_due = written.content, written.gain.next_due
        self.oldest_unix_ms = written.oldest_unix_ms
        self._deleted = max(self._deleted, self._taken)
        self.late_records += written.gain.late_records
        for reason, points in written.dropped_points.items():
            self.dropped_points[reason] += points
            if points:
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

    def _frame(
        self, connection: sqlite3.Connection, content: Ledger, made: Callable[[], Iterable[Frame]]
    ) -> bool:
        """Write the frames that the sink makes; whether it could."""
        try:
            found = [*made()]
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of a sink must not stop the counting
            self._note(f"a fault of the sink: {type(error).__name__}: {error}")
            return False
        for frame in found:
            content.sequence += 1
            content.frames += 1
            content.frame_bytes += len(frame.body)
            name = self.settings.name
            frames.write(connection, name, content.sequence, frame.points, frame.body)
        return True

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
