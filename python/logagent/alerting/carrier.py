"""Ways for findings to go elsewhere: each keeps what it was given until it is delivered."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import orjson

from logagent.alerting.ledger import Waiting
from logagent.errors import LogagentError

_log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Findings that wait for one target; beyond that the oldest are dropped, and that is said."""


class Carrier(Protocol):
    """A way to one target; `take` and `delivered` are called in the committing thread."""

    def take(self, waiting: Sequence[Waiting]) -> None:
        """Deliver these, which are durable; called without any now and then."""

    def delivered(self) -> list[int]:
        """Numbers that need not be kept any more, since the last call."""

    def has_delivered(self) -> bool:
        """Whether there are any."""


class Entry(NamedTuple):
    """A finding for the event log."""

    key: str
    checker: str
    event_time: float
    """Unix seconds."""
    body: Mapping[str, Any]


Append = Callable[[str, Sequence[Entry]], "Future[Any]"]
"""Appends entries to a stream of the event log; done when they are durable."""


class EventLogCarrier:
    """Appends to one stream of the event log; an entry with a key that is there is not repeated."""

    def __init__(self, stream: str, append: Append) -> None:
        self._stream = stream
        self._append = append
        self._lock = threading.Lock()
        self._undelivered: list[Waiting] = []
        self._on_the_way: list[Waiting] = []
        self._done: list[int] = []

    def take(self, waiting: Sequence[Waiting]) -> None:
        """As `Carrier.take`: what failed is tried again with the next ones."""
        with self._lock:
            self._undelivered += waiting
            if self._on_the_way or not self._undelivered:
                return
            self._forget_oldest()
            self._on_the_way, self._undelivered = self._undelivered, []
            entries = [_entry(one) for one in self._on_the_way]
        try:
            future = self._append(self._stream, entries)
        except LogagentError as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(self._note)

    def delivered(self) -> list[int]:
        """As `Carrier.delivered`."""
        with self._lock:
            done, self._done = self._done, []
            return done

    def has_delivered(self) -> bool:
        """As `Carrier.has_delivered`."""
        return bool(self._done)

    def _forget_oldest(self) -> None:
        excess = self._undelivered[: max(len(self._undelivered) - MOST_WAITING, 0)]
        if excess:
            self._done += [one.number for one in excess]
            del self._undelivered[: len(excess)]
            _log.warning("%d findings were not logged: too many waited", len(excess))

    def _note(self, future: "Future[Any]") -> None:
        error = future.exception()
        with self._lock:
            if error is None:
                self._done += [one.number for one in self._on_the_way]
            else:
                self._undelivered = [*self._on_the_way, *self._undelivered]
            self._on_the_way = []
        if error is not None:
            _log.warning("findings wait for the event log: %s", error)


def _entry(waiting: Waiting) -> Entry:
    body = orjson.loads(waiting.body)
    event_time = datetime.fromisoformat(body["event_time"]).timestamp()
    return Entry(body.pop("key"), body["checker"], event_time, body)
