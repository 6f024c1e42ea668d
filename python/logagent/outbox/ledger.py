"""What the state database holds of each sink and of metrics; every row carries a CRC-32.

A row that does not fit its checksum is given to `on_damage` and left out.
"""

import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from zlib import crc32

import orjson

OnDamage = Callable[[str], None]
"""Takes the table in which a row is damaged."""


@dataclass
class Ledger:
    """What is known of a sink beside its windows and frames."""

    sequence: int
    """Of the last frame."""
    closed_until: int = 0
    """Unix seconds: windows that end before take nothing more."""
    newest_end: int = 0
    """Unix seconds: the end of the last window that took something."""
    frames: int = 0
    frame_bytes: int = 0
    rows: int = 0
    """Series in windows."""
    position: int | None = None
    """The last event that was looked at."""

    @classmethod
    def new(cls) -> "Ledger":
        """Of a sink that has sent nothing.

        Sequences begin at the Unix time in ms: they grow on even where a state was lost.
        """
        return cls(sequence=time.time_ns() // 1_000_000)


def read(connection: sqlite3.Connection, sink: str, on_damage: OnDamage) -> Ledger | None:
    """What is known of a sink; None if it is new."""
    row = connection.execute("SELECT value, checksum FROM sinks WHERE key = ?", (sink,)).fetchone()
    if row is None:
        return None
    value, checksum = row
    if checksum != row_checksum(sink.encode(), value.encode()):
        on_damage("sinks")
        return None
    return Ledger(**orjson.loads(value))


def write(connection: sqlite3.Connection, sink: str, content: Ledger) -> None:
    """Write what is known of a sink."""
    value = orjson.dumps(content).decode()
    connection.execute(
        "INSERT INTO sinks VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET value = excluded.value, checksum = excluded.checksum",
        (sink, value, row_checksum(sink.encode(), value.encode())),
    )


def names(connection: sqlite3.Connection) -> set[str]:
    """The sinks of which something is known."""
    return {name for (name,) in connection.execute("SELECT key FROM sinks")}


def forget_others(connection: sqlite3.Connection, sinks: Collection[str]) -> list[tuple[str, int]]:
    """Delete everything of other sinks than these; their names, and how many frames they had."""
    gone = []
    for name in sorted(names(connection) - set(sinks)):
        connection.execute("DELETE FROM windows WHERE sink = ?", (name,))
        frames = connection.execute("DELETE FROM outbox WHERE sink = ?", (name,)).rowcount
        connection.execute("DELETE FROM sinks WHERE key = ?", (name,))
        gone.append((name, frames))
    return gone


def shapes(connection: sqlite3.Connection, on_damage: OnDamage) -> dict[int, str]:
    """The definitions of metrics by number."""
    found = {}
    for number, definition, checksum in connection.execute("SELECT * FROM shapes"):
        if checksum == row_checksum(b"%d" % number, definition.encode()):
            found[number] = definition
        else:
            on_damage("shapes")
    return found


def add_shape(connection: sqlite3.Connection, definition: str) -> int:
    """Number a definition."""
    query = "SELECT coalesce(max(number), 0) + 1 FROM shapes"
    number = int(connection.execute(query).fetchone()[0])
    checksum = row_checksum(b"%d" % number, definition.encode())
    connection.execute("INSERT INTO shapes VALUES (?, ?, ?)", (number, definition, checksum))
    return number


def forget_shapes(connection: sqlite3.Connection, kept: Collection[str]) -> None:
    """Delete the definitions that no window has, but for the `kept` ones."""
    used = {number for (number,) in connection.execute("SELECT DISTINCT shape FROM windows")}
    for number, definition in connection.execute(
        "SELECT number, definition FROM shapes"
    ).fetchall():
        if number not in used and definition not in kept:
            connection.execute("DELETE FROM shapes WHERE number = ?", (number,))


def row_checksum(key: bytes, value: bytes) -> int:
    """CRC-32 of both; the length of the key too, lest bytes move from one to the other."""
    return crc32(value, crc32(key, len(key)))
