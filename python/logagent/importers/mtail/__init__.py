"""Imports mtail programs, as far as they are one pattern that moves metrics."""

from logagent.importers.mtail.convert import import_program

__all__ = ["import_program"]
