"""A piece of the log that is held in memory at once."""

from dataclasses import dataclass
from functools import cached_property

from logagent.eventlog.event import Event

MOST_EVENTS = 1000
"""The most entries of a page, before any filter."""
MOST_BYTES = 256 << 10
"""About the most bytes of a page; one entry is always within."""


@dataclass(frozen=True)
class Page:
    """Entries in the order of their sequence, and how far they reach."""

    events: list[Event]
    after: int
    """Everything up to this sequence is here, before, or was not selected."""
    is_end: bool
    """Whether there was nothing behind it."""
    lost_until: int | None = None
    """Up to which sequence entries that belong here may be gone for good; None if none is."""

    @cached_property
    def event_stream(self) -> bytes:
        """The entries as server-sent events (HTML Standard, 9.2), made once for all who read them.

        An entry is one line of ASCII, so nothing in it can end its event.
        """
        return b"".join(b"id: %d\ndata: %b\n\n" % (event[0], event[3]) for event in self.events)
