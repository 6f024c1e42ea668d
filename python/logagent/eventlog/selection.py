"""Which entries somebody wants: by stream, and by a condition."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from logagent._core import Filter
from logagent.errors import ArgumentError, ConfigError
from logagent.eventlog.event import Event
from logagent.eventlog.page import Page
from logagent.eventlog.recent import Recent

NAMES = ("stream", "source", "key", "sequence", "received", "event_time", "body")
"""What conditions may read; behind `body` whatever an entry has."""
_MOST_PAGES = 8


class Selection:
    """The entries of some streams for which a condition holds; for any number of readers."""

    def __init__(self, streams: Sequence[str] = (), where: str | None = None) -> None:
        """Without `streams` those of all; raises `ArgumentError` for a wrong condition.

        `where` is a condition as in the configuration (docs/events.md).
        """
        self.streams = frozenset(streams) if streams else None
        try:
            self._filter = None if where is None else Filter(where, origin="where", roots=NAMES)
        except ConfigError as error:
            raise ArgumentError(error.problems) from None
        self._lock = threading.Lock()
        self._pages: dict[int, Page] = {}

    def chosen(self, page: Page) -> Page:
        """The page with those of its entries that are wanted."""
        return replace(page, events=self._wanted(page.events))

    def recent_page(self, recent: Recent, after: int) -> Page | None:
        """What follows a sequence in memory, the same object for all who are at one place."""
        with self._lock:
            page = self._pages.get(after)
        if page is None:
            page = recent.page(after)
            if page is None:
                return None
            page = self.chosen(page)
            if page.after > after:
                with self._lock:
                    while len(self._pages) >= _MOST_PAGES:
                        del self._pages[next(iter(self._pages))]
                    self._pages[after] = page
        return page

    def _wanted(self, events: list[Event]) -> list[Event]:
        if self.streams is not None:
            streams = self.streams
            events = [event for event in events if event.stream in streams]
        if self._filter is None or not events:
            return events
        holds = self._filter.matches([event.line for event in events])
        return [event for event, is_wanted in zip(events, holds, strict=True) if is_wanted]
