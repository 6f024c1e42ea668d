"""What is on its way to sinks: windows that still change, and frames not yet acknowledged."""

from logagent.outbox.channel import Channel, Settings, Times
from logagent.outbox.line_channel import LineChannel
from logagent.outbox.outbox import Outbox
from logagent.outbox.window_channel import WindowChannel

__all__ = ["Channel", "LineChannel", "Outbox", "Settings", "Times", "WindowChannel"]
