"""What a source is to the service, and the service to a source.

A source is a class that an entry point of `logagent.sources` names (or a row of
`logagent.extensions`). It is made from its table of the configuration and run in a thread of its
own, where it hands whole lines to a `Feed`, each time with the position behind them. Lines and
position become durable together, so a source that goes on from its stored positions counts each
line once.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from logagent.errors import LogagentError

if TYPE_CHECKING:
    from logagent.extensions import Declared

Position = Mapping[str, Any]
"""Where reading goes on, as a JSON object that only its source understands."""


class Until(Enum):
    """How long a source is read."""

    STOPPED = "stopped"
    """Until the service ends: what comes later is waited for."""
    EMPTY = "empty"
    """Until there is nothing more at present."""


class SourceError(LogagentError):
    """The far end does not answer or refuses; what was asked of it is tried again later."""


class UnrecognisedError(LogagentError):
    """The format of lines could not be detected; they were not counted."""


class Stopped(Exception):  # noqa: N818 - no error: the end of reading
    """The source is to end at once; raised by a `Feed`, and not to be caught."""


class Kind(Enum):
    """What a figure is to Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"


class Figure(NamedTuple):
    """A figure of a source, offered as ``logagent_source_NAME{source="…"}``."""

    name: str
    about: str
    kind: Kind
    value: float


class Feed(Protocol):
    """What takes the lines of one source. Used by the source's own thread."""

    name: str
    """The source's name in the configuration."""
    until: Until

    @property
    def is_stopping(self) -> bool:
        """Whether the source is to return; it has a second."""

    def pause(self, seconds: float) -> bool:
        """Wait; at once true when the source is to return."""

    def position(self, key: str) -> Position | None:
        """The last position of this key: what was counted before it is not to be counted again."""

    def positions(self, prefix: str) -> Iterator[tuple[str, Position]]:
        """The positions that are durable, or about to be, whose keys begin with `prefix`."""

    def begin(self, head: bytes) -> None:
        """What is counted next is of a new file, object or stream that begins with `head`.

        Formats are detected in it and headers read, also where counting goes on in its middle.
        Raises `UnrecognisedError`.
        """

    def count(self, key: str | None, position: Position | None, lines: bytes, path: str) -> int:
        """Count whole lines; with them, or without any, the position of `key` becomes durable.

        Lines whose format is not recognised are left out, and said. `path` is what they are tallied
        under: few different ones. Answers a number to compare with `durable`.
        """

    def forget(self, keys: Iterable[str]) -> int:
        """Forget positions; the answer is that of `count`."""

    @property
    def counted(self) -> int:
        """The number of what was counted last, by any source."""

    @property
    def durable(self) -> int:
        """The number up to which everything is durable."""

    def settle(self, timeout_seconds: float) -> bool:
        """Wait until everything counted so far is durable; whether it is."""

    def works(self) -> None:
        """The far end answers: forgets the last failure."""

    def fails(self, failure: str) -> None:
        """The far end does not answer, or refuses; the source itself tries again."""

    def note(self, problem: str) -> None:
        """Say what a person should look at, though reading goes on."""


class Source(Protocol):
    """A source. Beside these methods it has what `logagent.extensions.Extension` asks for."""

    def __init__(self, declared: "Declared") -> None: ...

    def run(self, feed: Feed) -> None:
        """Read until the feed is stopping, or there is an end.

        Raises `SourceError` when the far end fails; it is called again later, ever more slowly, and
        goes on from its positions.
        """

    def figures(self) -> Iterable[Figure]:
        """How it is: asked by other threads, while it runs or not."""
