"""The event log as the rest of the service sees it."""

import asyncio
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logagent.errors import LogagentError
from logagent.eventlog import keeping, schema, tables
from logagent.eventlog.archive import Archive
from logagent.eventlog.event import Event, NewEvent, check_stream
from logagent.eventlog.keeping import Keeper
from logagent.eventlog.limits import Limits
from logagent.eventlog.page import Page
from logagent.eventlog.reading import Stored
from logagent.eventlog.recent import Recent
from logagent.eventlog.selection import Selection
from logagent.eventlog.tables import Footprint
from logagent.eventlog.tick import Tick
from logagent.eventlog.writer import Writer
from logagent.state import database

if TYPE_CHECKING:
    from concurrent.futures import Future

_log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
MOST_STREAMS = 100
"""Streams that there may be at once; to begin a further one is refused."""
_STOP_SECONDS = 2.0


class EventLog:
    """Named streams of entries, written by one thread and read by any."""

    def __init__(
        self, directory: Path, limits: Limits | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Open the log in `directory`, which is made if it is missing.

        A database that is damaged is set aside, and a new one begun. Raises `LogagentError`.
        """
        limits = Limits() if limits is None else limits
        path = directory / "events.sqlite"
        self._archive = Archive(directory / "archive")
        try:
            connection = self._opened(path)
            last = tables.last_sequence(connection)
            self._known = set(tables.footprints(connection)) | set(tables.removed(connection))
            self._known |= {part.stream for part in tables.parts(connection)}
        except database.READ_ERRORS as error:
            raise LogagentError(f"the event log cannot be opened: {path}: {error}") from None
        self._recent = Recent(
            last, most_seconds=limits.recent_seconds, most_bytes=limits.recent_bytes
        )
        self._stored = Stored(path, self._archive)
        self._ticks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Tick] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        self._selections: weakref.WeakValueDictionary[object, Selection] = (
            weakref.WeakValueDictionary()
        )
        self._writer = Writer(path, connection, self._show, self._adopt)
        self._keeper = Keeper(path, self._archive, self._writer, limits, clock)
        self._path = path
        self._written_bytes = 0
        self.is_closed = False
        self._writer.start()
        self._keeper.start()

    def append(self, stream: str, entries: Sequence[NewEvent]) -> "Future[list[int]]":
        """Append entries to a stream, all or none; their sequences when they are durable.

        An entry whose key the stream has already is not added again: it answers the sequence of the
        one that is there. Raises `ArgumentError` for entries that cannot be written; the future
        raises `CommitError`.
        """
        if stream not in self._known:
            check_stream(stream)
            with self._lock:
                if len(self._known) >= MOST_STREAMS:
                    raise LogagentError(f"there are {MOST_STREAMS} streams already")
                self._known.add(stream)
        return self._writer.append(stream, entries)

    def page(self, selection: Selection, after: int) -> Page:
        """What follows a sequence, at most a page of it before `selection` chooses.

        It may be without entries and not the end. Blocks while the disk is read. Raises
        `LogagentError`.
        """
        page = self.recent_page(selection, after)
        if page is None:
            try:
                page = self._stored.page(after, selection.streams)
            except database.READ_ERRORS as error:
                raise self._unreadable(error) from None
            page = selection.chosen(page)
        return page

    def recent_page(self, selection: Selection, after: int) -> Page | None:
        """The same without blocking; None if it is not in memory any more."""
        return selection.recent_page(self._recent, after)

    def position(self, since: float) -> int:
        """The sequence before the first entry that was received at `since` (Unix time) or later.

        Blocks while the disk is read. Raises `LogagentError`.
        """
        position = self._recent.position(since)
        if position is None:
            try:
                position = self._stored.position(since)
            except database.READ_ERRORS as error:
                raise self._unreadable(error) from None
        return position

    @property
    def last(self) -> int:
        """The last sequence that is durable."""
        return self._recent.last

    def read(
        self,
        *,
        streams: Sequence[str] = (),
        since: float | None = None,
        until: float | None = None,
        where: str | None = None,
        limit: int | None = None,
        after: int | None = None,
    ) -> Iterator[Event]:
        """What is there, lazily, in the order of the sequence; blocks while the disk is read.

        It begins after the sequence `after`, else at the instant `since`, else with everything, and
        ends before `until` (Unix time). `where` as for `Selection`. Raises `LogagentError`.
        """
        selection = self.selection(streams, where)
        position = self.position(since or 0.0) if after is None else after
        end = self.last if until is None else self.position(until)
        count = 0
        while position < end:
            page = self.page(selection, position)
            for event in page.events:
                if event.sequence > end or count == limit:
                    return
                count += 1
                yield event
            position = page.after

    async def subscribe(
        self, selection: Selection, after: int, *, known_lost: int = 0
    ) -> AsyncIterator[Page]:
        """Everything after a sequence, then what comes, a page at a time.

        After about `HEARTBEAT_SECONDS` without an entry there is a page without any. Each loss is
        told by one page, except what the reader knows: up to `known_lost`. Ends when the log is
        closed. A reader that is slow finds the next pages on the disk, so nothing is kept for it.
        """
        tick, clock = self.tick(), asyncio.get_running_loop().time
        silent_since = clock()
        while True:
            page = self.recent_page(selection, after)
            if page is None:
                page = await asyncio.to_thread(self.page, selection, after)
            after = page.after
            is_loss = page.lost_until is not None and page.lost_until > known_lost
            if is_loss:
                known_lost = page.lost_until or 0
            elif page.lost_until is not None:
                page = replace(page, lost_until=None)
            if page.events or is_loss or clock() - silent_since >= HEARTBEAT_SECONDS:
                silent_since = clock()
                yield page
            # Not by what the page says of its end: entries may have come while it was sent.
            if after >= self.last:
                if self.is_closed:
                    return
                await tick.wait()

    def tick(self) -> Tick:
        """What readers of the running event loop wait for."""
        loop = asyncio.get_running_loop()
        with self._lock:
            return self._ticks.setdefault(loop, Tick(loop))

    def selection(self, streams: Sequence[str] = (), where: str | None = None) -> Selection:
        """What to read; the same object for all who want the same. Raises `ArgumentError`."""
        wanted = (frozenset(streams), where)
        with self._lock:
            found = self._selections.get(wanted)
        if found is None:
            found = Selection([check_stream(stream) for stream in streams], where)
            with self._lock:
                found = self._selections.setdefault(wanted, found)
        return found

    def lost_until(self, selection: Selection) -> int:
        """Up to which sequence entries that may have been selected are gone for good.

        Blocks while the disk is read. Raises `LogagentError`.
        """
        try:
            return self._stored.lost_until(selection.streams)
        except database.READ_ERRORS as error:
            raise self._unreadable(error) from None

    def streams(self) -> list[Mapping[str, Any]]:
        """Each stream: ``name``, ``count``, ``bytes`` on the disk, ``first`` and ``last``.

        The last two are ``{"sequence", "received"}``. Blocks while the disk is read.
        """
        try:
            connection = database.connect_to_read(self._path)
            try:
                # One snapshot: an entry that moves to a part meanwhile would count twice.
                connection.execute("BEGIN")
                held, parts = tables.footprints(connection), tables.parts(connection)
            finally:
                connection.close()
        except database.READ_ERRORS as error:
            raise self._unreadable(error) from None
        spans: dict[str, list[Footprint]] = {}
        for part in parts:
            span = Footprint(
                part.entries, part.stored_bytes, part.first, part.last, part.earliest, part.latest
            )
            spans.setdefault(part.stream, []).append(span)
        for stream, footprint in held.items():
            spans.setdefault(stream, []).append(footprint)
        return [_described(stream, found) for stream, found in sorted(spans.items())]

    def stats(self) -> Mapping[str, Any]:
        """How the log is, as plain values."""
        failure = self._writer.failure
        return {
            "last": self._recent.last,
            "commits": self._writer.commits,
            "recent_bytes": self._recent.bytes,
            "damaged_entries": self._stored.damaged_entries,
            "unreadable_blocks": self._archive.unreadable_blocks,
            "failure": None if failure is None else failure.message,
        }

    def set_limits(self, limits: Limits) -> None:
        """Go by other limits from now on."""
        self._recent.most_seconds = limits.recent_seconds
        self._recent.most_bytes = limits.recent_bytes
        self._keeper.limits = limits
        self._keeper.look()

    def end_subscriptions(self) -> None:
        """Let every subscription end when it has read what is there."""
        self.is_closed = True
        for tick in list(self._ticks.values()):
            tick.notify_from_thread()

    def close(self) -> None:
        """Write what waits, and end."""
        self.end_subscriptions()
        self._keeper.stop(_STOP_SECONDS)
        self._writer.stop(_STOP_SECONDS)

    def _opened(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            connection = schema.open_or_create(path)
            self._adopt_in_transaction(connection)
        except database.READ_ERRORS as error:
            if not database.is_damage(error):
                raise
            aside = schema.set_aside(path)
            _log.error("%s is damaged (%s): it is %s now, a new one begins", path, error, aside)
            connection = schema.open_or_create(path)
            self._adopt_in_transaction(connection)
        return connection

    def _adopt_in_transaction(self, connection: sqlite3.Connection) -> None:
        with database.transaction(connection):
            self._adopt(connection)

    def _adopt(self, connection: sqlite3.Connection) -> None:
        """Take over archive files that the database does not know."""
        for part in keeping.adopt(self._archive, connection):
            tables.add_part(connection, part)

    def _show(self, events: Sequence[Event]) -> None:
        """In the writing thread: entries have become durable."""
        self._recent.add(events)
        self._written_bytes += sum(len(event.line) for event in events)
        if self._written_bytes >= self._keeper.limits.part_bytes:
            self._written_bytes = 0
            self._keeper.look()
        for tick in list(self._ticks.values()):
            tick.notify_from_thread()

    def _unreadable(self, error: Exception) -> LogagentError:
        return LogagentError(f"the event log cannot be read: {self._path}: {error}")


def _described(stream: str, spans: list[Footprint]) -> Mapping[str, Any]:
    first = min(spans, key=lambda span: span.first)
    last = max(spans, key=lambda span: span.last)
    return {
        "name": stream,
        "count": sum(span.entries for span in spans),
        "bytes": sum(span.bytes for span in spans),
        "first": {"sequence": first.first, "received": first.earliest},
        "last": {"sequence": last.last, "received": last.latest},
    }
