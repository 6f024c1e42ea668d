"""Reading a state without taking it: beside a running service, or while none runs."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from logagent.errors import StateError
from logagent.state import database
from logagent.state.directory import beside, database_path
from logagent.state.rows import Commit

if TYPE_CHECKING:
    from logagent._core import Rows

_ATTEMPTS = 5


def read_beside(directory: Path) -> tuple["Rows", Commit]:
    """All rows of the last commit, verified, and which commit that is. Writes nothing of its own.

    Raises `StateError` if there is no state, or none that can be used.
    """
    path = database_path(directory)
    try:
        for _ in range(_ATTEMPTS):
            before = _look(path)
            try:
                with contextlib.closing(_connect(path)) as connection:
                    found = _read(connection)
            except database.READ_ERRORS:
                # Perhaps a service began or ended to write just now.
                if _look(path) == before:
                    raise
            else:
                if _look(path) == before:
                    return found
    except FileNotFoundError:
        raise StateError(
            f"there is no state in {directory}",
            hint="name the configuration with -c or the directory with --state-dir",
        ) from None
    except (*database.READ_ERRORS, StateError) as error:
        raise database.open_error(error, path) from None
    raise StateError(f"{path} was written again and again while it was read", hint="try again")


def _connect(path: Path) -> sqlite3.Connection:
    # Without a log nobody writes, and the file alone is the whole state: nothing need be made
    # beside it, which a person who may only read could not.
    has_log = beside(path, "-wal").exists()
    return database.connect_to_read(path, "mode=ro" if has_log else "immutable=1")


def _read(connection: sqlite3.Connection) -> tuple["Rows", Commit]:
    found = database.read_verified(connection)
    if found is None:
        raise StateError(
            "the state was written by an older logagent", hint="`logagent run` brings it up to date"
        )
    return found


def _look(path: Path) -> tuple[object, ...]:
    """What changes when somebody writes or replaces the file, but for what goes to its log."""
    found = os.stat(path)  # noqa: PTH116 - never opened but by SQLite
    has_log = beside(path, "-wal").exists()
    return found.st_dev, found.st_ino, has_log, None if has_log else found.st_mtime_ns
