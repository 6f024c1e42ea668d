"""Reading the event log of a running service, as an iterator, with or without asyncio."""

from logagent.client.stream import Entry, EventStream, events

__all__ = ["Entry", "EventStream", "events"]
