"""A piece of the log that is held in memory at once."""

from typing import NamedTuple

from logagent.eventlog.event import Event

MOST_EVENTS = 1000
"""The most entries of a page, before any filter."""
MOST_BYTES = 1 << 20
"""About the most bytes of a page; one entry is always within."""


class Page(NamedTuple):
    """Entries in the order of their sequence, and how far they reach."""

    events: list[Event]
    after: int
    """Everything up to this sequence is here, before, or was not selected."""
    is_end: bool
    """Whether there was nothing behind it."""
