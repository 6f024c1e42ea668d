"""The thread of one source that is no file."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

from logagent.sources.source import (
    Position,
    Source,
    SourceError,
    Stopped,
    UnrecognisedError,
    Until,
)

if TYPE_CHECKING:
    from logagent._core import Engine
    from logagent.extensions import Declared

_log = logging.getLogger(__name__)

_FIRST_RETRY_SECONDS = 1.0
_LAST_RETRY_SECONDS = 60.0
_SETTLE_LOOK_SECONDS = 0.5
_PROBLEM_SECONDS = 600.0
"""How long a problem that did not end reading is shown."""
_MOST_NOTES = 20
"""Different notes of a source that is read once to its end; the service keeps the last one."""
_SEPARATOR = "\t"
"""Between a source's name and its own key, in the keys of the state."""


class Turnstile:
    """Through it all sources feed the engine, one at a time, so that what they count has numbers.

    The engine numbers the same calls; `Snapshot.feeds` says which of them a commit holds.
    """

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.lock = threading.Lock()
        self.number = 0
        """Of the last call. Changed under the lock."""
        self.plan_number = 0
        """Grows with each reload: the engine forgets then what sources began. Likewise."""
        self.durable = threading.Condition()
        self.durable_number = 0
        """Changed and notified under `durable`."""


class _BrokenError(BaseException):
    """The engine met a bug of its own. Nobody but the thread itself is to catch it."""


class State(StrEnum):
    """What a source does."""

    STARTING = "starting"
    READING = "reading"
    FAILING = "failing"
    ENDED = "ended"


class Feeder:
    """Runs a source, and is the `Feed` that it is given."""

    def __init__(
        self,
        declared: "Declared",
        turnstile: Turnstile,
        request_commit: Callable[[], object],
        on_fault: Callable[[BaseException], None],
        *,
        until: Until = Until.STOPPED,
        after: "Feeder | None" = None,
    ) -> None:
        """Make the source; `start` runs it, when `after`, whose place it takes, has ended.

        `on_fault` is called in the thread when the engine has met a bug of its own.
        """
        self.name = declared.name
        self.declared = declared
        self.until = until
        self.source: Source = declared.type(declared)
        self._turnstile = turnstile
        self._request_commit = request_commit
        self._on_fault = on_fault
        self._after = after
        self._stopping = threading.Event()
        self._is_cut_off = False
        self._head: bytes | None = None
        self._began_by_plan = -1
        self._retry_seconds = _FIRST_RETRY_SECONDS
        self._noted: tuple[float, str | None] = (0.0, None)
        self._notes: list[str] = []
        self.state = State.STARTING
        self.failure: SourceError | None = None
        """Why nothing comes; None while the far end answers."""
        self.retries = 0
        self._thread = threading.Thread(target=self._run, name=f"feeding {self.name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the source to end; it has a second."""
        self._stopping.set()

    def cut_off(self) -> None:
        """Count nothing more, and end; the caller holds the turnstile's lock."""
        self._is_cut_off = True
        self._stopping.set()

    def join(self, timeout_seconds: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    @property
    def problem(self) -> str | None:
        """What a person should look at."""
        if self.failure is not None:
            return self.failure.message
        noted_at, problem = self._noted
        return problem if time.monotonic() - noted_at < _PROBLEM_SECONDS else None

    @property
    def problems(self) -> list[str]:
        """The same; of a source that is read to its end, everything that was met on the way."""
        if self.until is Until.STOPPED:
            return [] if self.problem is None else [self.problem]
        return [*self._notes, *([] if self.failure is None else [self.failure.message])]

    def status(self) -> Mapping[str, Any]:
        """How the source is, as plain values."""
        return {
            "source": self.name,
            "type": self.declared.table["type"],
            "state": self.state,
            "problem": self.problem,
            "retries": self.retries,
            **{figure.name: figure.value for figure in self.source.figures()},
        }

    # What follows is the `Feed`.

    @property
    def is_stopping(self) -> bool:
        """See `Feed`."""
        return self._stopping.is_set()

    def pause(self, seconds: float) -> bool:
        """See `Feed`."""
        return self._stopping.wait(seconds)

    def position(self, key: str) -> Position | None:
        """See `Feed`."""
        stored = self._turnstile.engine.position(self._stored_key(key))
        return None if stored is None else orjson.loads(stored)

    def positions(self, prefix: str) -> Iterator[tuple[str, Position]]:
        """See `Feed`."""
        own_bytes = len(self._stored_key(""))
        for key, stored in self._turnstile.engine.positions(self._stored_key(prefix)):
            yield key[own_bytes:], orjson.loads(stored)

    def begin(self, head: bytes) -> None:
        """See `Feed`."""
        self._head = head
        with self._turnstile.lock:
            self._begin_anew()

    def count(self, key: str | None, position: Position | None, lines: bytes, path: str) -> int:
        """See `Feed`."""
        stored = None
        if key is not None and position is not None:
            stored = (self._stored_key(key), orjson.dumps(position).decode())
        with self._turnstile.lock:
            try:
                if self._head is not None and self._began_by_plan != self._turnstile.plan_number:
                    self._begin_anew()
                self._feed(stored, lines, path)
            except UnrecognisedError as error:
                self.note(error.message)
                self._feed(stored, b"", path)
            return self._turnstile.number

    def forget(self, keys: Iterable[str]) -> int:
        """See `Feed`."""
        stored = [self._stored_key(key) for key in keys]
        with self._turnstile.lock:
            if stored:
                self._check_cut()
                self._turnstile.engine.forget(stored)
                self._turnstile.number += 1
            return self._turnstile.number

    @property
    def counted(self) -> int:
        """See `Feed`."""
        return self._turnstile.number

    @property
    def durable(self) -> int:
        """See `Feed`."""
        return self._turnstile.durable_number

    def settle(self, timeout_seconds: float) -> bool:
        """See `Feed`."""
        wanted, durable = self.counted, self._turnstile.durable
        end = time.monotonic() + timeout_seconds
        while self.durable < wanted and time.monotonic() < end:
            self._request_commit()
            left = end - time.monotonic()
            with durable:
                durable.wait_for(
                    lambda: self.durable >= wanted, max(min(left, _SETTLE_LOOK_SECONDS), 0)
                )
        return self.durable >= wanted

    def works(self) -> None:
        """See `Feed`."""
        if self.state is not State.READING:
            if self.failure is not None and self.until is Until.STOPPED:
                _log.warning("source %s: is read again", self.name)
            self.failure = None
            self.state = State.READING
            self._retry_seconds = _FIRST_RETRY_SECONDS

    def fails(self, failure: str) -> None:
        """See `Feed`."""
        if self.until is Until.EMPTY:
            raise SourceError(failure)
        self._fail(SourceError(failure))

    def note(self, problem: str) -> None:
        """See `Feed`."""
        if self.until is Until.EMPTY:  # it is said in the end
            if problem not in self._notes and len(self._notes) < _MOST_NOTES:
                self._notes.append(problem)
        elif problem != self._noted[1]:
            _log.warning("source %s: %s", self.name, problem)
        self._noted = (time.monotonic(), problem)

    # What follows is called with the turnstile's lock.

    def _check_cut(self) -> None:
        if self._is_cut_off:
            raise Stopped

    def _begin_anew(self) -> None:
        self._check_cut()
        with _engine_errors():
            self._turnstile.engine.begin(self.name, self._head or b"")
        self._began_by_plan = self._turnstile.plan_number

    def _feed(self, stored: tuple[str, str] | None, lines: bytes, path: str) -> None:
        self._check_cut()
        if stored is None and not lines:
            return
        with _engine_errors():
            self._turnstile.engine.feed(self.name, stored, lines, path=path)
        self._turnstile.number += 1

    # What follows is the thread.

    def _run(self) -> None:
        try:
            if self._after is not None:
                self._after.join()
                self._after = None
            while not self._stopping.is_set() and not self._run_once():
                # Agents that lost the same far end do not all come back at the same moment.
                self._stopping.wait(self._retry_seconds * random.uniform(0.5, 1.0))  # noqa: S311
                self._retry_seconds = min(2 * self._retry_seconds, _LAST_RETRY_SECONDS)
                self.retries += 1
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - a panic of the core is one too
            self._on_fault(error)
        finally:
            self.state = State.ENDED

    def _run_once(self) -> bool:
        """Run the source until it ends or fails; whether it ended."""
        try:
            self.source.run(self)
        except Stopped:
            raise
        except SourceError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - others' sources may raise anything
            self._fail(SourceError(f"a fault of the source: {type(error).__name__}: {error}"))
        else:
            return True
        return False

    def _fail(self, error: SourceError) -> None:
        is_said = self.failure is not None and self.failure.message == error.message
        if self.until is Until.STOPPED and not is_said:
            _log.error("source %s: %s; trying again", self.name, error.message)
        self.failure = error
        self.state = State.FAILING

    def _stored_key(self, key: str) -> str:
        return f"{self.name}{_SEPARATOR}{key}"


@contextmanager
def _engine_errors() -> Iterator[None]:
    """What the engine raises, in the words of a `Feed`."""
    try:
        yield
    except ValueError as error:
        raise UnrecognisedError(str(error)) from None
    except RuntimeError as error:
        raise _BrokenError(str(error)) from error
