"""Findings on their way from the commit that made them into the event log, each exactly once.

Whoever finds something in a commit adds it in the commit's transaction. When that is durable it is
appended to the event log under its key; when that is durable too, a later commit deletes its row. A
process that is killed in between appends it again, which the key makes harmless.
"""

import logging
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import orjson

from logagent.errors import LogagentError
from logagent.eventlog import EventLog, NewEvent

if TYPE_CHECKING:
    from concurrent.futures import Future

    from logagent._core import Snapshot

_log = logging.getLogger(__name__)


class _Row(NamedTuple):
    number: int
    stream: str
    event: NewEvent


class Findings:
    """The table `findings`: a participant that has to come before those who add to it."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._is_loaded = False
        self._staged: list[_Row] = []
        """What the transaction that is open holds and the event log does not."""
        self._appended: list[tuple[_Row, Future[list[int]]]] = []
        self.damaged_rows = 0
        """Rows that were left out, since their checksum did not fit."""

    def add(self, connection: sqlite3.Connection, stream: str, events: Sequence[NewEvent]) -> None:
        """Add findings, each with a key, in the transaction of a commit (`Participant.write`)."""
        for event in events:
            content = orjson.dumps(event._asdict()).decode()
            checksum = zlib.crc32(stream.encode() + b"\0" + content.encode())
            cursor = connection.execute(
                "INSERT INTO findings (stream, event, checksum) VALUES (?, ?, ?)",
                (stream, content, checksum),
            )
            self._staged.append(_Row(cursor.lastrowid or 0, stream, event))

    def write(self, connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:  # noqa: ARG002
        """Delete what the event log has; before the first commit, take up what was left."""
        self._staged = [] if self._is_loaded else self._left(connection)
        done = [(row.number,) for row, future in self._appended if _is_durable(future)]
        connection.executemany("DELETE FROM findings WHERE number = ?", done)

    def committed(self) -> None:
        """Append what was committed, and what could not be appended before."""
        self._is_loaded = True
        waiting = [one for one in self._appended if not one[1].done()]
        again = [row for row, future in self._appended if future.done() and not _is_durable(future)]
        self._appended = waiting
        for row in (*again, *self._staged):
            try:
                self._appended.append((row, self._log.append(row.stream, [row.event])))
            except LogagentError as error:
                _log.error("a finding cannot be written: %s", error)
        self._staged = []

    def has_work(self) -> bool:
        """Whether rows can be deleted, tried again, or have to be taken up."""
        return not self._is_loaded or any(future.done() for _, future in self._appended)

    @property
    def is_appending(self) -> bool:
        """Whether the event log is yet to make something durable."""
        return any(not future.done() for _, future in self._appended)

    def _left(self, connection: sqlite3.Connection) -> list[_Row]:
        """What an earlier process could not delete any more."""
        rows = []
        query = "SELECT number, stream, event, checksum FROM findings ORDER BY number"
        for number, stream, content, checksum in connection.execute(query):
            if zlib.crc32(stream.encode() + b"\0" + content.encode()) == checksum:
                fields: Mapping[str, object] = orjson.loads(content)
                rows.append(_Row(number, stream, NewEvent(**fields)))  # type: ignore[arg-type]
            else:
                self.damaged_rows += 1
                _log.error("a finding in the state database is damaged and left out")
        return rows


def _is_durable(future: "Future[list[int]]") -> bool:
    return future.done() and future.exception() is None
