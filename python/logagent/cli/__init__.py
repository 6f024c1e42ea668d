"""The command `logagent`."""

from logagent.cli.app import main

__all__ = ["main"]
