"""What survives a restart: positions and counts, in one SQLite database."""

from logagent.state.directory import state_directory
from logagent.state.store import Store

__all__ = ["Store", "state_directory"]
