"""A sink that gets entries one by one, events or records, each in one frame."""

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

from logagent.errors import LogagentError
from logagent.outbox import windows
from logagent.outbox.channel import Channel, Gain, Settings
from logagent.outbox.ledger import Ledger
from logagent.outbox.sending import OnNote, Sender
from logagent.sinks.sink import LineSink

if TYPE_CHECKING:
    from logagent.eventlog import EventLog

_MOST_PAGES = 16
"""Of events, in one commit: a far end that is new must not make it long."""


class LineChannel(Channel):
    """Lines of JSON, in their order."""

    def __init__(self, settings: Settings, sink: LineSink, sender: Sender, on_note: OnNote) -> None:
        super().__init__(settings, sender, on_note)
        self.sink = sink

    def write(
        self,
        connection: sqlite3.Connection,
        records: tuple[bytes, int],
        events: "EventLog | None",
        now: float,
    ) -> None:
        """Write in the transaction of a commit.

        `records` are the lines that were counted, and how many more there were; `events` is where
        the sink's events are, None if it has none.
        """

        def gain(content: Ledger, dropped: Counter[str]) -> Gain:
            if content.rows:  # it got counts before
                content.rows -= windows.forget(connection, self.settings.name, 2.0**62)
            lines, skipped = records
            dropped["memory"] += skipped
            found = lines.splitlines()
            if events is not None:
                found = self._events(content, events)
            if found:
                self._frame(connection, content, lambda: self.sink.line_frames(found))
            return Gain()

        self._write(connection, now, gain)

    def has_new(self, events: "EventLog | None") -> bool:
        """Whether there are events that are in no frame yet."""
        if events is None or self.content is None or self.content.position is None:
            return False
        return events.last > self.content.position

    def _events(self, content: Ledger, events: "EventLog") -> list[bytes]:
        """The events behind those of the last frame; at first those that come from now on."""
        options, last = self.settings.options, events.last
        if content.position is None or content.position > last:
            content.position = last
        selection = events.selection(options["streams"], options["where"])
        found: list[bytes] = []
        for _ in range(_MOST_PAGES):
            if content.position >= last:
                break
            try:
                page = events.page(selection, content.position)
            except LogagentError as error:  # must not stop the counting; it is tried again
                self._note(f"its events cannot be read: {error}")
                break
            if page.lost_until is not None:
                self._note(f"events up to {page.lost_until} were gone before they were sent")
            found += [event.line for event in page.events]
            content.position = page.after
        return found
