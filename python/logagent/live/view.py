"""Everything that one look shows."""

from collections.abc import Sequence
from typing import NamedTuple

from logagent.live.tables import Table


class Alert(NamedTuple):
    """An alert that fires, fired or recovered."""

    name: str
    phase: str
    """`open`, `update` or `close`."""
    instant: float
    """Unix seconds."""
    text: str


class View(NamedTuple):
    """What is watched, and how it is at an instant."""

    title: str
    state: str
    """In words: following, reading, old, not answering …"""
    at: float
    """The instant that recent things are recent at, as Unix seconds."""
    lines: int
    rejected: int
    size_bytes: int
    per_second: float
    """Requests per second over the last ten seconds."""
    history: Sequence[int]
    """Requests of each of the last seconds, oldest first."""
    tables: Sequence[Table]
    alerts: Sequence[Alert] = ()
    """Alerts that fire."""
    alert_history: Sequence[Alert] = ()
    """What became of alerts, the newest first."""
    problems: Sequence[str] = ()
    """What a person should look at."""
