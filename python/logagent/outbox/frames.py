"""Frames in the state database: what sinks have not acknowledged yet."""

import sqlite3
import time
from typing import NamedTuple

from logagent.outbox.ledger import row_checksum


class FrameRow(NamedTuple):
    """A frame on its way."""

    sequence: int
    created_unix_ms: int
    points: int
    body: bytes | None
    """None if the row is damaged."""


def write(
    connection: sqlite3.Connection, sink: str, sequence: int, points: int, body: bytes
) -> None:
    """Add a frame."""
    connection.execute(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)",
        (
            sink,
            sequence,
            time.time_ns() // 1_000_000,
            points,
            body,
            row_checksum(b"%d %d" % (sequence, points), body),
        ),
    )


def read(connection: sqlite3.Connection, sink: str, after: int, most_bytes: int) -> list[FrameRow]:
    """The next frames, of about `most_bytes`."""
    query = (
        "SELECT sequence, created_unix_ms, points, frame, checksum FROM outbox "
        "WHERE sink = ? AND sequence > ? ORDER BY sequence"
    )
    found: list[FrameRow] = []
    size_bytes = 0
    for sequence, created, points, body, checksum in connection.execute(query, (sink, after)):
        is_whole = checksum == row_checksum(b"%d %d" % (sequence, points), body)
        found.append(FrameRow(sequence, created, points, body if is_whole else None))
        size_bytes += len(body)
        if size_bytes >= most_bytes:
            break
    return found


def oldest_unix_ms(connection: sqlite3.Connection, sink: str) -> int | None:
    """When the frame that is sent next was made."""
    query = "SELECT created_unix_ms FROM outbox WHERE sink = ? ORDER BY sequence LIMIT 1"
    found = connection.execute(query, (sink,)).fetchone()
    return None if found is None else int(found[0])


class Dropped(NamedTuple):
    """What was deleted from the outbox."""

    frames: int = 0
    points: int = 0
    bytes: int = 0


def forget(connection: sqlite3.Connection, sink: str, until: int) -> Dropped:
    """Delete frames up to this sequence."""
    of_sink = "FROM outbox WHERE sink = ? AND sequence <= ?"
    totals = "count(*), coalesce(sum(points), 0), coalesce(sum(length(frame)), 0)"
    found = connection.execute(f"SELECT {totals} {of_sink}", (sink, until)).fetchone()
    connection.execute(f"DELETE {of_sink}", (sink, until))
    return Dropped(*found)


def last_older(connection: sqlite3.Connection, sink: str, unix_ms: int) -> int | None:
    """The last of the oldest frames that were all made before `unix_ms`."""
    query = "SELECT sequence, created_unix_ms FROM outbox WHERE sink = ? ORDER BY sequence"
    last: int | None = None
    for sequence, created in connection.execute(query, (sink,)):
        if created >= unix_ms:
            break
        last = int(sequence)
    return last


def last_beyond(connection: sqlite3.Connection, sink: str, excess_bytes: int) -> int | None:
    """The last of the oldest frames that together have at least so many bytes."""
    query = "SELECT sequence, length(frame) FROM outbox WHERE sink = ? ORDER BY sequence"
    last: int | None = None
    for sequence, size_bytes in connection.execute(query, (sink,)):
        if excess_bytes <= 0:
            break
        excess_bytes -= size_bytes
        last = int(sequence)
    return last
