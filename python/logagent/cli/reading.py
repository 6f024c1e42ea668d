"""How `scan` reads files, whatever it counts."""

from typing import NamedTuple


class Reading(NamedTuple):
    """The options of reading."""

    threads: int
    since_ns: int | None
    """Unix nanoseconds of the first instant that counts."""
    until_ns: int | None
    """Unix nanoseconds of the first instant after it that does not."""
    rejects: str | None
    """The file that takes the lines that do not match."""
    mapped: bool
    """Whether files may be mapped into memory."""
