"""The tables of the event log's database.

An entry is in `events` or in the archive file of a row of `parts`, never in both: it moves in one
transaction. `streams` remembers up to which sequence entries were removed for good.
"""

import contextlib
import os
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

from logagent.state.database import connect, transaction
from logagent.state.directory import beside

_APPLICATION_ID = 0x6C6F6576  # "loev", in the header of the file
_VERSION = 1
_TABLES = (
    """CREATE TABLE streams (
  name TEXT NOT NULL PRIMARY KEY, removed INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE events (
  sequence INTEGER PRIMARY KEY, stream TEXT NOT NULL, received REAL NOT NULL, line BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX events_by_stream ON events (stream, sequence)",
    "CREATE INDEX events_by_time ON events (received)",
    """CREATE TABLE keys (
  stream TEXT NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (stream, key)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE parts (
  stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, entries INTEGER NOT NULL,
  bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, earliest REAL NOT NULL,
  latest REAL NOT NULL, blocks TEXT NOT NULL, PRIMARY KEY (stream, first)
) STRICT, WITHOUT ROWID""",
    # One row: no entry has been given this sequence or a higher one.
    "CREATE TABLE beginning (sequence INTEGER NOT NULL) STRICT",
)


def open_or_create(path: Path) -> sqlite3.Connection:
    """A connection that writes the database at `path`, which is made if it is missing.

    Raises `sqlite3.Error` and OSError.
    """
    if not path.exists():
        _create(path)
    connection = connect(path)
    try:
        _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (identity, version) != (_APPLICATION_ID, _VERSION):
        raise sqlite3.DatabaseError("its tables are not those of an event log of this version")


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = beside(path, ".new")
    for suffix in ("", "-wal", "-shm"):
        beside(new, suffix).unlink(missing_ok=True)
        beside(path, suffix).unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with contextlib.closing(connect(new)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            for table in _TABLES:
                connection.execute(table)
            # Above all that an earlier database can have given, should this one take its place:
            # nobody writes 100,000 entries in each second. And exact in JavaScript.
            beginning = time.time_ns() // 10_000
            connection.execute("INSERT INTO beginning VALUES (?)", (beginning,))
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    new.rename(path)
    sync_directory(path.parent)


def set_aside(path: Path) -> Path:
    """Rename an unusable database, and what belongs to it; answers the new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = beside(path, f".aside-{stamp}")
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            beside(path, suffix).rename(beside(aside, suffix))
    beside(path, "-shm").unlink(missing_ok=True)
    return aside


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
