"""Kafka: counts, events or parsed records, as JSON or Arrow, produced idempotently.

The key of a count names the series and its window, the header `sequence` the frame that it was in:
a consumer that keeps for each key the message of the highest sequence has every count exactly once,
as has a compacted topic. The key of an event or record is its place in the frames: a consumer that
takes each key once has every one exactly once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from logagent.errors import ConfigError, Problem
from logagent.librdkafka import BROKERS, SETTINGS, settings_problems
from logagent.options import Holds, Option, Table, problem
from logagent.sinks.points import window_points
from logagent.sinks.sink import (
    COMMON_OPTIONS,
    Content,
    Frame,
    Mode,
    Refused,
    Retry,
    Window,
    batched,
    condition,
)

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

_JSON, _ARROW = "json", "arrow"
_GOES_WITH = {
    "schema": (Content.RECORDS,),
    "source": (Content.RECORDS,),
    "streams": (Content.EVENTS,),
    "where": (Content.EVENTS, Content.RECORDS),
}
_NUMBERED = b"\n"
"""Begins a frame of lines that have no key of their own."""
_MOST_POINTS = 1_000
_MOST_BYTES = 512 << 10
_OWN_SETTINGS = frozenset(
    {
        "acks",
        "bootstrap.servers",
        "delivery.timeout.ms",
        "enable.idempotence",
        "error_cb",
        "message.timeout.ms",
    }
)
"""Settings that the sink makes itself."""


class Kafka:
    """A topic."""

    OPTIONS: ClassVar[Sequence[Option]] = (
        BROKERS,
        Option("topic", Holds.TEXT, "The topic.", is_required=True),
        Option("labels", Holds.NAMES, "Labels of every point.", default={}),
        SETTINGS,
        Option(
            "timeout",
            Holds.DURATION,
            "How long the brokers may take to acknowledge a frame.",
            default=10.0,
            least=1,
            most=300,
        ),
        Option(
            "what",
            Holds.TEXT,
            "What is sent: counts by window, entries of the event log, or every parsed line.",
            default=Content.AGGREGATES.value,
            choices=tuple(one.value for one in Content),
        ),
        Option("source", Holds.TEXT, "Of `records`: the source; all of them without."),
        Option(
            "streams", Holds.TEXTS, "Of `events`: the streams; all of them without.", default=[]
        ),
        Option(
            "where",
            Holds.TEXT,
            "Of `events` and `records`: a condition that they fulfil, such as `status >= 500`.",
        ),
        Option(
            "schema",
            Holds.TEXT,
            "Of `records`: the names of fields, those of the Elastic Common Schema or of "
            "OpenTelemetry; our own without.",
            choices=("ecs", "otel"),
        ),
        Option(
            "encoding",
            Holds.TEXT,
            "A JSON object in each message, or a table of Arrow for each frame.",
            default=_JSON,
            choices=(_JSON, _ARROW),
        ),
        *COMMON_OPTIONS,
    )
    mode: ClassVar[Mode] = Mode.OVERWRITES

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """Options that go together, and the packages to write with."""
        yield from settings_problems(table, options, _OWN_SETTINGS)
        yield from _content_problems(table, options, described)
        if options["encoding"] == _ARROW and find_spec("pyarrow") is None:
            hint = "pip install logagent[arrow]"
            yield problem(
                table, "encoding", "missing-package", "the package pyarrow is missing", hint
            )

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._name = name
        self._options = options
        self._producer: Producer | None = None
        self._trouble = ""

    def frames(self, windows: Iterable[Window]) -> Iterator[Frame]:
        """Points, a line each, or as tables."""
        labels = self._options["labels"]
        points = (point.body for window in windows for point in window_points(window, labels))
        for bodies in batched(points, most=_MOST_POINTS, most_bytes=_MOST_BYTES):
            yield from self._encoded(bodies, b"")

    def line_frames(self, lines: Sequence[bytes]) -> Iterator[Frame]:
        """Events or records, a line each, or as tables; those of one source are together."""
        for _, own in groupby(lines, _source_of if self._is_table else _of_any):
            for bodies in batched(own, most=_MOST_POINTS, most_bytes=_MOST_BYTES):
                yield from self._encoded(bodies, _NUMBERED)

    def send(self, frame: bytes, sequence: int) -> None:
        """Produce a frame's messages and wait until they are acknowledged."""
        failures: list[KafkaError] = []

        def delivered(error: "KafkaError | None", _message: "Message") -> None:
            if error is not None:
                failures.append(error)

        from confluent_kafka import KafkaException

        producer = self._connected()
        headers: list[tuple[str, str | bytes | None]]
        headers = [("sequence", str(sequence).encode()), ("sink", self._name.encode())]
        for key, body in self._messages(frame, sequence):
            try:
                producer.produce(
                    self._options["topic"], body, key, headers=headers, on_delivery=delivered
                )
            except BufferError:
                self._retry("the queue of the producer is full")
            except KafkaException as error:  # larger than a message may be
                failures.append(error.args[0])
        # Delivery ends, one way or the other, within `delivery.timeout.ms`.
        left = producer.flush(2 * self._options["timeout"])
        if left:
            self._retry(f"no answer in time; {self._trouble}".rstrip("; "))
        self._settle(failures)

    def close(self) -> None:
        """Let go of the connections; nothing is on its way."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()

    @property
    def _is_table(self) -> bool:
        return bool(self._options["encoding"] == _ARROW)

    def _encoded(self, bodies: Sequence[bytes], head: bytes) -> Iterator[Frame]:
        if self._is_table:
            from logagent.sinks.arrow import table_of

            yield Frame(table_of(bodies), len(bodies))
        else:
            yield Frame(head + b"\n".join(bodies), len(bodies))

    def _messages(self, frame: bytes, sequence: int) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of each message. What a frame holds, it says itself."""
        place: dict[str, Any] = {"sink": self._name, "sequence": sequence}
        if self._options["labels"]:
            place["labels"] = self._options["labels"]
        if frame.startswith(_NUMBERED):
            for index, body in enumerate(frame.removeprefix(_NUMBERED).split(b"\n")):
                yield orjson.dumps({**place, "index": index}), body
        elif frame.startswith(b"{"):
            for body in frame.split(b"\n"):
                yield orjson.loads(body)["key"].encode(), body
        else:
            yield orjson.dumps(place), frame

    def _settle(self, failures: Sequence["KafkaError"]) -> None:
        if not failures:
            self._trouble = ""
            return
        permanent = [error for error in failures if error.code() in _permanent_codes()]
        if len(permanent) < len(failures):
            others = [error for error in failures if error not in permanent]
            self._retry(self._trouble or others[0].str())
        message = f"{self._shown()} refused {len(permanent)} messages: {permanent[0].str()}"
        raise Refused(message, points=len(permanent))

    def _retry(self, why: str) -> None:
        # A producer that has given up on messages may have lost its place among them.
        self.close()
        raise Retry(f"{self._shown()}: {why}")

    def _shown(self) -> str:
        return f"Kafka at {','.join(self._options['brokers'])}, topic {self._options['topic']}"

    def _connected(self) -> "Producer":
        if self._producer is not None:
            return self._producer
        from confluent_kafka import KafkaException, Producer

        def note(error: "KafkaError") -> None:
            self._trouble = error.str()

        settings = {
            "linger.ms": "0",
            "log_level": "0",  # what matters comes by `error_cb`
            **self._options["settings"],
            "bootstrap.servers": ",".join(self._options["brokers"]),
            "enable.idempotence": True,
            "acks": "all",
            "delivery.timeout.ms": int(self._options["timeout"] * 1000),
            "error_cb": note,
        }
        try:
            self._producer = Producer(settings)
        except KafkaException as error:
            raise Retry(f"{self._shown()}: {error.args[0].str()}") from None
        return self._producer


def _content_problems(
    table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
) -> Iterator[Problem]:
    """Options that are not of what is sent, or name what is not there."""
    content = Content(options["what"])
    for name, those in _GOES_WITH.items():
        if options[name] and content not in those:
            what = "` or `".join(one.value for one in those)
            yield problem(table, name, "conflict", f"`{name}` goes with `what = {what}` only")
            return
    names = [source["name"] for source in described["sources"]]
    if options["source"] is not None and options["source"] not in names:
        message = f"there is no [[source]] `{options['source']}`"
        yield problem(table, "source", "unknown-name", message, f"there is: {', '.join(names)}")
    if options["where"] is not None:
        try:
            condition(content, options["where"])
        except ConfigError as error:
            for one in error.problems:
                yield problem(table, "where", "bad-condition", one.message, one.hint)


def _of_any(_line: bytes) -> None:
    """All lines together."""


def _source_of(line: bytes) -> object:
    """Lines of different sources have different columns."""
    entry = orjson.loads(line)
    return entry.get("stream"), entry.get("source"), entry.get("path")


def _permanent_codes() -> frozenset[int]:
    """Errors that the same message would meet again."""
    from confluent_kafka import KafkaError

    return frozenset(
        {
            KafkaError.MSG_SIZE_TOO_LARGE,
            KafkaError.RECORD_LIST_TOO_LARGE,
            KafkaError.INVALID_RECORD,
            KafkaError.POLICY_VIOLATION,
        }
    )
