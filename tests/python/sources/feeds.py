"""A feed that keeps what it is given."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from logagent._core import Plan
from logagent.extensions import Declared, Group, declared
from logagent.sources.source import Position, Stopped, UnrecognisedError, Until


class RecordedFeed:
    """In memory; everything is durable when a test says so, or at once."""

    def __init__(self, *, until: Until = Until.EMPTY, is_durable_at_once: bool = True) -> None:
        self.name = "web"
        self.until = until
        self.stored: dict[str, Position] = {}
        self.lines: list[bytes] = []
        self.heads: list[bytes] = []
        self.notes: list[str] = []
        self.counted = 0
        self.durable = 0
        self.stopping = threading.Event()
        self.on_count: Callable[[], None] = lambda: None
        self._is_durable_at_once = is_durable_at_once

    @property
    def is_stopping(self) -> bool:
        return self.stopping.is_set()

    @property
    def content(self) -> bytes:
        return b"".join(self.lines)

    def pause(self, seconds: float) -> bool:
        return self.stopping.wait(seconds)

    def position(self, key: str) -> Position | None:
        return self.stored.get(key)

    def positions(self, prefix: str) -> Iterator[tuple[str, Position]]:
        return iter([item for item in self.stored.items() if item[0].startswith(prefix)])

    def begin(self, head: bytes) -> None:
        if head.startswith(b"?"):
            raise UnrecognisedError("its format is not recognised")
        self.heads.append(head)

    def count(self, key: str | None, position: Position | None, lines: bytes, _path: str) -> int:
        self.on_count()
        assert not lines or self.stopping.is_set() or lines.endswith(b"\n") or b"\n" not in lines
        if lines:
            self.lines.append(lines)
        if key is not None and position is not None:
            self.stored[key] = position
        return self._step()

    def forget(self, keys: Iterable[str]) -> int:
        for key in list(keys):
            self.stored.pop(key, None)
        return self._step()

    def settle(self, timeout_seconds: float) -> bool:
        assert timeout_seconds > 0
        self.durable = self.counted
        return True

    def works(self) -> None:
        """Nothing to forget."""

    def fails(self, failure: str) -> None:
        raise AssertionError(failure)

    def note(self, problem: str) -> None:
        self.notes.append(problem)

    def _step(self) -> int:
        self.counted += 1
        if self._is_durable_at_once:
            self.durable = self.counted
        return self.counted


def stop_at(feed: RecordedFeed, calls: int) -> None:
    """Let the feed end its source at the call of this number, as a kill would."""

    def count_down() -> None:
        if feed.counted >= calls:
            raise Stopped

    feed.on_count = count_down


def table(text: str) -> Declared:
    """The one source of a configuration."""
    (one,) = tables(text)
    return one


def tables(text: str) -> Sequence[Declared]:
    """The sources that are no files."""
    found, problems = declared(describe(text))
    assert not problems, problems
    return found[Group.SOURCES]


def describe(text: str) -> Mapping[str, Any]:
    return Plan.from_toml(
        text + '\n[[metric]]\nname = "requests_total"\n', origin="c.toml"
    ).describe()


def wrong(text: str) -> list[str]:
    """What is wrong with a configuration: place and message."""
    _, problems = declared(describe(text))
    return [f"{one.line}:{one.column} {one.message}" for one in problems]
