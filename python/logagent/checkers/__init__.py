"""Checkers: what was counted goes in, findings come out."""

from logagent.checkers.checker import Checker, Finding, Lines, Noted, Phase, SlotRows
from logagent.checkers.panel import Panel

__all__ = ["Checker", "Finding", "Lines", "Noted", "Panel", "Phase", "SlotRows"]
