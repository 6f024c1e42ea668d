"""The newest part of the log, in memory."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from logagent.eventlog.event import Event
from logagent.eventlog.page import MOST_BYTES, MOST_EVENTS, Page

_EVENT_BYTES = 250
"""About what an entry takes in memory beside its line."""


class Recent:
    """What was committed last, by age and size; written by one thread, read by any."""

    def __init__(self, last: int, *, most_seconds: float, most_bytes: int) -> None:
        """`last` is the last sequence that was given; nothing after it is missing here."""
        self.most_seconds = most_seconds
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._commits: list[Sequence[Event]] = []
        self._floor = last
        self.last = last
        """The last sequence that is durable."""
        self.bytes = 0
        """About what it takes."""

    def add(self, events: Sequence[Event]) -> None:
        """Add the entries of a commit; at least one."""
        with self._lock:
            self._commits.append(events)
            self.bytes += _size_bytes(events)
            self.last = events[-1].sequence
            oldest = events[-1].received - self.most_seconds
            gone = 0
            while gone < len(self._commits) - 1 and (
                self.bytes > self.most_bytes or self._commits[gone][-1].received < oldest
            ):
                self.bytes -= _size_bytes(self._commits[gone])
                self._floor = self._commits[gone][-1].sequence
                gone += 1
            del self._commits[:gone]

    def page(self, after: int) -> Page | None:
        """What follows a sequence; None if that is not in memory."""
        with self._lock:
            last = self.last
            if after < self._floor:
                return None
            if after >= last:
                return Page([], after, is_end=True)
            start = max(bisect_right(self._commits, after + 1, key=_first_of) - 1, 0)
            # No more than may be on a page: a commit has one entry at least.
            commits = self._commits[start : start + MOST_EVENTS + 1]
        page: list[Event] = []
        size = 0
        for events in commits:
            start = bisect_right(events, after, key=_sequence_of)
            for event in events[start : start + MOST_EVENTS]:
                if len(page) == MOST_EVENTS or size >= MOST_BYTES:
                    break
                page.append(event)
                size += len(event.line)
        return Page(page, page[-1].sequence, is_end=page[-1].sequence == last)

    def position(self, since: float) -> int | None:
        """The sequence before the first entry that was received at `since` or later.

        None if there may be one that is not in memory. Clocks go back, so all are looked at.
        """
        with self._lock:
            commits = list(self._commits)
            last = self.last
        if not commits or commits[0][0].received >= since:
            return None
        for events in commits:
            if events[-1].received >= since:
                return events[bisect_left(events, since, key=_received_of)].sequence - 1
        return last


def _size_bytes(events: Sequence[Event]) -> int:
    return sum(len(event.line) + _EVENT_BYTES for event in events)


def _sequence_of(event: Event) -> int:
    return event.sequence


def _received_of(event: Event) -> float:
    return event.received


def _first_of(events: Sequence[Event]) -> int:
    return events[0].sequence
