"""Receivers: where findings are told to others."""

from logagent.receivers.receiver import COMMON_OPTIONS, Receiver

__all__ = ["COMMON_OPTIONS", "Receiver"]
