"""The event log: named streams of entries with one strictly increasing sequence, kept and replayed.

It lies in a directory of its own, with a writing thread of its own; no count depends on it.
"""

from logagent.eventlog.event import Event, NewEvent, check_stream
from logagent.eventlog.limits import Limits, StreamLimits
from logagent.eventlog.log import EventLog
from logagent.eventlog.page import Page
from logagent.eventlog.selection import Selection

__all__ = [
    "Event",
    "EventLog",
    "Limits",
    "NewEvent",
    "Page",
    "Selection",
    "StreamLimits",
    "check_stream",
]
