"""The state database of a service: one writer, one transaction for each commit."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from logagent.errors import CommitError, CommitFailure, StateError
from logagent.state import database, schema
from logagent.state import rows as stored
from logagent.state.ballast import Ballast
from logagent.state.directory import LOCK_WAIT_SECONDS, Lock, beside, database_path
from logagent.state.rows import Addition, Commit, DamageError

if TYPE_CHECKING:
    from logagent._core import Rows

_Found = TypeVar("_Found")
_Identity = tuple[int, int]
"""Device and inode of a file."""


class Store:
    """Positions and counts that survive: all of a commit, or nothing of it.

    Used by one thread at a time. After a `CommitError` the store stays usable, and the same rows
    may be committed again.
    """

    set_aside: Path | None = None
    """What an unusable database was renamed to when the store was opened or replaced."""

    def __init__(self, directory: Path, lock: Lock) -> None:
        """Use `open`."""
        self._directory = directory
        self._path = database_path(directory)
        self._lock = lock
        self._ballast = Ballast(directory)
        self._connection: sqlite3.Connection | None = None
        self._identity: _Identity | None = None
        self._log_identity: _Identity | None = None
        self._restored: Rows | None = None
        self._last = Commit(0, 0)
        self._is_damaged = False

    @classmethod
    def open(
        cls, directory: Path, *, fresh: bool = False, wait_seconds: float = LOCK_WAIT_SECONDS
    ) -> "Store":
        """Open the state in `directory`, made if it is missing, and verify all of it.

        Raises `StateError` (exit 78) if another process writes there, if the database is damaged or
        of a newer version, or if it cannot be reached. With `fresh` a database that is damaged or
        newer is set aside, under a name with a time stamp, and the state is empty. Another process
        that writes there has `wait_seconds` to end.
        """
        store = cls(directory, _locked(directory, wait_seconds))
        try:
            store._prepare(fresh=fresh)
        except (*database.READ_ERRORS, StateError) as error:
            store._disconnect()
            store._lock.release()
            raise database.open_error(error, store._path) from None
        store._ballast.ensure()
        return store

    @staticmethod
    def install(directory: Path, rows: "Rows") -> Path | None:
        """Make these rows the state of `directory`, whatever is there, while no service runs.

        Answers what the database that was there is called now; raises `StateError`.
        """
        lock = _locked(directory)
        try:
            return database.install(database_path(directory), rows)
        except (sqlite3.Error, OSError) as error:
            raise database.open_error(error, database_path(directory)) from None
        finally:
            lock.release()

    def _prepare(self, *, fresh: bool) -> None:
        try:
            self._open_verified()
        except (*database.READ_ERRORS, StateError) as error:
            self._disconnect()
            if isinstance(error, StateError) or database.is_damage(error):
                if not fresh:
                    raise
                self.set_aside = database.install(self._path, stored.no_rows())
            elif not self._ballast.release():
                raise
            # Set aside, or perhaps the disk was full and there is room now.
            self._open_verified()

    def _open_verified(self) -> None:
        """Connect, and read everything."""
        database.discard_unfinished(self._path)
        if not self._path.exists():
            if beside(self._path, "-wal").exists():
                raise DamageError("it is missing, though its write-ahead log is there")
            database.install(self._path, stored.no_rows())
        # To read only: closing a connection that writes would move the log into a database that
        # is damaged, and destroy what may still be saved.
        with contextlib.closing(database.connect_to_read(self._path)) as reader:
            found = database.read_verified(reader)
            connection = self._connect()
        if found is None:
            found = self._migrated(connection)
        self._restored, self._last = found
        stored.last_commit(connection)  # makes the log if there was none
        self._log_identity = _identity(beside(self._path, "-wal"))

    def _migrated(self, connection: sqlite3.Connection) -> tuple["Rows", Commit]:
        with database.transaction(connection):
            schema.migrate(connection)
        found = database.read_verified(connection)
        if found is None:
            raise DamageError("it could not be brought to the present version")
        return found

    def load(self) -> "Rows":
        """Everything that was committed, verified.

        Raises `StateError` if the database was damaged after it was opened.
        """
        rows, self._restored = self._restored, None
        if rows is not None:
            return rows
        try:
            found = database.read_verified(self._connected())
        except (*database.READ_ERRORS, CommitError) as error:
            raise database.open_error(error, self._path) from None
        return stored.no_rows() if found is None else found[0]

    def query(self, read: Callable[[sqlite3.Connection], _Found]) -> _Found:
        """What `read` finds in tables that others write in commits. Raises `StateError`."""
        try:
            return read(self._connected())
        except (*database.READ_ERRORS, CommitError) as error:
            raise database.open_error(error, self._path) from None

    def commit(
        self, rows: "Rows", *, dropped: Sequence[str] = (), also: Sequence[Addition] = ()
    ) -> None:
        """Write the rows and delete the `dropped` definitions with their series: one transaction.

        `also` write rows of their own in the same transaction.

        Durable on return. Raises `CommitError`: nothing is shown as committed then.
        """
        self._with_ballast(lambda: self._write(rows, dropped, also=also))

    def replace(self, rows: "Rows", *, also: Sequence[Addition] = ()) -> None:
        """Make these rows the whole state, wherever the database went; durable on return.

        The directory is made if it is missing, and whatever else lies in place of the database is
        set aside; what others wrote there is lost. `also` as in `commit`. Raises `CommitError`.
        """
        self._with_ballast(lambda: self._write_whole(rows, also))

    def start_anew(self) -> None:
        """Set the database aside, though it is not damaged, and go on with an empty state.

        For rows that their reader refuses. Raises `StateError`.
        """
        self._disconnect()
        try:
            self.set_aside = database.install(self._path, stored.no_rows())
            self._open_verified()
        except (*database.READ_ERRORS, StateError) as error:
            raise database.open_error(error, self._path) from None

    def _with_ballast(self, action: Callable[[], None]) -> None:
        """Do it; on a full disk once more without the ballast."""
        try:
            action()
        except CommitError as error:
            if error.kind is not CommitFailure.FULL or not self._ballast.release():
                raise
            action()
        self._ballast.ensure()

    def _write_whole(self, rows: "Rows", also: Sequence[Addition]) -> None:
        try:
            if self._is_in_place() and not self._is_damaged:
                self._write(rows, (), is_whole=True, also=also)
                return
            self._disconnect()
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._lock.is_in_place():
                lock = Lock(self._directory)
                self._lock.release()
                self._lock = lock
            number = self._last.number
            self.set_aside = database.install(self._path, rows, number=number, also=also)
            self._last = stored.last_commit(self._connect())
            self._is_damaged = False
        except StateError as error:
            raise CommitError(CommitFailure.GONE, error.message) from None
        except database.READ_ERRORS as error:
            self._disconnect()
            raise database.commit_error(error, self._path) from None

    def stats(self) -> dict[str, Any]:
        """How the store is, as plain values.

        ``commits`` made in the life of the database and ``committed_unix_ms`` of the last one;
        ``database_bytes``, ``log_bytes`` (write-ahead log), ``ballast_bytes``;
        ``ballast_releases`` of this process; ``set_aside``, a path or None.
        """
        return {
            "commits": self._last.number,
            "committed_unix_ms": self._last.unix_ms,
            "database_bytes": _size_bytes(self._path),
            "log_bytes": _size_bytes(beside(self._path, "-wal")),
            "ballast_bytes": self._ballast.size_bytes,
            "ballast_releases": self._ballast.releases,
            "set_aside": None if self.set_aside is None else str(self.set_aside),
        }

    def close(self) -> None:
        """Move the log into the database, which is then one file, and let others write."""
        if self._connection is not None and self._is_in_place():
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._disconnect()
        self._lock.release()

    def _write(
        self,
        rows: "Rows",
        dropped: Sequence[str],
        *,
        is_whole: bool = False,
        also: Sequence[Addition] = (),
    ) -> None:
        self._restored = None
        commit = database.next_commit(self._last.number)
        connection = self._connected()
        try:
            with database.transaction(connection):
                if is_whole:
                    stored.clear(connection)
                stored.write(connection, rows, dropped=dropped, commit=commit)
                for addition in also:
                    addition(connection)
        except database.READ_ERRORS as error:
            failure = database.commit_error(error, self._path)
            if failure.kind in {CommitFailure.IO, CommitFailure.GONE}:
                self._is_damaged = self._is_damaged or database.is_damage(error)
                self._disconnect()
            raise failure from None
        # A file that was removed meanwhile took the commit with it.
        self._check_place()
        self._last = commit

    def _connected(self) -> sqlite3.Connection:
        """The connection, made anew after an error; raises `CommitError` if the database went."""
        self._check_place()
        if self._connection is not None:
            return self._connection
        try:
            connection = self._connect()
            present = stored.last_commit(connection)
        except database.READ_ERRORS as error:
            self._disconnect()
            self._is_damaged = database.is_damage(error)
            raise database.commit_error(error, self._path) from None
        if present.number < self._last.number:
            self._disconnect()
            raise self._gone("lost commits that were durable")
        self._log_identity = _identity(beside(self._path, "-wal"))
        return connection

    def _connect(self) -> sqlite3.Connection:
        self._disconnect()
        self._connection = database.connect(self._path)
        self._identity = _identity(self._path)
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._log_identity = None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _check_place(self) -> None:
        if self._is_damaged:
            raise self._gone("is damaged")
        if not self._is_in_place():
            raise self._gone("is not where it was, or the directory is out of reach")

    def _is_in_place(self) -> bool:
        """Whether the files under their names are those that are open."""
        is_log_in_place = self._log_identity is None or (
            _identity(beside(self._path, "-wal")) == self._log_identity
        )
        return (
            self._identity is not None
            and _identity(self._path) == self._identity
            and is_log_in_place
            and self._lock.is_in_place()
        )

    def _gone(self, what: str) -> CommitError:
        return CommitError(CommitFailure.GONE, f"{self._path} {what}")


def _locked(directory: Path, wait_seconds: float = LOCK_WAIT_SECONDS) -> Lock:
    """The lock of a directory, which is made if it is missing; raises `StateError`."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Lock(directory, wait_seconds)
    except OSError as error:
        raise database.open_error(error, directory) from None


def _identity(path: Path) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - never opened: that would drop SQLite's locks
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
