"""Moving older entries into the archive, and removing what is too old or too much."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import takewhile
from pathlib import Path

from logagent.eventlog import tables
from logagent.eventlog.archive import DAMAGE, Archive, Part
from logagent.eventlog.event import Event
from logagent.eventlog.limits import Limits
from logagent.eventlog.tables import Footprint
from logagent.eventlog.writer import Writer
from logagent.state.database import connect_to_read

_log = logging.getLogger(__name__)

_LONGEST_PAUSE_SECONDS = 30.0
_SHORTEST_PAUSE_SECONDS = 0.5


class Keeper:
    """Keeps streams within their limits, in a thread of its own."""

    def __init__(
        self,
        path: Path,
        archive: Archive,
        writer: Writer,
        limits: Limits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._archive = archive
        self._writer = writer
        self._clock = clock
        self._wanted = threading.Event()
        self._is_stopping = False
        self._next_due = 0.0
        """Before this time only what is written can make work."""
        self._thread = threading.Thread(target=self._run, name="keeping events", daemon=True)
        self.limits = limits

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def look(self) -> None:
        """Look soon: much was written, or the limits changed."""
        self._wanted.set()

    def stop(self, timeout_seconds: float) -> None:
        """End after what is being done."""
        self._is_stopping = True
        self._wanted.set()
        self._thread.join(timeout_seconds)

    def tidy(self) -> None:
        """Archive and remove what is due. Raises OSError, `sqlite3.Error`, `CommitError`."""
        connection = connect_to_read(self._path)
        try:
            held = tables.footprints(connection)
            archived: dict[str, list[Part]] = {}
            for part in tables.parts(connection):
                archived.setdefault(part.stream, []).append(part)
        finally:
            connection.close()
        for stream in held.keys() | archived.keys():
            self._remove_due(stream, held.get(stream), archived.get(stream, []))
        for stream, footprint in held.items():
            if self._is_stopping:
                return
            self._archive_due(stream, footprint)
        limits = self.limits
        oldest = [held[stream].earliest + limits.archive_after_seconds for stream in held]
        oldest += [
            parts[0].latest + limits.of(stream).max_age_seconds
            for stream, parts in archived.items()
        ]
        self._next_due = min(oldest, default=float("inf"))

    def _archive_due(self, stream: str, held: Footprint) -> None:
        """Move the older entries of a stream, part by part."""
        limits, now = self.limits, self._clock()
        is_much = held.bytes >= 2 * limits.part_bytes
        if not is_much and held.earliest > now - limits.archive_after_seconds:
            return
        # Half the age, so that a quiet stream does not get a file for each entry.
        old = now - limits.archive_after_seconds / 2
        bytes_left = held.bytes
        after = held.first - 1
        while not self._is_stopping:
            events = self._oldest(stream, after)
            if bytes_left < 2 * limits.part_bytes:
                events = list(takewhile(lambda event: event.received <= old, events))
            if not events:
                return
            # Durable under its name before the rows go: at no moment an entry is in neither.
            part = self._archive.write(stream, events)
            self._writer.do(partial(tables.add_part, part=part)).result()
            after = part.last
            bytes_left -= part.bytes

    def _oldest(self, stream: str, after: int) -> list[Event]:
        """The first entries of a stream that are in the database, at most a part of them."""
        events: list[Event] = []
        size = 0
        connection = connect_to_read(self._path)
        try:
            for event in tables.events_after(
                connection, after, frozenset({stream}), lambda _damaged: None
            ):
                events.append(event)
                size += len(event.line)
                if size >= self.limits.part_bytes:
                    break
        finally:
            connection.close()
        return events

    def _remove_due(self, stream: str, held: Footprint | None, archived: list[Part]) -> None:
        """Remove whole files, and entries of the database, that are beyond the stream's limits."""
        limits = self.limits.of(stream)
        oldest = self._clock() - limits.max_age_seconds
        total = sum(part.stored_bytes for part in archived) + (held.bytes if held else 0)
        gone = []
        for part in archived:
            if part.latest >= oldest and total <= limits.max_bytes:
                break
            total -= part.stored_bytes
            gone.append(part)
        last = gone[-1].last if gone else None
        if held is not None and len(gone) == len(archived):
            last = self._last_due(stream, held, oldest, total - limits.max_bytes) or last
        if last is not None:
            self._writer.do(lambda connection: tables.forget(connection, stream, last)).result()
            for part in gone:
                self._archive.remove(part)

    def _last_due(
        self, stream: str, held: Footprint, oldest: float, excess_bytes: int
    ) -> int | None:
        """The last of the stream's entries in the database that has to go."""
        if held.earliest >= oldest and excess_bytes <= 0:
            return None
        last = None
        connection = connect_to_read(self._path)
        try:
            for event in tables.events_after(
                connection, -1, frozenset({stream}), lambda _damaged: None
            ):
                if event.received >= oldest and excess_bytes <= 0:
                    break
                last = event.sequence
                excess_bytes -= len(event.line)
        finally:
            connection.close()
        return last

    def _pause_seconds(self) -> float:
        """Short where entries are to be archived or removed soon."""
        kept = (self.limits.default, *self.limits.streams.values())
        ages = [self.limits.archive_after_seconds, *(one.max_age_seconds for one in kept)]
        return min(max(min(ages) / 2, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)

    def _run(self) -> None:
        failure = ""
        commits, limits = -1, self.limits
        while not self._is_stopping:
            try:
                state = (self._writer.commits, self.limits)
                # To look is to read all of the database: not when nothing can have become due.
                if state != (commits, limits) or self._clock() >= self._next_due:
                    commits, limits = state
                    self.tidy()
            except Exception as error:  # noqa: BLE001 - nothing here may end the service
                if str(error) != failure:
                    _log.error("cannot archive events: %s", error)
                failure = str(error)
            else:
                failure = ""
            self._wanted.wait(self._pause_seconds())
            self._wanted.clear()


def adopt(archive: Archive, connection: sqlite3.Connection) -> list[Part]:
    """Parts for the files that the database does not know; leftovers are removed.

    A file whose entries are still in the database was made just before the process was killed, and
    one whose entries were removed was about to be; any other one is of a database that was lost.
    """
    names = {(part.stream, part.first) for part in tables.parts(connection)}
    present, removed = tables.footprints(connection), tables.removed(connection)
    found = []
    for stream, first, last, path in archive.files():
        if (stream, first) in names:
            continue
        held = present.get(stream)
        if last <= removed.get(stream, -1) or (held is not None and held.first <= last):
            path.unlink(missing_ok=True)
            continue
        try:
            found.append(archive.describe(stream, path))
        except DAMAGE as error:
            _log.warning("%s cannot be read and is left alone: %s", path, error)
    return found
