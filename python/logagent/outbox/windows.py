"""Windows of event time in the state database: what sinks are yet to get, or may get again."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from logagent.outbox.ledger import OnDamage, row_checksum


class WindowKey(NamedTuple):
    """A series in a window of a sink."""

    sink: str
    start: int
    shape: int
    labels: bytes


class WindowRow(NamedTuple):
    """A series in a window."""

    start: int
    shape: int
    generation: int
    labels: bytes
    state: bytes


def read(connection: sqlite3.Connection, key: WindowKey, on_damage: OnDamage) -> bytes | None:
    """What a window holds of a series."""
    row = connection.execute(
        "SELECT generation, state, checksum FROM windows "
        "WHERE sink = ? AND start = ? AND shape = ? AND labels = ?",
        key,
    ).fetchone()
    if row is None:
        return None
    generation, state, checksum = row
    if checksum != _checksum(key.start, key.shape, generation, key.labels, state):
        on_damage("windows")
        return None
    return bytes(state)


def generation_of(
    connection: sqlite3.Connection, sink: str, start: int, shape: int, others: Iterable[int]
) -> int:
    """The generation of a shape in a window; if it is new there, above those of the `others`."""
    query = "SELECT generation FROM windows WHERE sink = ? AND start = ? AND shape = ? LIMIT 1"
    found = connection.execute(query, (sink, start, shape)).fetchone()
    if found is not None:
        return int(found[0])
    taken = [connection.execute(query, (sink, start, other)).fetchone() for other in others]
    return max((row[0] + 1 for row in taken if row is not None), default=0)


def write(connection: sqlite3.Connection, key: WindowKey, generation: int, state: bytes) -> None:
    """Write what a window holds of a series, which is to be sent."""
    checksum = _checksum(key.start, key.shape, generation, key.labels, state)
    connection.execute(
        "INSERT INTO windows VALUES (?, ?, ?, ?, ?, ?, 1, ?) "
        "ON CONFLICT DO UPDATE SET generation = excluded.generation, state = excluded.state, "
        "is_changed = 1, checksum = excluded.checksum",
        (*key, generation, state, checksum),
    )


def changed(
    connection: sqlite3.Connection, sink: str, before: float, on_damage: OnDamage
) -> Iterator[WindowRow]:
    """The series to be sent of windows that start before `before`, by window and shape."""
    query = (
        "SELECT start, shape, generation, labels, state, checksum "
        "FROM windows INDEXED BY changed_windows "
        "WHERE sink = ? AND is_changed = 1 AND start < ? ORDER BY start, shape, labels"
    )
    for start, shape, generation, labels, state, checksum in connection.execute(
        query, (sink, before)
    ):
        if checksum == _checksum(start, shape, generation, labels, state):
            yield WindowRow(start, shape, generation, labels, state)
        else:
            on_damage("windows")


def mark_sent(connection: sqlite3.Connection, sink: str, before: float) -> None:
    """What `changed` answered is not to be sent again."""
    connection.execute(
        "UPDATE windows SET is_changed = 0 WHERE sink = ? AND is_changed = 1 AND start < ?",
        (sink, before),
    )


def forget_sent(connection: sqlite3.Connection, sink: str, before: float) -> int:
    """Delete what `changed` answered; how many rows."""
    query = "DELETE FROM windows WHERE sink = ? AND is_changed = 1 AND start < ?"
    return connection.execute(query, (sink, before)).rowcount


def forget(connection: sqlite3.Connection, sink: str, before: float) -> int:
    """Delete windows that start before `before`; how many rows."""
    query = "DELETE FROM windows WHERE sink = ? AND start < ?"
    return connection.execute(query, (sink, before)).rowcount


def first_changed(connection: sqlite3.Connection, sink: str) -> int | None:
    """The start of the first window with something to send."""
    query = (
        "SELECT min(start) FROM windows INDEXED BY changed_windows "
        "WHERE sink = ? AND is_changed = 1"
    )
    start: int | None = connection.execute(query, (sink,)).fetchone()[0]
    return start


def start_behind(connection: sqlite3.Connection, sink: str, rows: int) -> int | None:
    """The start of the window behind the first `rows` rows."""
    query = "SELECT start FROM windows WHERE sink = ? ORDER BY start LIMIT 1 OFFSET ?"
    found = connection.execute(query, (sink, rows)).fetchone()
    return None if found is None else found[0]


def _checksum(start: int, shape: int, generation: int, labels: bytes, state: bytes) -> int:
    return row_checksum(b"%d %d %d " % (start, shape, generation) + labels, state)
