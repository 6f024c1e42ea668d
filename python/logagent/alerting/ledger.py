"""Rows of checkers in the state database.

They are not part of the digests that are verified when it is opened: each row carries a CRC-32 that
is checked when it is read, and a damaged one is left out and counted.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

Place = tuple[str, str]
"""A checker, and a part of what is kept of it."""


class Waiting(NamedTuple):
    """A finding that a receiver is to be told."""

    number: int
    """Grows from one to the next."""
    receiver: str
    body: str
    """A JSON object."""


class Ledger:
    """What is kept of checkers, and what receivers are yet to be told; in the committing thread."""

    def __init__(self) -> None:
        self.damaged_rows = 0
        self.waiting: dict[int, Waiting] = {}
        """As of the last commit."""
        self._digests: dict[Place, bytes] = {}
        self._next_waiting: dict[int, Waiting] = {}
        self._next_digests: dict[Place, bytes] = {}

    def read(self, connection: sqlite3.Connection) -> dict[Place, str]:
        """What is kept of checkers; what waits is in `waiting` afterwards."""
        parts: dict[Place, str] = {}
        for checker, part, body, checksum in connection.execute("SELECT * FROM checkers"):
            if self._is_whole(checksum, checker, part, body):
                parts[checker, part] = body
        for number, receiver, body, checksum in connection.execute(
            "SELECT * FROM deliveries ORDER BY number"
        ):
            if self._is_whole(checksum, str(number), receiver, body):
                self.waiting[number] = Waiting(number, receiver, body)
        self._digests = {place: _digest(body) for place, body in parts.items()}
        return parts

    def write(
        self,
        connection: sqlite3.Connection,
        parts: Mapping[Place, str],
        new: Sequence[Waiting],
        done: Collection[int],
    ) -> None:
        """Make `parts` all that is kept; add what is to be told, forget what is `done`."""
        digests, waiting = self._digests, self.waiting
        if _count(connection, "checkers") != len(digests):
            # Another database, or rows that were damaged: all of it is written.
            connection.execute("DELETE FROM checkers")
            digests = {}
        if _count(connection, "deliveries") != len(waiting):
            connection.execute("DELETE FROM deliveries")
            new = [*waiting.values(), *new]
        self._next_digests = {place: _digest(body) for place, body in parts.items()}
        self._next_waiting = waiting | {one.number: one for one in new}
        for number in done:
            self._next_waiting.pop(number, None)
        connection.executemany(
            "INSERT OR REPLACE INTO checkers VALUES (?, ?, ?, ?)",
            [
                (*place, body, _checksum(*place, body))
                for place, body in parts.items()
                if self._next_digests[place] != digests.get(place)
            ],
        )
        connection.executemany(
            "DELETE FROM checkers WHERE checker = ? AND part = ?", [*digests.keys() - parts.keys()]
        )
        connection.executemany(
            "DELETE FROM deliveries WHERE number = ?", [(number,) for number in done]
        )
        connection.executemany(
            "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?)",
            [
                (*one, _checksum(str(one.number), one.receiver, one.body))
                for one in new
                if one.number in self._next_waiting
            ],
        )

    def committed(self) -> None:
        """What was written last is durable."""
        self.waiting, self._digests = self._next_waiting, self._next_digests

    def _is_whole(self, checksum: object, *texts: object) -> bool:
        texts_only = [text for text in texts if isinstance(text, str)]
        is_whole = len(texts_only) == len(texts) and checksum == _checksum(*texts_only)
        self.damaged_rows += not is_whole
        return is_whole


def _count(connection: sqlite3.Connection, table: str) -> int:
    query = f"SELECT count(*) FROM {table}"  # noqa: S608 - a constant
    return int(connection.execute(query).fetchone()[0])


def _digest(body: str) -> bytes:
    return blake2b(body.encode(), digest_size=16).digest()


def _checksum(*texts: str) -> int:
    checksum = 0
    for text in texts:
        # The length, so that no character can move from one column to the next.
        checksum = crc32(f"{len(text)}:{text}".encode(), checksum)
    return checksum
