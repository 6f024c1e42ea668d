"""All sinks of a configuration: a participant of commits, and the threads that send."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logagent.outbox import frames, ledger
from logagent.outbox.channel import Settings, Times
from logagent.outbox.line_channel import LineChannel
from logagent.outbox.sending import OnNote, Sender
from logagent.outbox.shape import definition_of
from logagent.outbox.window_channel import WindowChannel
from logagent.sinks.sink import Content, Mode, condition
from logagent.state.database import connect_to_read
from logagent.state.directory import database_path

if TYPE_CHECKING:
    from logagent._core import Snapshot
    from logagent.eventlog import EventLog
    from logagent.tap import Tap, Wish

_READ_BYTES = 4 << 20
"""About what a sender has in memory."""


_NO_RECORDS = (b"", 0)
_TAP = "sinks"


def _wish(settings: Settings) -> "Wish":
    """The records that a sink gets."""
    where = settings.options["where"]
    return settings.options["source"], where and condition(settings.content, where)


def _nothing() -> None:
    """What is done where there is nothing to do."""


Clock = Callable[["Snapshot | None"], Times]
"""How far event time has come with a snapshot; without one, since the last."""


class Outbox:
    """Windows and frames of all sinks (`logagent.daemon.participant.Participant`).

    Frames are made in the transaction that makes the counts in them durable, and are final: what is
    sent again, after whatever happened, is the same bytes.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        *,
        on_note: OnNote,
        on_acknowledged: Callable[[], None] | None = None,
        tells_retries: bool = True,
        tap: "Tap | None" = None,
        events: "EventLog | None" = None,
    ) -> None:
        """`directory` is that of the state.

        Sinks that get records need the `tap`, those that get events the event log.
        `on_note` takes what a person should know; `on_acknowledged` is called when a commit had
        better follow. Both are called in any thread. `tells_retries` as for `Sender`.
        """
        self._path = database_path(directory)
        self._clock = clock
        self._on_note = on_note
        self._on_acknowledged = on_acknowledged or _nothing
        self._tells_retries = tells_retries
        self._definitions: list[str] = []
        self._metric_names: list[str] = []
        self._has_changed = False
        self._ending: list[Sender] = []
        self._tap = tap
        self._events = events
        self.channels: Sequence[WindowChannel | LineChannel] = ()

    def configure(self, sinks: Sequence[Settings], metrics: Sequence[Mapping[str, Any]]) -> None:
        """Go over to these sinks and metrics, which are those of `Plan.describe`, in its order.

        Between two commits, with nothing counted by other metrics that is not committed. Sinks are
        matched by name; what is kept for others is deleted with the next commit.
        """
        old = {channel.settings.name: channel for channel in self.channels}
        self.channels = [
            self._channel(settings, old.pop(settings.name, None)) for settings in sinks
        ]
        for channel in old.values():
            channel.sender.stop()
            self._ending.append(channel.sender)
        self._definitions = [definition_of(metric) for metric in metrics]
        self._metric_names = [metric["name"] for metric in metrics]
        self._has_changed = True
        if self._tap is not None:
            wishes = [_wish(channel.settings) for channel in self._of(Content.RECORDS)]
            self._tap.want(_TAP, wishes)

    def has_work(self) -> bool:
        """Whether something is due, or acknowledged, though nothing was counted."""
        if not self.channels:
            return False
        times = self._clock(None)
        return any(
            channel.has_work(times)
            if isinstance(channel, WindowChannel)
            else channel.is_behind() or channel.has_new(self._events_of(channel))
            for channel in self.channels
        )

    def has_anything_left(self, connection: sqlite3.Connection) -> bool:
        """Whether a commit would do anything though nothing was counted."""
        names = {channel.settings.name for channel in self.channels}
        return ledger.names(connection) != names or any(
            channel.has_anything_left(connection)
            if isinstance(channel, WindowChannel)
            else channel.has_frames_left(connection) or self._events_of(channel) is not None
            for channel in self.channels
        )

    def write(self, connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:
        """Add what was counted to the windows, and make frames of those that are due."""
        if self._has_changed:
            self._forget_others(connection)
        if not self.channels:
            return  # then nothing is counted by slot
        times, now = self._clock(snapshot), time.time()
        rows = [] if snapshot is None else snapshot.slot_rows()
        definitions = ledger.shapes(connection, self._damaged)
        numbers = self._numbers(connection, {row[0] for row in rows}, definitions)
        kept = iter(() if self._tap is None else self._tap.kept(_TAP, snapshot))
        for channel in self.channels:
            if isinstance(channel, LineChannel):
                is_of_records = channel.settings.content is Content.RECORDS
                records = next(kept, _NO_RECORDS) if is_of_records else _NO_RECORDS
                channel.write(connection, records, self._events_of(channel), now)
                continue
            wanted = {
                metric: number
                for metric, number in numbers.items()
                if self._metric_names[metric] in channel.settings.metrics
            }
            channel.write(connection, rows, wanted, definitions, times, now)

    def committed(self) -> None:
        """Send what was framed."""
        self._has_changed = False
        for channel in self.channels:
            channel.committed()

    def stop(self) -> None:
        """Have every sender end after the frame that is on its way."""
        for channel in self.channels:
            channel.sender.stop()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the senders; whether all have ended."""
        end = time.monotonic() + timeout_seconds
        senders = [*(channel.sender for channel in self.channels), *self._ending]
        waiting = [sender for sender in senders if not sender.join(end - time.monotonic())]
        return not waiting

    def _of(self, content: Content) -> list[WindowChannel | LineChannel]:
        return [channel for channel in self.channels if channel.settings.content is content]

    def _events_of(self, channel: LineChannel) -> "EventLog | None":
        return self._events if channel.settings.content is Content.EVENTS else None

    def _channel(
        self, settings: Settings, old: WindowChannel | LineChannel | None
    ) -> WindowChannel | LineChannel:
        if old is not None and old.settings.is_same_far_end(settings):
            old.settings = settings
            return old
        predecessor = None
        if old is not None:
            predecessor = old.sender
            predecessor.stop()
            self._ending.append(predecessor)
        sink = settings.type(settings.name, settings.options)
        sender = Sender(
            settings.name,
            sink,
            lambda after: self._frames(settings.name, after),
            on_note=self._on_note,
            # What is sent again would be added again: as few of these as can be.
            on_acknowledged=self._on_acknowledged if sink.mode is Mode.ADDS else _nothing,
            tells_retries=self._tells_retries,
            predecessor=predecessor,
        )
        kind = WindowChannel if settings.content is Content.AGGREGATES else LineChannel
        channel = kind(settings, sink, sender, self._on_note)
        if old is not None:
            channel.go_on_from(old)
        return channel

    def _frames(self, name: str, after: int) -> Sequence[frames.FrameRow]:
        """In the thread of a sender."""
        with contextlib.closing(connect_to_read(self._path)) as connection:
            return frames.read(connection, name, after, _READ_BYTES)

    def _forget_others(self, connection: sqlite3.Connection) -> None:
        names = {channel.settings.name for channel in self.channels}
        for name, count in ledger.forget_others(connection, names):
            lost = f"; {count} frames for it were not sent" if count else ""
            self._on_note(f"sink {name} is not in the configuration any more{lost}")
        ledger.forget_shapes(connection, self._definitions)

    def _numbers(
        self, connection: sqlite3.Connection, metrics: set[int], definitions: dict[int, str]
    ) -> dict[int, int]:
        """The numbers of the shapes of these metrics, made if they are missing."""
        known = {definition: number for number, definition in definitions.items()}
        numbers = {}
        for metric in metrics:
            definition = self._definitions[metric]
            if definition not in known:
                known[definition] = ledger.add_shape(connection, definition)
                definitions[known[definition]] = definition
            numbers[metric] = known[definition]
        return numbers

    def _damaged(self, table: str) -> None:
        self._on_note(f"a damaged row of the table {table} was left out; sinks may lack its counts")
