"""The committing thread: makes counts durable together with their positions, then shows them."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram

from logagent.daemon.participant import Participant
from logagent.errors import CommitError, CommitFailure
from logagent.state.rows import no_rows

if TYPE_CHECKING:
    from logagent._core import Engine, Snapshot
    from logagent.state import Store

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 10.0
_LAST_COMMIT_SECONDS = 2.0
"""How long the end of the service waits for a commit that fails."""
_DURATIONS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Committer:
    """Commits at an interval and on request, in a thread of its own, until it is stopped.

    A commit that fails keeps its snapshot and is tried again, ever more slowly; reading goes on and
    counts in memory meanwhile.
    """

    def __init__(
        self,
        engine: "Engine",
        store: "Store",
        *,
        interval_seconds: float,
        dropped: list[str],
        registry: CollectorRegistry,
        on_fault: Callable[[BaseException], None],
        participants: Sequence[Participant] = (),
    ) -> None:
        """`dropped` are definitions to delete with the first commit; `on_fault` as for `Reader`.

        `participants` write in this order, behind the counts.
        """
        self._engine = engine
        self._store = store
        self.interval_seconds = interval_seconds
        self._dropped = dropped
        self._on_fault = on_fault
        self.participants = participants
        self._changed = threading.Condition()
        self._requests: list[Future[None]] = []
        self._work: list[Callable[[], None]] = []
        self._is_stopping = False
        self._snapshot: Snapshot | None = None
        self._is_gone = False
        self._thread = threading.Thread(target=self._run, name="committing", daemon=True)
        self.failure: CommitError | None = None
        """Why the last commit failed; None if it did not."""
        self.state = store.stats()
        """How the state database was after the last commit; see `Store.stats`."""
        self.last_success = time.time()
        """When everything counted until then was durable, as Unix time."""
        self.generation = 0
        """Grows with everything that changes what is shown."""
        self._durations = Histogram(
            "logagent_commit_duration_seconds",
            "Duration of commits, failed ones too.",
            buckets=_DURATIONS_SECONDS,
            registry=registry,
        )
        self._failures = Counter(
            "logagent_commit_failures",
            "Commits that failed and were tried again, by reason.",
            ["kind"],
            registry=registry,
        )
        for kind in CommitFailure:
            self._failures.labels(kind)

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def request(self) -> Future[None]:
        """Commit now, rather than at the next interval; done after the attempt."""
        future: Future[None] = Future()
        with self._changed:
            self._requests.append(future)
            self._changed.notify()
        return future

    def between_commits(self, work: Callable[[], _T]) -> Future[_T]:
        """Do `work` in the committing thread."""
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - the one who asked gets it
                future.set_exception(error)

        with self._changed:
            self._work.append(run)
            self._changed.notify()
        return future

    def stop(self) -> None:
        """Commit what is left, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def drop(self, definitions: list[str]) -> None:
        """Delete rows of these definitions with the next commit; in the committing thread."""
        self._dropped += definitions
        self.generation += 1

    def commit(self) -> None:
        """Make everything counted so far durable; in the committing thread. Raises CommitError."""
        if self._snapshot is None:
            self._snapshot = self._engine.take()
        if self._snapshot is not None or self._dropped or self._is_gone or self._is_wanted():
            started = time.monotonic()
            try:
                self._write()
            except CommitError as error:
                self._failures.labels(error.kind).inc()
                self._note(error)
                raise
            finally:
                self._durations.observe(time.monotonic() - started)
                self.state = self._store.stats()
            if self._snapshot is not None:
                self._engine.commit(self._snapshot)
                self._snapshot = None
                self.generation += 1
            for one in self.participants:
                one.committed()
        self._note(None)
        self.last_success = time.time()

    def _write(self) -> None:
        if not self._is_gone:
            changes = self._snapshot.changes() if self._snapshot is not None else no_rows()
            try:
                self._store.commit(changes, dropped=self._dropped, also=[self._participate])
            except CommitError as error:
                if error.kind is not CommitFailure.GONE:
                    raise
                self._is_gone = True
                _log.warning("%s; writing the state anew", error)
        if self._is_gone:
            self._store.replace(self._engine.everything(), also=[self._participate])
            self._is_gone = False
        self._dropped = []

    def _is_wanted(self) -> bool:
        """Whether a participant has something to write; each of them is asked."""
        wishes = [one.has_work() for one in self.participants]
        return any(wishes)

    def _participate(self, connection: sqlite3.Connection) -> None:
        for one in self.participants:
            one.write(connection, self._snapshot)

    def _note(self, failure: CommitError | None) -> None:
        """Say when commits begin and cease to fail."""
        if failure is not None and (
            self.failure is None or self.failure.message != failure.message
        ):
            _log.error("cannot commit: %s; counting goes on in memory", failure)
        elif failure is None and self.failure is not None:
            _log.warning("commits succeed again")
        self.failure = failure

    def _run(self) -> None:
        try:
            self._commit_until_stopped()
            self._commit_last()
        except BaseException as error:  # noqa: BLE001 - a panic of the core is one too
            self._on_fault(error)
        finally:
            self._store.close()

    def _commit_until_stopped(self) -> None:
        retry_seconds = _FIRST_RETRY_SECONDS
        due = time.monotonic() + self.interval_seconds
        while True:
            requests, work = self._wait(due)
            for one in work:
                one()
            if self._is_stopping:
                return
            if time.monotonic() >= due or (requests and self.failure is None):
                try:
                    self.commit()
                    due = time.monotonic() + self.interval_seconds
                    retry_seconds = _FIRST_RETRY_SECONDS
                except CommitError:
                    due = time.monotonic() + retry_seconds
                    retry_seconds = min(2 * retry_seconds, _LAST_RETRY_SECONDS)
            for request in requests:
                if request.set_running_or_notify_cancel():
                    request.set_result(None)

    def _wait(self, due: float) -> tuple[list[Future[None]], list[Callable[[], None]]]:
        """Sleep until there is something to do."""
        with self._changed:
            if not (self._requests or self._work or self._is_stopping):
                self._changed.wait(max(due - time.monotonic(), 0))
            requests, self._requests = self._requests, []
            work, self._work = self._work, []
            return requests, work

    def _commit_last(self) -> None:
        end = time.monotonic() + _LAST_COMMIT_SECONDS
        while True:
            try:
                # The first may be of a snapshot that was taken before the reader ended.
                self.commit()
                return self.commit()
            except CommitError as error:
                if time.monotonic() >= end:
                    _log.warning(
                        "ending without a last commit (%s): what it would have held is read again",
                        error,
                    )
                    return None
                time.sleep(_FIRST_RETRY_SECONDS / 2)
