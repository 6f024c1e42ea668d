"""Standard input: `tail -F access.log | logagent run …`, or the end of another pipe."""

import os
import select
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from logagent.errors import Problem
from logagent.options import Option, Table, problem
from logagent.sources.lines import WholeLines
from logagent.sources.source import Feed, Figure, Until

if TYPE_CHECKING:
    from logagent.extensions import Declared

_BLOCK_BYTES = 256 << 10
_WAIT_SECONDS = 0.5
_PATH = "-"


class StdinSource:
    """Reads standard input to its end. It cannot be read twice, so there are no positions."""

    OPTIONS: ClassVar[tuple[Option, ...]] = ()

    @classmethod
    def check(
        cls, table: Table, _options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """There is one standard input."""
        of_type = [one for one in described["sources"] if one["type"] == table["type"]]
        if of_type[0]["name"] != table["name"]:
            message = f"`{of_type[0]['name']}` reads standard input already"
            yield problem(table, "", "misplaced-key", message)

    def __init__(self, _declared: "Declared", descriptor: int = 0) -> None:
        """Another `descriptor` than that of standard input is for tests."""
        self._descriptor = descriptor
        self._lines = WholeLines()

    def run(self, feed: Feed) -> None:
        """Read until the end of the input."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        timeout_ms = int(_WAIT_SECONDS * 1000)
        while not feed.is_stopping:
            # A closed pipe is readable, and so is a regular file at its end.
            if not poll.poll(timeout_ms):
                if feed.until is Until.EMPTY:
                    break
                continue
            block = os.read(self._descriptor, _BLOCK_BYTES)
            if not block:
                break
            feed.works()
            lines = self._lines.push(block)
            if lines:
                feed.count(None, None, lines, _PATH)
        else:
            return
        rest = self._lines.finish()
        if rest:
            feed.count(None, None, rest, _PATH)

    def figures(self) -> Iterable[Figure]:
        """None of its own."""
        return ()
