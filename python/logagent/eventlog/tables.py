"""Reading and writing the tables of the event log's database; nothing here begins a transaction."""

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from logagent.eventlog.archive import Part
from logagent.eventlog.event import Event

_PART_COLUMNS = ", ".join(Part._fields)


class Footprint(NamedTuple):
    """What a stream takes in the database."""

    entries: int
    bytes: int
    first: int
    """Sequence."""
    last: int
    earliest: float
    """When its first entry was received, as Unix time."""
    latest: float


def insert(connection: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Add entries."""
    rows = ((*event, zlib.crc32(event.line)) for event in events)
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)


def known_key(connection: sqlite3.Connection, stream: str, key: str) -> int | None:
    """The sequence of the entry of a stream that has this key."""
    query = "SELECT sequence FROM keys WHERE stream = ? AND key = ?"
    found = connection.execute(query, (stream, key)).fetchone()
    return None if found is None else int(found[0])


def remember_key(connection: sqlite3.Connection, stream: str, key: str, sequence: int) -> None:
    """Note that an entry has a key."""
    connection.execute("INSERT INTO keys VALUES (?, ?, ?)", (stream, key, sequence))


def events_after(
    connection: sqlite3.Connection,
    after: int,
    streams: frozenset[str] | None,
    on_damage: Callable[[int], None],
) -> Iterator[Event]:
    """Entries of the database, lazily; `on_damage` gets the sequence of one that is damaged."""
    within, names = _within(streams)
    query = (
        "SELECT sequence, stream, received, line, checksum FROM events "  # noqa: S608 - constants
        f"WHERE sequence > ? {within} ORDER BY sequence"
    )
    for *event, checksum in connection.execute(query, (after, *names)):
        if zlib.crc32(event[3]) == checksum:
            yield Event(*event)
        else:
            on_damage(event[0])


def first_received(connection: sqlite3.Connection, since: float) -> int | None:
    """The first sequence of the database that was received at `since` or later."""
    query = "SELECT min(sequence) FROM events WHERE received >= ?"
    found: int | None = connection.execute(query, (since,)).fetchone()[0]
    return found


def footprints(connection: sqlite3.Connection) -> dict[str, Footprint]:
    """What each stream takes in the database."""
    query = (
        "SELECT stream, count(*), sum(length(line)), min(sequence), max(sequence), min(received), "
        "max(received) FROM events GROUP BY stream"
    )
    return {stream: Footprint(*rest) for stream, *rest in connection.execute(query)}


def parts(
    connection: sqlite3.Connection, *, streams: frozenset[str] | None = None, after: int = -1
) -> list[Part]:
    """Archive files with entries after a sequence, the oldest first."""
    within, names = _within(streams)
    query = f"SELECT {_PART_COLUMNS} FROM parts WHERE last > ? {within} ORDER BY first"  # noqa: S608
    return [Part(*row) for row in connection.execute(query, (after, *names))]


def add_part(connection: sqlite3.Connection, part: Part) -> None:
    """Note that entries are archived, and are not in the database any more."""
    places = ", ".join("?" * len(part))
    connection.execute(f"INSERT INTO parts ({_PART_COLUMNS}) VALUES ({places})", part)  # noqa: S608
    query = "DELETE FROM events WHERE stream = ? AND sequence BETWEEN ? AND ?"
    connection.execute(query, (part.stream, part.first, part.last))


def forget(connection: sqlite3.Connection, stream: str, last: int) -> None:
    """Remove a stream's entries up to a sequence for good, and the rows of its parts."""
    connection.execute(
        "INSERT INTO streams VALUES (?, ?) ON CONFLICT DO UPDATE SET removed = excluded.removed",
        (stream, last),
    )
    for table, column in (("events", "sequence"), ("keys", "sequence"), ("parts", "last")):
        query = f"DELETE FROM {table} WHERE stream = ? AND {column} <= ?"  # noqa: S608 - constants
        connection.execute(query, (stream, last))


def removed(connection: sqlite3.Connection) -> dict[str, int]:
    """Up to which sequence entries of each stream were removed."""
    return dict(connection.execute("SELECT name, removed FROM streams"))


def lost_until(connection: sqlite3.Connection, streams: frozenset[str] | None) -> int:
    """Up to which sequence entries of these streams may be gone.

    Those that were removed, and all that a database held in whose place this one was begun.
    """
    gone = removed(connection)
    found = [last for stream, last in gone.items() if streams is None or stream in streams]
    beginning: int = connection.execute("SELECT sequence FROM beginning").fetchone()[0]
    return max([beginning, *found])


def last_sequence(connection: sqlite3.Connection) -> int:
    """The highest sequence that was ever given."""
    query = """SELECT max(
  (SELECT sequence FROM beginning), (SELECT coalesce(max(sequence), 0) FROM events),
  (SELECT coalesce(max(last), 0) FROM parts), (SELECT coalesce(max(removed), 0) FROM streams)
)"""
    return int(connection.execute(query).fetchone()[0])


def _within(streams: frozenset[str] | None) -> tuple[str, Sequence[str]]:
    if streams is None:
        return "", ()
    names = sorted(streams)
    return f"AND stream IN ({', '.join('?' * len(names))})", names
