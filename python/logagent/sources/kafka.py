"""Topics of Kafka, read in a consumer group whose offsets live in the state database.

Kafka is told them too, afterwards: that is how another agent of the group learns where to go on.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from logagent.errors import Problem
from logagent.librdkafka import BROKERS, SETTINGS, settings_problems
from logagent.options import Holds, Option, Table
from logagent.sources.offsets import Offsets, Partition
from logagent.sources.source import Feed, Figure, Kind, SourceError, Until

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

    from logagent.extensions import Declared

_MESSAGES = 5_000
_WAIT_SECONDS = 0.5
_ANSWER_SECONDS = 10.0
_PROBE_SECONDS = 1.0
_SETTLE_SECONDS = 10.0
_LAST_SETTLE_SECONDS = 0.7
_LAG_SECONDS = 10.0
_EMPTY_SECONDS = 5.0
"""How long nothing has to come until there is nothing more."""
_OWN_SETTINGS = frozenset(
    {
        "auto.offset.reset",
        "bootstrap.servers",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "error_cb",
        "group.id",
        "group.instance.id",
        "partition.assignment.strategy",
        "session.timeout.ms",
    }
)
"""Those that the source sets itself, or that would lose or repeat lines."""


class KafkaSource:
    """Counts the lines of messages, each offset once."""

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        BROKERS,
        Option("topics", Holds.TEXTS, "Names of topics; `^` begins a regex.", is_required=True),
        Option("group", Holds.TEXT, "The consumer group.", default="logagent"),
        Option(
            "instance",
            Holds.TEXT,
            "This agent's own name in the group: what it read stays its own while it restarts.",
        ),
        Option(
            "session_timeout",
            Holds.DURATION,
            "How long the group waits for an agent that is gone.",
            default=45.0,
            least=1.0,
            most=1800.0,
        ),
        SETTINGS,
    )

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], _described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """No settings that would lose or repeat lines, and the package to read with."""
        yield from settings_problems(table, options, _OWN_SETTINGS)

    def __init__(self, declared: "Declared") -> None:
        self._options = declared.options
        self._at_end = declared.table["read_from"] == "end"
        self._messages = self._lost = 0
        self._partitions = 0
        self._lag: int | None = None

    def run(self, feed: Feed) -> None:
        """See `Source`."""
        from confluent_kafka import Consumer

        trouble: list[str] = []
        settings = self._settings()
        settings["error_cb"] = lambda error: _note_trouble(error, trouble)
        with _failures(", ".join(self._options["brokers"])):
            consumer = Consumer(settings)
            reading = _Reading(self, feed, consumer, at_end=self._at_end)
            try:
                reading.subscribe(self._options["topics"])
                self._consume(feed, reading, trouble)
            finally:
                # Leaves the group, and before it makes durable what was counted.
                consumer.close()

    def figures(self) -> Iterable[Figure]:
        """See `Source`."""
        yield Figure("messages", "Messages that were read.", Kind.COUNTER, self._messages)
        yield Figure("partitions", "Partitions that are read.", Kind.GAUGE, self._partitions)
        about = "Messages that were deleted before they were read."
        yield Figure("lost_messages", about, Kind.COUNTER, self._lost)
        if self._lag is not None:
            yield Figure("lag", "Messages that wait to be read.", Kind.GAUGE, self._lag)

    def took(self, messages: int) -> None:
        """So many messages came."""
        self._messages += messages

    def lost(self, messages: int) -> None:
        """So many messages were deleted before they came."""
        self._lost += messages

    def _settings(self) -> dict[str, Any]:
        options = self._options
        own = {
            "bootstrap.servers": ",".join(options["brokers"]),
            "group.id": options["group"],
            "session.timeout.ms": int(options["session_timeout"] * 1000),
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            # Every partition is given an offset; one that is out of range is looked at.
            "auto.offset.reset": "error",
            "partition.assignment.strategy": "range,roundrobin",
            "client.id": "logagent",
            "log_level": 2,  # what matters comes by error_cb too
            **options["settings"],
        }
        if options["instance"] is not None:
            own["group.instance.id"] = options["instance"]
        return own

    def _consume(self, feed: Feed, reading: "_Reading", trouble: list[str]) -> None:
        looked_at = came_at = time.monotonic()
        is_reached = False
        while not feed.is_stopping:
            came = reading.consume()
            now = time.monotonic()
            if came or self._partitions != reading.partitions:
                came_at = now
            self._partitions = reading.partitions
            if trouble:
                # The consumer connects again by itself. To leave the group would take long now.
                feed.fails(f"{', '.join(self._options['brokers'])}: {trouble[-1]}")
                trouble.clear()
                is_reached = False
            elif came or (not is_reached and reading.is_answered()):
                feed.works()
                is_reached = True
            if now - looked_at > _LAG_SECONDS or self._lag is None:
                looked_at = now
                self._lag = reading.lag()
            if feed.until is Until.EMPTY and now - came_at > _EMPTY_SECONDS:
                return


class _Reading:
    """A consumer, and where it is in the partitions that it was assigned."""

    def __init__(
        self, source: KafkaSource, feed: Feed, consumer: "Consumer", *, at_end: bool
    ) -> None:
        self._source = source
        self._feed = feed
        self._consumer = consumer
        self._at_end = at_end
        self._offsets = Offsets()

    @property
    def partitions(self) -> int:
        """How many are assigned."""
        return len(self._offsets.next)

    def subscribe(self, topics: list[str]) -> None:
        """Join the group."""
        self._consumer.subscribe(
            topics, on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def consume(self) -> int:
        """Count what comes; answers how many messages that were."""
        messages = self._consumer.consume(_MESSAGES, _WAIT_SECONDS)
        values: dict[Partition, list[bytes]] = {}
        for message in messages:
            error = message.error()
            if error is not None:
                self._failed(message, error)
                continue
            partition = (message.topic() or "", message.partition() or 0)
            # A batch may hold messages from before a rebalance that came in its middle.
            if self._offsets.take(partition, message.offset() or 0):
                values.setdefault(partition, []).append(_lines(message.value()))
        for (topic, number), lines in values.items():
            position = {"offset": self._offsets.taken((topic, number))}
            self._feed.count(_key(topic, number), position, b"".join(lines), topic)
            self._offsets.count((topic, number))
        self._source.took(len(messages))
        self._commit_durable()
        return len(messages)

    def lag(self) -> int | None:
        """How many messages wait, as far as the consumer knows; None if nothing is assigned."""
        from confluent_kafka import TopicPartition

        if not self._offsets.next:
            return None
        behind = 0
        for (topic, number), offset in self._offsets.next.items():
            found = self._consumer.get_watermark_offsets(TopicPartition(topic, number), cached=True)
            behind += max(found[1] - offset, 0) if found is not None else 0  # type: ignore[redundant-expr] # the package's types leave None out
        return behind

    def is_answered(self) -> bool:
        """Whether a broker answers what is asked about an assigned partition."""
        from confluent_kafka import KafkaException, TopicPartition

        try:
            for partition in list(self._offsets.next)[:1]:
                self._consumer.get_watermark_offsets(TopicPartition(*partition), _PROBE_SECONDS)
                return True
        except KafkaException:
            pass
        return False

    def _assigned(self, consumer: "Consumer", partitions: list["TopicPartition"]) -> None:
        """Go on from the greater of our own offset and the one that the group knows."""
        committed = consumer.committed(partitions, timeout=_ANSWER_SECONDS)
        for one in committed:
            if one.error is not None:
                raise SourceError(f"{one.topic}[{one.partition}]: {one.error.str()}")
            key = _key(one.topic, one.partition)
            own = self._feed.position(key)
            low, high = consumer.get_watermark_offsets(one, timeout=_ANSWER_SECONDS)
            known = max(one.offset, own["offset"] if own is not None else -1)
            one.offset = self._start(one, known, low, high)
            self._feed.count(key, {"offset": one.offset}, b"", one.topic)
            self._offsets.begin((one.topic, one.partition), one.offset)
        consumer.assign(committed)

    def _start(self, one: "TopicPartition", known: int, low: int, high: int) -> int:
        if known < 0:
            return high if self._at_end else low
        where = f"{one.topic}[{one.partition}]"
        if known > high:
            self._feed.note(f"{where} was made anew: it is read from its beginning")
            return low
        if known < low:
            self._source.lost(low - known)
            self._feed.note(f"{where}: {low - known} messages were deleted before they were read")
        return max(known, low)

    def _revoked(self, _consumer: "Consumer", partitions: list["TopicPartition"]) -> None:
        """Hand over: the group learns offsets only when what is before them is durable here."""
        seconds = _LAST_SETTLE_SECONDS if self._feed.is_stopping else _SETTLE_SECONDS
        is_settled = self._feed.settle(seconds)
        # Others are given these partitions only when this returns.
        self._commit_durable(is_last=True)
        if not is_settled:
            what = "partitions were handed over while commits fail; their last lines count twice"
            self._feed.note(what)
        self._forget(partitions)

    def _lost(self, _consumer: "Consumer", partitions: list["TopicPartition"]) -> None:
        self._feed.note(
            f"{len(partitions)} partitions were given to others without a handover; "
            "lines that were counted last may count there too"
        )
        self._forget(partitions)

    def _forget(self, partitions: list["TopicPartition"]) -> None:
        for one in partitions:
            self._offsets.end((one.topic, one.partition))

    def _commit_durable(self, *, is_last: bool = False) -> None:
        """Tell the group the offsets that are durable here."""
        from confluent_kafka import KafkaException, TopicPartition

        durable = self._offsets.durable(self._feed.counted, self._feed.durable)
        if not durable:
            return
        offsets = [TopicPartition(*partition, offset) for partition, offset in durable.items()]
        try:
            if is_last:
                self._consumer.commit(offsets=offsets, asynchronous=False)
            else:
                self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            # They are durable here; only another agent would read them again.
            self._feed.note(f"the group does not learn the offsets: {error.args[0].str()}")

    def _failed(self, message: "Message", error: "KafkaError") -> None:
        from confluent_kafka import KafkaError as Codes

        where = message.topic() or "kafka"
        if error.code() in {Codes._AUTO_OFFSET_RESET, Codes.OFFSET_OUT_OF_RANGE}:  # noqa: SLF001
            # The next assignment looks at what there is.
            raise SourceError(f"{where}: the messages to go on with were deleted")
        if error.code() == Codes.UNKNOWN_TOPIC_OR_PART:
            self._feed.note(f"{where}: there is no such topic yet")
        elif error.fatal() or not error.retriable():
            raise SourceError(f"{where}: {error.str()}")


def _lines(value: bytes | str | None) -> bytes:
    """The lines of a message, whole; none of a tombstone."""
    if not value:
        return b""
    content = value.encode() if isinstance(value, str) else value
    return content if content.endswith(b"\n") else content + b"\n"


def _key(topic: str, number: int) -> str:
    return f"{topic}/{number}"


def _note_trouble(error: "KafkaError", trouble: list[str]) -> None:
    """Keep what will not go away by itself soon."""
    from confluent_kafka import KafkaError as Codes

    lasting = {
        Codes._ALL_BROKERS_DOWN,  # noqa: SLF001 - how the package names them
        Codes._AUTHENTICATION,  # noqa: SLF001
        Codes._SSL,  # noqa: SLF001
        Codes._RESOLVE,  # noqa: SLF001
    }
    if error.fatal() or error.code() in lasting:
        trouble.append(error.str())


@contextmanager
def _failures(what: str) -> Iterator[None]:
    from confluent_kafka import KafkaException

    try:
        yield
    except KafkaException as error:
        raise SourceError(f"{what}: {error.args[0].str()}") from None
