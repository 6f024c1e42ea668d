"""One database file: making it, opening it verified, setting it aside, naming its errors."""

import contextlib
import errno
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from logagent.errors import CommitError, CommitFailure, StateError
from logagent.state import rows as stored
from logagent.state import schema
from logagent.state.directory import beside
from logagent.state.rows import Addition, Commit, DamageError

if TYPE_CHECKING:
    from logagent._core import Rows

_PRIMARY_CODE = 0xFF  # the low byte of an extended code is the code
_BUSY_SECONDS = 1.0
_CACHE_KIB = 8 << 10
_WAL_KEPT_BYTES = 16 << 20
READ_ERRORS = (sqlite3.Error, OSError, DamageError, UnicodeDecodeError)
"""What reading a database can raise: Python decodes even the texts of SQLite's own errors."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that writes an existing database: durable when a transaction has ended."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All or nothing of what is written within."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, and cannot after others.
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def connect_to_read(path: Path, access: str = "mode=ro") -> sqlite3.Connection:
    """A connection that never writes the database, nor empties its log when it is closed.

    `access` is a parameter of SQLite's URIs.
    """
    uri = f"{path.absolute().as_uri()}?{access}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def read_verified(connection: sqlite3.Connection) -> tuple["Rows", Commit] | None:
    """Everything in the database, of its last commit; None if `schema.migrate` has to come first.

    Raises `StateError` for a newer version, otherwise one of `READ_ERRORS`.
    """
    with transaction(connection, "DEFERRED"):
        version = schema.check_not_newer(connection)
        if version == 0 or not schema.fits(connection, version):
            raise DamageError("its tables are not those of a state of logagent")
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise DamageError(" ".join(str(found).split()))
        return stored.read(connection) if version == len(schema.MIGRATIONS) else None


def is_damage(error: Exception) -> bool:
    """Whether an error while reading means that the content is wrong, not that it is out of reach.

    An SQL error is damage too: it says that a table is missing, or a text not UTF-8.
    """
    if isinstance(error, sqlite3.Error):
        return _code(error) in {
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_NOTADB,
            sqlite3.SQLITE_ERROR,
            sqlite3.SQLITE_FORMAT,
            sqlite3.SQLITE_MISMATCH,
            sqlite3.SQLITE_TOOBIG,
        }
    return isinstance(error, DamageError | UnicodeDecodeError)


def next_commit(number: int) -> Commit:
    """The commit that follows the one of this number, made now."""
    return Commit(number + 1, time.time_ns() // 1_000_000)


def install(
    path: Path, rows: "Rows", *, number: int = 0, also: Sequence[Addition] = ()
) -> Path | None:
    """Put a new database with these rows at `path`; answers what an earlier one is called now.

    At every moment there is a whole database at `path` if there was one before: the new one is
    written beside it and renamed. Raises `OSError`, `sqlite3.Error`.
    """
    new = beside(path, ".new")
    discard_unfinished(path)
    # As private as the directory: SQLite gives the files beside it the same mode.
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with contextlib.closing(connect(new)) as connection:
        connection.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            schema.migrate(connection)
            stored.write(connection, rows, dropped=(), commit=next_commit(number))
            for addition in also:
                addition(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = _set_aside(path)
    new.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return aside


def discard_unfinished(path: Path) -> None:
    """Remove what an `install` that was killed left."""
    for suffix in (".new", ".new-wal", ".new-shm"):
        beside(path, suffix).unlink(missing_ok=True)


def _set_aside(path: Path) -> Path | None:
    """Give the database at `path` a second name, with a time stamp, and move its log there."""
    log = beside(path, "-wal")
    beside(path, "-shm").unlink(missing_ok=True)
    if not path.exists() and not log.exists():
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = beside(path, f".aside-{stamp}")
    if path.exists():
        aside.hardlink_to(path)
    if log.exists():
        # A log that stayed would be taken for that of the new database.
        log.rename(beside(aside, "-wal"))
    return aside


def commit_error(error: Exception, path: Path) -> CommitError:
    """The error of a commit, by what can be done about it."""
    return CommitError(_failure(error, path), f"{path}: {_words(error)}")


def _failure(error: Exception, path: Path) -> CommitFailure:
    code = _code(error) if isinstance(error, sqlite3.Error) else None
    number = error.errno if isinstance(error, OSError) else None
    if code == sqlite3.SQLITE_FULL or number in {errno.ENOSPC, errno.EDQUOT}:
        return CommitFailure.FULL
    if is_damage(error):
        return CommitFailure.GONE
    if code == sqlite3.SQLITE_READONLY or number == errno.EROFS or _is_read_only(path.parent):
        return CommitFailure.READ_ONLY
    if number is not None or not path.exists():
        return CommitFailure.GONE
    return CommitFailure.IO


def open_error(error: Exception, path: Path) -> StateError:
    """The error of opening a database, for a person."""
    if isinstance(error, StateError):
        return error
    if is_damage(error):
        return StateError(
            f"{path} is damaged: {_words(error)}",
            hint="`logagent state import FILE` brings back what was exported; "
            "`logagent run --fresh-state` sets it aside and counts anew",
        )
    hint = None
    if isinstance(error, sqlite3.Error) and _code(error) == sqlite3.SQLITE_FULL:
        hint = "make room on the disk, or set `state_dir`"
    return StateError(f"{path} cannot be opened: {_words(error)}", hint=hint)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


def _code(error: sqlite3.Error) -> int:
    # Errors of Python's module itself have no code: a value that is no UTF-8, for example.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE


def _is_read_only(directory: Path) -> bool:
    try:
        return bool(os.statvfs(directory).f_flag & os.ST_RDONLY)
    except OSError:
        return False
