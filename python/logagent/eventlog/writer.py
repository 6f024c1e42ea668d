"""The one thread that writes the event log: many appends, one transaction."""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, TypeVar

from logagent.errors import CommitError, CommitFailure
from logagent.eventlog import schema, tables
from logagent.eventlog.event import Event, NewEvent
from logagent.state import database

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_MOST_WAITING_BYTES = 64 << 20
"""What may wait to be written; more is refused."""
_MOST_COMMIT_ENTRIES = 20_000


class _Append(NamedTuple):
    """Entries that are to be durable together."""

    stream: str
    entries: Sequence[tuple[str | None, str]]
    """Key and line of each."""
    size_bytes: int
    future: "Future[list[int]]"


class Writer:
    """Appends entries, and does other work on the database between two commits."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        on_commit: Callable[[Sequence[Event]], None],
        on_anew: Callable[[sqlite3.Connection], None],
    ) -> None:
        """`on_commit` gets what has become durable.

        `on_anew` is called in the transaction that begins a new database in place of a damaged one.
        """
        self._path = path
        self._connection = connection
        self._on_commit = on_commit
        self._on_anew = on_anew
        self._last = tables.last_sequence(connection)
        self._changed = threading.Condition()
        self._appends: list[_Append] = []
        self._work: list[Callable[[], None]] = []
        self._waiting_bytes = 0
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self.commits = 0
        self.failure: CommitError | None = None
        """Why the last commit failed; None if it did not."""

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join(timeout_seconds)

    def append(self, stream: str, entries: Sequence[NewEvent]) -> "Future[list[int]]":
        """Append entries, all or none; their sequences when they are durable.

        Raises `ArgumentError`; the future raises `CommitError`.
        """
        encoded = [(entry.key, entry.tail()) for entry in entries]
        size_bytes = sum(len(tail) for _, tail in encoded)
        future: Future[list[int]] = Future()
        with self._changed:
            refusal = None
            if self._is_stopping:
                refusal = "the event log is closed"
            elif self._waiting_bytes + size_bytes > _MOST_WAITING_BYTES:
                refusal = "too much waits to be written"
            if refusal is None:
                self._waiting_bytes += size_bytes
                self._appends.append(_Append(stream, encoded, size_bytes, future))
                self._changed.notify()
        if refusal is not None:
            future.set_exception(CommitError(CommitFailure.IO, refusal))
        return future

    def do(self, work: Callable[[sqlite3.Connection], _T]) -> "Future[_T]":
        """Do `work` in a transaction of its own."""
        future: Future[_T] = Future()

        def run() -> None:
            try:
                with database.transaction(self._connection):
                    found = work(self._connection)
            except database.READ_ERRORS as error:
                self._note(error)
                future.set_exception(database.commit_error(error, self._path))
            else:
                future.set_result(found)

        with self._changed:
            if self._is_stopping:
                future.set_exception(CommitError(CommitFailure.IO, "the event log is closed"))
                return future
            self._work.append(run)
            self._changed.notify()
        return future

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._appends or self._work or self._is_stopping):
                    self._changed.wait()
                if not (self._appends or self._work):
                    break
                work, self._work = self._work, []
                appends, self._appends = self._split(self._appends)
            for one in work:
                one()
            if appends:
                self._commit_or_refuse(appends)
                with self._changed:
                    self._waiting_bytes -= sum(append.size_bytes for append in appends)
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _split(self, appends: list[_Append]) -> tuple[list[_Append], list[_Append]]:
        """What goes into the next commit, and what has to wait."""
        count = 0
        for index, append in enumerate(appends):
            count += len(append.entries)
            if count > _MOST_COMMIT_ENTRIES and index > 0:
                return appends[:index], appends[index:]
        return appends, []

    def _commit_or_refuse(self, appends: list[_Append]) -> None:
        try:
            sequences = self._commit_or_begin_anew(appends)
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            failure = self._note(error)
            for append in appends:
                append.future.set_exception(failure)
            return
        if self.failure is not None:
            _log.warning("the event log can be written again")
            self.failure = None
        for append, found in zip(appends, sequences, strict=True):
            append.future.set_result(found)

    def _commit_or_begin_anew(self, appends: list[_Append]) -> list[list[int]]:
        if not self._path.exists():
            self._begin_anew("is gone")  # it could still be written, and nobody would find it
        try:
            return self._commit(appends)
        except database.READ_ERRORS as error:
            if not database.is_damage(error):
                raise
            self._begin_anew(f"is damaged ({error})")
            return self._commit(appends)

    def _commit(self, appends: list[_Append]) -> list[list[int]]:
        received = round(time.time(), 3)  # as the lines have it
        events: list[Event] = []
        with database.transaction(self._connection):
            sequences = [
                [
                    self._sequence(append.stream, key, tail, received, events)
                    for key, tail in append.entries
                ]
                for append in appends
            ]
            tables.insert(self._connection, events)
        self.commits += 1
        if events:
            self._last = events[-1].sequence
            self._on_commit(events)
        return sequences

    def _sequence(
        self, stream: str, key: str | None, tail: str, received: float, events: list[Event]
    ) -> int:
        """The sequence of an entry, which is added to `events` unless its key is known."""
        if key is not None:
            known = tables.known_key(self._connection, stream, key)
            if known is not None:
                return known
        sequence = self._last + len(events) + 1
        if key is not None:
            tables.remember_key(self._connection, stream, key, sequence)
        events.append(Event.of(sequence, stream, received, tail))
        return sequence

    def _begin_anew(self, reason: str) -> None:
        """Set an unusable database aside: what is archived stays, what it held is lost."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        aside = schema.set_aside(self._path)
        _log.error("%s %s: a new one begins (the old one would be %s)", self._path, reason, aside)
        self._connection = schema.open_or_create(self._path)
        with database.transaction(self._connection):
            self._on_anew(self._connection)
        self._last = max(self._last, tables.last_sequence(self._connection))

    def _note(self, error: Exception) -> CommitError:
        failure = database.commit_error(error, self._path)
        if self.failure is None or self.failure.message != failure.message:
            _log.error("cannot write the event log: %s", failure)
        self.failure = failure
        return failure
