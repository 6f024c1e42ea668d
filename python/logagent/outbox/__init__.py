"""What is on its way to sinks: windows that still change, and frames not yet acknowledged."""

from logagent.outbox.channel import Channel, Settings, Times
from logagent.outbox.outbox import Outbox

__all__ = ["Channel", "Outbox", "Settings", "Times"]
