"""What a sink is: it turns windows of event time into bytes, and sends these."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, NamedTuple, Protocol

from logagent._core import Filter
from logagent.extensions import Extension
from logagent.options import Holds, Option
from logagent.posting import Refused as Refused  # noqa: PLC0414 - part of what a sink needs
from logagent.posting import Retry as Retry  # noqa: PLC0414

COMMON_OPTIONS: tuple[Option, ...] = (
    Option(
        "outbox_size",
        Holds.SIZE,
        "What waits for the far end at most; beyond it the oldest is dropped, counted and said.",
        default=256 << 20,
        least=1 << 20,
    ),
    Option(
        "outbox_age",
        Holds.DURATION,
        "How long something waits for the far end at most.",
        default=7 * 86_400.0,
        least=60,
    ),
)
"""Options that every type of sink has; a type adds them to its own."""


class Mode(Enum):
    """What the far end makes of a second value for the same window and series."""

    OVERWRITES = "overwrites"
    """It replaces the first: late lines send the whole value again, and repeats do no harm."""
    ADDS = "adds"
    """It is added to the first: only what was counted since is sent."""


class Content(Enum):
    """What a sink gets; the value is that of the option `what`, of the types that have it."""

    AGGREGATES = "aggregates"
    """Counts by window of event time."""
    EVENTS = "events"
    """Entries of the event log."""
    RECORDS = "records"
    """Parsed lines."""


class Window(NamedTuple):
    """The counts of one metric in one window of event time."""

    start: int
    """Unix seconds of the first instant."""
    end: int
    """Unix seconds of the first instant behind it."""
    metric: str
    type: str
    """As in ``[[metric]]``: counter, gauge, histogram, quantiles, distinct or top."""
    labels: tuple[str, ...]
    columns: Mapping[str, Any]
    """The series, as `Snapshot.series` has them; only those that changed since they were sent."""
    generation: int = 0
    """Above 0 where the window also has series of an earlier definition of this metric.

    They would have the same place at a far end that overwrites; the generation has to be in it.
    """

    def series(self) -> Iterator[tuple[Mapping[str, str], Mapping[str, Any]]]:
        """Labels, without the absent ones, and values of each series.

        Values are ``count``, ``value``, ``sums``, ``buckets``, ``quantiles``, ``distinct`` and
        ``top``, as far as the type has them.
        """
        columns = self.columns
        tables = {name: columns[name] for name in _TABLES if name in columns}
        plain = {name: columns[name] for name in _PLAIN if name in columns}
        for row in range(len(columns["count"])):
            labels = {
                name: values[row]
                for name, values in columns["labels"].items()
                if values[row] is not None
            }
            values: dict[str, Any] = {name: column[row] for name, column in plain.items()}
            for name, table in tables.items():
                values[name] = {key: column[row] for key, column in table.items()}
            yield labels, values


_PLAIN = ("count", "value", "distinct", "top")
_TABLES = ("sums", "buckets", "quantiles")


class Frame(NamedTuple):
    """What is sent at once: final bytes, the same at each attempt."""

    body: bytes
    points: int
    """Values in it, for the statistics."""


class Sink(Extension, Protocol):
    """A far end. `frames` is called in the committing thread, `send` and `close` in its own."""

    mode: ClassVar[Mode]

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        """`options` are those of `OPTIONS` by name; connects to nothing yet."""

    def frames(self, windows: Iterable[Window]) -> Iterable[Frame]:
        """All of the windows as frames, each of a size that the far end takes."""

    def send(self, frame: bytes, sequence: int) -> None:
        """Hand a frame over; on return the far end has it. Raises `Retry` or `Refused`.

        `sequence` grows from frame to frame of this sink, also over restarts.
        """

    def close(self) -> None:
        """Nothing more is sent: let go of connections."""


class LineSink(Sink, Protocol):
    """A type with the option `what`: its far end takes events and records too.

    It has the options `source`, `streams` and `where` besides, None or empty where they are not
    given.
    """

    def line_frames(self, lines: Sequence[bytes]) -> Iterable[Frame]:
        """Objects of JSON, each in a line without its end, as frames."""


def condition(content: Content, text: str) -> Filter:
    """What the option `where` says of events or records. Raises `ConfigError`."""
    if content is Content.RECORDS:
        return Filter(text, origin="where")
    from logagent.eventlog.selection import NAMES

    return Filter(text, origin="where", roots=NAMES)


def batched(points: Iterable[bytes], *, most: int, most_bytes: int) -> Iterator[Sequence[bytes]]:
    """The points in lists of at most `most`, and of `most_bytes` together but for single ones."""
    batch: list[bytes] = []
    size_bytes = 0
    for point in points:
        if batch and (len(batch) == most or size_bytes + len(point) > most_bytes):
            yield batch
            batch, size_bytes = [], 0
        batch.append(point)
        size_bytes += len(point)
    if batch:
        yield batch
