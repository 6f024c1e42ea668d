"""Checkers: what was counted goes in, findings come out."""

from logagent.checkers.checker import Checker, Finding, Lines, Noted, Phase, SlotRows
from logagent.checkers.panel import Panel
from logagent.checkers.records import LogRecord, Records, RecordWish

__all__ = [
    "Checker",
    "Finding",
    "Lines",
    "LogRecord",
    "Noted",
    "Panel",
    "Phase",
    "RecordWish",
    "Records",
    "SlotRows",
]
