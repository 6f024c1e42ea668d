"""Reading what is on the disk: database and archive as one, a page at a time."""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from pathlib import Path

from logagent.eventlog import tables
from logagent.eventlog.archive import Archive, Part
from logagent.eventlog.event import Event
from logagent.eventlog.page import MOST_BYTES, MOST_EVENTS, Page
from logagent.state.database import connect_to_read, transaction

_log = logging.getLogger(__name__)


class Stored:
    """What is durable, as any thread may read it. All raise `sqlite3.Error` and OSError."""

    def __init__(self, path: Path, archive: Archive) -> None:
        self._path = path
        self._archive = archive
        self.damaged_entries = 0
        """Rows that were left out, since their checksum did not fit."""

    def page(self, after: int, streams: frozenset[str] | None = None) -> Page:
        """What follows a sequence, of some streams or all."""
        found: list[Event] = []
        size = 0
        with self._snapshot() as connection:
            gone = tables.lost_until(connection, streams)
            # Who begins with everything has not lost what came before.
            lost_until = gone if 0 < after < gone else None
            rows = tables.events_after(connection, after, streams, self._note_damage)
            archived = tables.parts(connection, streams=streams, after=after)
            for event in merge(rows, *self._archived(archived, after), key=_sequence_of):
                if len(found) == MOST_EVENTS or size >= MOST_BYTES:
                    return Page(found, found[-1].sequence, is_end=False, lost_until=lost_until)
                found.append(event)
                size += len(event.line)
            last = tables.last_sequence(connection)
        return Page(found, max(after, last), is_end=True, lost_until=lost_until)

    def lost_until(self, streams: frozenset[str] | None) -> int:
        """Up to which sequence entries of these streams may be gone for good."""
        with self._snapshot() as connection:
            return tables.lost_until(connection, streams)

    def position(self, since: float) -> int:
        """The sequence before the first entry that was received at `since` or later."""
        with self._snapshot() as connection:
            firsts = [self._first_archived(part, since) for part in tables.parts(connection)]
            firsts.append(tables.first_received(connection, since))
            known = [first for first in firsts if first is not None]
            return min(known) - 1 if known else tables.last_sequence(connection)

    def _first_archived(self, part: Part, since: float) -> int | None:
        if part.latest < since:
            return None
        if part.earliest >= since:
            return part.first
        # What comes before the first block that reaches `since` is older.
        block = next(block for block in part.block_index() if block.latest >= since)
        events = self._archive.read(part, block.first - 1)
        return next((event.sequence for event in events if event.received >= since), None)

    def _archived(self, parts: list[Part], after: int) -> list[Iterator[Event]]:
        """An iterator for each stream: files of one stream follow one another."""
        by_stream = groupby(sorted(parts), key=lambda part: part.stream)
        return [self._in_turn(list(group), after) for _, group in by_stream]

    def _in_turn(self, parts: list[Part], after: int) -> Iterator[Event]:
        for part in parts:
            yield from self._archive.read(part, after)

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """Entries that move to the archive meanwhile are still where they were."""
        with (
            contextlib.closing(connect_to_read(self._path)) as connection,
            transaction(connection, "DEFERRED"),
        ):
            yield connection

    def _note_damage(self, sequence: int) -> None:
        self.damaged_entries += 1
        _log.warning("%s: the entry %d is damaged and left out", self._path, sequence)


def _sequence_of(event: Event) -> int:
    return event.sequence
