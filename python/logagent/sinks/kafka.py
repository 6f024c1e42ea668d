"""Kafka: each series of a window is a JSON message, produced idempotently.

A message's key names the series and its window, its header `sequence` the frame that it was in: a
consumer that keeps for each key the message of the highest sequence has every count exactly once,
as has a compacted topic.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from logagent.errors import Problem
from logagent.librdkafka import BROKERS, SETTINGS, settings_problems
from logagent.options import Holds, Option, Table
from logagent.sinks.points import window_points
from logagent.sinks.sink import COMMON_OPTIONS, Frame, Mode, Refused, Retry, Window, batched

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

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
        *COMMON_OPTIONS,
    )
    mode: ClassVar[Mode] = Mode.OVERWRITES

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], _described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """No settings that the sink makes itself, and the package to write with."""
        yield from settings_problems(table, options, _OWN_SETTINGS)

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._name = name
        self._options = options
        self._producer: Producer | None = None
        self._trouble = ""

    def frames(self, windows: Iterable[Window]) -> Iterator[Frame]:
        """Points, a line each."""
        labels = self._options["labels"]
        points = (point.body for window in windows for point in window_points(window, labels))
        for bodies in batched(points, most=_MOST_POINTS, most_bytes=_MOST_BYTES):
            yield Frame(b"\n".join(bodies), len(bodies))

    def send(self, frame: bytes, sequence: int) -> None:
        """Produce a frame's messages and wait until they are acknowledged."""
        failures: list[KafkaError] = []

        def delivered(error: "KafkaError | None", _message: "Message") -> None:
            if error is not None:
                failures.append(error)

        producer = self._connected()
        headers: list[tuple[str, str | bytes | None]]
        headers = [("sequence", str(sequence).encode()), ("sink", self._name.encode())]
        for body in frame.split(b"\n"):
            key = orjson.loads(body)["key"].encode()
            try:
                producer.produce(
                    self._options["topic"], body, key, headers=headers, on_delivery=delivered
                )
            except BufferError:
                self._retry("the queue of the producer is full")
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
