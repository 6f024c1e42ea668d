"""The thread that takes findings to a receiver: in order, until it has them or refuses them."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from logagent.alerting.ledger import Waiting
from logagent.checkers import Noted
from logagent.extensions import Declared
from logagent.posting import Refused, Retry

if TYPE_CHECKING:
    from logagent.receivers.receiver import Receiver

_log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.5
_LAST_PAUSE_SECONDS = 60.0
_LONGEST_WISH_SECONDS = 3600.0
_MOST_AT_ONCE = 100
_MOST_WAITING = 10_000
"""Findings that wait for a receiver; beyond that the oldest are dropped, and that is said."""


class Courier:
    """A receiver, what waits for it, and how it goes."""

    def __init__(self, declared: Declared) -> None:
        self.name = declared.name
        self._max_age_seconds = declared.options["max_age"]
        self._checkers = declared.options["checkers"]
        self._receiver: Receiver = declared.type(declared.name, declared.options)
        self._changed = threading.Condition()
        self._queue: deque[Waiting] = deque()
        self._done: list[int] = []
        self._told: list[dict[str, Any]] = []
        self._is_stopping = False
        self._thread = threading.Thread(
            target=self._run, name=f"telling {declared.name}", daemon=True
        )
        self._predecessor: Courier | None = None
        self.failure: str | None = None
        """Why the last attempt failed; None if it did not."""
        self.sent = self.retries = self.refused = self.dropped = 0

    def wants(self, noted: Noted, now: float) -> bool:
        """Whether the receiver is to hear of this; of the end of what it knows it hears anyway."""
        is_chosen = not self._checkers or noted.checker in self._checkers
        return is_chosen and noted.finding.event_time >= now - self._max_age_seconds

    @property
    def waiting(self) -> int:
        """How many findings are not delivered."""
        return len(self._queue)

    def summary(self) -> dict[str, Any]:
        """How it goes, as plain values."""
        return {
            "name": self.name,
            "waiting": self.waiting,
            "sent": self.sent,
            "refused": self.refused,
            "dropped": self.dropped,
            "failure": self.failure,
        }

    def start(self, waiting: Sequence[Waiting], predecessor: "Courier | None") -> None:
        """Deliver what is there already, when the `predecessor`, which was stopped, has ended."""
        self._predecessor = predecessor
        self._queue.extend(waiting)
        self._thread.start()

    def stop(self) -> None:
        """End after what is on its way."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()

    def join(self, timeout_seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(timeout_seconds)

    def take(self, waiting: Sequence[Waiting]) -> None:
        """Tell these too, which are durable; in the committing thread."""
        if not waiting:
            return
        with self._changed:
            self._queue.extend(waiting)
            excess = len(self._queue) - _MOST_WAITING
            for _ in range(excess):
                self._done.append(self._queue.popleft().number)
            self._changed.notify()
        if excess > 0:
            self.dropped += excess
            _log.warning("receiver %s: %d findings were dropped: too many wait", self.name, excess)

    def keep_told(self, noted: Sequence[Noted]) -> None:
        """These are open: a receiver that forgets hears of them again and again."""
        told = [one.plain() for one in noted]
        with self._changed:
            self._told = told

    def delivered(self) -> list[int]:
        """Numbers that need not be kept any more, since the last call."""
        with self._changed:
            done, self._done = self._done, []
            return done

    def has_delivered(self) -> bool:
        """Whether there are any."""
        return bool(self._done)

    def _run(self) -> None:
        if self._predecessor is not None:
            self._predecessor.join(_LAST_PAUSE_SECONDS)
            self._predecessor = None
        failures = 0
        while True:
            batch, told = self._next()
            if self._is_stopping:
                return
            try:
                self._receiver.send([*told, *(orjson.loads(one.body) for one in batch)])
            except Refused as outcome:
                self.refused += len(batch)
                self._end(batch, outcome.message)
                failures = 0
            except Retry as outcome:
                self._pause(outcome.message, failures, outcome.after_seconds)
                failures += 1
            except Exception as error:  # noqa: BLE001 - another package's code
                self._pause(f"a fault of it: {type(error).__name__}: {error}", failures, None)
                failures += 1
            else:
                self.sent += len(batch)
                self._end(batch, None)
                failures = 0

    def _next(self) -> tuple[list[Waiting], list[dict[str, Any]]]:
        """Wait for something to send: the next findings, or when it is time what is open."""
        resend_seconds = self._receiver.resend_seconds
        due = None if resend_seconds is None else time.monotonic() + resend_seconds
        with self._changed:
            while not (self._queue or self._is_stopping):
                if due is not None and time.monotonic() >= due:
                    if self._told:
                        return [], self._told
                    due = time.monotonic() + (resend_seconds or 0)
                self._changed.wait(None if due is None else max(due - time.monotonic(), 0))
            return [*self._queue][:_MOST_AT_ONCE], []

    def _end(self, batch: Sequence[Waiting], refusal: str | None) -> None:
        if refusal is not None:
            _log.error("receiver %s: %s", self.name, refusal)
        elif self.failure is not None:
            _log.warning("receiver %s takes findings again", self.name)
        self.failure = refusal
        with self._changed:
            numbers = {one.number for one in batch}
            while self._queue and self._queue[0].number in numbers:
                self._queue.popleft()
            self._done += numbers

    def _pause(self, message: str, failures: int, wish_seconds: float | None) -> None:
        """Wait, ever longer, before the next attempt."""
        if message != self.failure:
            _log.error("receiver %s: %s; it is tried again", self.name, message)
        self.failure = message
        self.retries += 1
        longest = min(_FIRST_PAUSE_SECONDS * 2 ** min(failures, 10), _LAST_PAUSE_SECONDS)
        pause = longest * random.uniform(0.5, 1.0)  # noqa: S311 - many agents, not all at once
        if wish_seconds is not None:
            pause = max(pause, min(wish_seconds, _LONGEST_WISH_SECONDS))
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping, timeout=pause)
