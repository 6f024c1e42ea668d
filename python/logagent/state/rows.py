"""Reading and writing rows: each with a checksum, all of a table with a digest."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import orjson

from logagent.state.schema import TABLES, Table

if TYPE_CHECKING:
    from logagent._core import Rows

_WORD = 0xFFFF_FFFF
_UPSERT_SERIES = (
    "INSERT INTO series VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET state = excluded.state, checksum = excluded.checksum"
)
_COMMIT_KEY = "commit"


Addition = Callable[[sqlite3.Connection], None]
"""Writes rows in the transaction that is open; may be called again if that fails."""


class DamageError(Exception):
    """The database is not what was committed; the text says what does not fit."""


class Commit(NamedTuple):
    """A transaction: `number` counts them from 1, `unix_ms` is when it was made."""

    number: int
    unix_ms: int


def no_rows() -> "Rows":
    """The rows of a state in which nothing happened yet."""
    return {
        "metrics": [],
        "series": [],
        "files": [],
        "tallies": [],
        "positions": [],
        "models": [],
    }


def read(connection: sqlite3.Connection) -> tuple["Rows", Commit]:
    """All rows, verified, and the commit that they are of; the caller began the transaction.

    Raises `DamageError` unless they are, as a whole, what one commit left.
    """
    try:
        rows = no_rows()
        starts: list[int] = []
        places: dict[int, int] = {}
        for key, definition in _texts(connection, "metrics"):
            places[int(key)] = len(places)
            starts.append(crc32(definition))
            rows["metrics"].append(definition.decode())
        rows["series"].extend(_series(connection, places, starts))
        rows["files"].extend((int(key), text.decode()) for key, text in _texts(connection, "files"))
        tallies, positions = _texts(connection, "tallies"), _texts(connection, "positions")
        rows["tallies"].extend((key.decode(), value.decode()) for key, value in tallies)
        rows["positions"].extend((key.decode(), value.decode()) for key, value in positions)
        models = _texts(connection, "models")
        rows["models"].extend((key.decode(), value.decode()) for key, value in models)
        meta = dict(_texts(connection, "meta"))
        return rows, Commit(**orjson.loads(meta[_COMMIT_KEY.encode()]))
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        # A value of another type than was written, or a row that is not there.
        raise DamageError(f"a row cannot be read ({type(error).__name__}: {error})") from error


def last_commit(connection: sqlite3.Connection) -> Commit:
    """The commit that the database holds, without a look at the rest of it."""
    query = "SELECT value FROM meta WHERE key = ?"
    row = connection.execute(query, (_COMMIT_KEY,)).fetchone()
    if row is None:
        raise DamageError("it does not say which commit it holds")
    return Commit(**orjson.loads(row[0]))


def write(
    connection: sqlite3.Connection, rows: "Rows", *, dropped: Iterable[str], commit: Commit
) -> None:
    """Write the rows, in the transaction that is open; `dropped` definitions go first."""
    numbers = {
        definition: number
        for number, definition in connection.execute("SELECT key, value FROM metrics")
    }
    for definition in dropped:
        number = numbers.pop(definition, None)
        if number is not None:
            connection.execute("DELETE FROM series WHERE metric = ?", (number,))
            connection.execute("DELETE FROM metrics WHERE key = ?", (number,))
    for definition in rows["metrics"]:
        if definition not in numbers:
            numbers[definition] = max(numbers.values(), default=0) + 1
            _put(connection, "metrics", [(numbers[definition], definition)])
    _put_series(connection, rows, [numbers[definition] for definition in rows["metrics"]])
    _put(connection, "files", rows["files"])
    _put(connection, "tallies", rows["tallies"])
    _put(connection, "positions", rows["positions"])
    _put(connection, "models", rows["models"])
    _put(connection, "meta", [(_COMMIT_KEY, orjson.dumps(commit._asdict()).decode())])


def clear(connection: sqlite3.Connection) -> None:
    """Delete every row, in the transaction that is open."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant


def _texts(connection: sqlite3.Connection, table: Table) -> Iterator[tuple[bytes, bytes]]:
    count = total = 0
    # As bytes, since what is damaged need not be text.
    query = (
        f"SELECT CAST(key AS BLOB), CAST(value AS BLOB), checksum FROM {table} "  # noqa: S608
        "ORDER BY key"
    )
    for key, value, checksum in connection.execute(query):
        if checksum != _checksum(0, key, value):
            raise DamageError(f"a row of the table {table} does not fit its checksum")
        count += 1
        total += checksum
        yield key, value
    _check_digest(connection, table, count, total)


def _series(
    connection: sqlite3.Connection, places: dict[int, int], starts: Sequence[int]
) -> Iterator[tuple[int, bytes, bytes]]:
    """Series with the place of their metric; `starts` are where their checksums begin."""
    count = total = 0
    query = "SELECT metric, labels, state, checksum FROM series ORDER BY metric, labels"
    for metric, labels, state, checksum in connection.execute(query):
        place = places[metric]
        if checksum != _checksum(starts[place], labels, state):
            raise DamageError("a row of the table series does not fit its checksum")
        count += 1
        total += checksum
        yield place, labels, state
    _check_digest(connection, "series", count, total)


def _check_digest(connection: sqlite3.Connection, table: Table, count: int, total: int) -> None:
    query = "SELECT rows, sum FROM digests WHERE id = ?"
    if connection.execute(query, (TABLES.index(table),)).fetchone() != (count, total):
        raise DamageError(f"the table {table} is not whole")


def _put(
    connection: sqlite3.Connection, table: Table, pairs: Iterable[tuple[int | str, str | None]]
) -> None:
    """Write values by their keys, the last one of each; None deletes."""
    last = dict(pairs)
    connection.executemany(
        f"DELETE FROM {table} WHERE key = ?",  # noqa: S608 - a constant
        [(key,) for key, value in last.items() if value is None],
    )
    connection.executemany(
        f"INSERT INTO {table} VALUES (?, ?, ?) "  # noqa: S608 - a constant
        "ON CONFLICT DO UPDATE SET value = excluded.value, checksum = excluded.checksum",
        [
            (key, value, _checksum(0, str(key).encode(), value.encode()))
            for key, value in last.items()
            if value is not None
        ],
    )


def _put_series(connection: sqlite3.Connection, rows: "Rows", numbers: Sequence[int]) -> None:
    starts = [crc32(definition.encode()) for definition in rows["metrics"]]
    connection.executemany(
        _UPSERT_SERIES,
        (
            (numbers[place], labels, state, _checksum(starts[place], labels, state))
            for place, labels, state in rows["series"]
        ),
    )


def _checksum(start: int, key: bytes, value: bytes) -> int:
    """CRC-32 of both; the length of the key too, lest bytes move from one to the other."""
    return crc32(value, crc32(key, (start + len(key)) & _WORD))
