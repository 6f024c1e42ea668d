"""Which entries somebody wants: by stream, and by a condition."""

from collections.abc import Sequence

from logagent._core import Filter
from logagent.errors import ArgumentError, ConfigError
from logagent.eventlog.event import Event

_NAMES = ("stream", "source", "key", "sequence", "received", "event_time", "body")
"""What conditions may read; behind `body` whatever an entry has."""


class Selection:
    """The entries of some streams for which a condition holds; immutable."""

    def __init__(self, streams: Sequence[str] = (), where: str | None = None) -> None:
        """Without `streams` those of all; raises `ArgumentError` for a wrong condition.

        `where` is CEL (docs/events.md) over ``stream``, ``source``, ``key`` and ``body.NAME``.
        """
        self.streams = frozenset(streams) if streams else None
        try:
            self._filter = None if where is None else Filter(where, origin="where", roots=_NAMES)
        except ConfigError as error:
            raise ArgumentError(error.problems) from None

    def chosen(self, events: list[Event]) -> list[Event]:
        """Those of the entries that are wanted, in their order."""
        if self.streams is not None:
            streams = self.streams
            events = [event for event in events if event.stream in streams]
        if self._filter is None or not events:
            return events
        holds = self._filter.matches([event.line for event in events])
        return [event for event, is_wanted in zip(events, holds, strict=True) if is_wanted]
