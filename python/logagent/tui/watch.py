"""What the screen and the plain text are made from."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from logagent.live.view import View


class RawLines(NamedTuple):
    """The last lines of a row of a table."""

    lines: Sequence[str]
    """As they were logged, what is no UTF-8 replaced: whoever shows them escapes them."""
    note: str
    """Where they were looked for, or why there are none."""


class Watch(Protocol):
    """Something that is watched."""

    @property
    def condition(self) -> str | None:
        """The CEL condition of the records that count."""

    def start(self) -> None:
        """Begin to follow."""

    def stop(self) -> None:
        """End."""

    def read_all(self) -> None:
        """Read what is there, instead of `start`. Raises `LogagentError`."""

    def look(self) -> View:
        """How it is now. Raises `LogagentError`."""

    def filter(self, condition: str | None) -> "Watch":
        """The same for other records, from the beginning; not started. Raises `LogagentError`."""

    def raw_lines(self, key: str, text: str) -> AsyncIterator[RawLines]:
        """The last lines of the row `text` of the table `key`, again whenever there are others.

        Raises `LogagentError`.
        """
