"""The source `kafka` against a real broker."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests import broker
from tests.faults import scale
from tests.python.daemon.running import Running, running
from tests.python.sources.feeds import wrong
from tests.python.waiting import wait_until

KILLS = scale.pick(2, 20)
BATCH = scale.pick(4_000, 10_000)
LINE = '192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /{n} HTTP/1.1" 200 {n} "-" "curl"'


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[broker.Broker]:
    with broker.running(tmp_path_factory.mktemp("kafka") / "one") as one:
        yield one


class Topic:
    """A topic, and what was written to it: numbered lines."""

    def __init__(self, kafka: broker.Broker, name: str) -> None:
        self.name = name
        self.lines = 0
        self.bytes = 0
        self.producer = Producer({"bootstrap.servers": kafka.address, "linger.ms": 5})
        admin = AdminClient({"bootstrap.servers": kafka.address})
        admin.create_topics([NewTopic(name, 4, 1)])[name].result(30)

    def write(self, count: int) -> None:
        """So many lines, some of them several in a message, and some tombstones."""
        numbers = iter(range(self.lines, self.lines + count))
        for n in numbers:
            text = LINE.format(n=n)
            if n % 10 == 0:
                second = next(numbers, None)
                if second is not None:
                    text += "\n" + LINE.format(n=second) + "\n"
            self.producer.produce(self.name, value=text.encode(), partition=n // 10 % 4)
            if n % 100 == 0:
                self.producer.produce(self.name, value=None, key=b"gone")
            self.producer.poll(0)
        assert self.producer.flush(30) == 0
        self.bytes += sum(range(self.lines, self.lines + count))
        self.lines += count


@pytest.fixture
def topic(kafka: broker.Broker, request: pytest.FixtureRequest) -> Topic:
    return Topic(kafka, request.node.name[:60].replace("[", "-").replace("]", "-"))


Configure = Callable[..., Path]


@pytest.fixture
def configure(tmp_path: Path, kafka: broker.Broker, topic: Topic) -> Configure:
    def write(name: str = "one", more: str = "") -> Path:
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        config = directory / "config.toml"
        config.write_text(
            f"""\
[agent]
listen = "127.0.0.1:0"
state_dir = {json.dumps(str(directory / "state"))}
commit_interval = "300ms"

[[source]]
name = "edge"
type = "kafka"
brokers = ["{kafka.address}"]
topics = ["{topic.name}"]
group = "{topic.name}"
session_timeout = "6s"
format = "combined"
{more}

[[metric]]
name = "lines_total"
[[metric]]
name = "sum_total"
value = "bytes"
"""
        )
        return config

    return write


def counts(*services: Running) -> tuple[int, int]:
    """Lines and the sum of their numbers, over all of them."""
    names = ("lines_total", "sum_total")
    found = [sum(service.value(name) for service in services) for name in names]
    return int(found[0]), int(found[1])


def wait_for_all(topic: Topic, *services: Running) -> None:
    try:
        wait_until(lambda: counts(*services)[0] >= topic.lines)
    finally:
        assert counts(*services) == (topic.lines, topic.bytes)


def test_each_line_is_counted_once_through_kills(topic: Topic, configure: Configure) -> None:
    config = configure(more='instance = "one"')
    topic.write(BATCH)
    for kill in range(KILLS):
        with running(config) as service:
            least = topic.lines - BATCH // (2 + kill % 3)
            wait_until(lambda s=service, n=least: counts(s)[0] >= n)  # type: ignore[misc]
            topic.write(BATCH)
            service.end(signal.SIGKILL)
    with running(config) as service:
        wait_for_all(topic, service)
        assert service.value("logagent_source_partitions", source="edge") == 4
        assert service.value("logagent_source_lost_messages_total", source="edge") == 0
        assert service.end() == 0


def test_a_rebalance_in_order_counts_each_line_once(topic: Topic, configure: Configure) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(running(configure("one")))
        topic.write(BATCH)
        wait_until(lambda: counts(first)[0] > 0)
        second = stack.enter_context(running(configure("two")))
        topic.write(BATCH)
        own = "logagent_source_partitions"
        wait_until(lambda: first.value(own) == second.value(own) == 2)
        topic.write(BATCH)
        wait_for_all(topic, first, second)
        lines = counts(first)[0]
        assert 0 < lines < topic.lines
        # What the first had goes to the second, and comes back from it.
        assert first.end() == 0
        topic.write(BATCH)
        wait_until(lambda: counts(second)[0] == topic.lines - lines)
        again = stack.enter_context(running(configure("one")))
        topic.write(BATCH)
        wait_for_all(topic, again, second)
        assert second.end() == 0
        topic.write(BATCH)
        ended = topic.lines - counts(again)[0]
        assert ended > 0


def test_a_reload_keeps_the_partitions(topic: Topic, configure: Configure) -> None:
    config = configure()
    with running(config) as service:
        topic.write(BATCH)
        wait_for_all(topic, service)
        config.write_text(config.read_text().replace('"combined"', '"common"'))
        assert service.ask("/-/reload", method="POST")[0] == 200
        assert service.value("logagent_source_partitions") == 4
        topic.write(10)
        wait_until(lambda: service.value("logagent_rejected_lines_total") == 10)
        config.write_text(config.read_text().replace('"common"', '"combined"\nread_from = "end"'))
        assert service.ask("/-/reload", method="POST")[0] == 200
        # Its source goes over to another one while these come.
        before = counts(service)[0]
        topic.write(10)
        wait_until(lambda: counts(service)[0] == before + 10)


def test_a_broker_that_is_away_is_waited_for(
    tmp_path: Path, kafka: broker.Broker, topic: Topic, configure: Configure
) -> None:
    assert tmp_path.exists()
    with running(configure()) as service:
        topic.write(100)
        wait_for_all(topic, service)
        kafka.stop()
        wait_until(lambda: service.value("logagent_source_up", source="edge") == 0)
        (problem,) = service.status()["problems"]
        assert "brokers are down" in problem["message"]
        kafka.start()
        topic.write(100)
        wait_for_all(topic, service)
        assert service.end() == 0


def test_problems_of_the_table() -> None:
    head = '[[source]]\nname = "edge"\ntype = "kafka"\nbrokers = ["a:9092"]\ntopics = ["t"]\n'
    assert wrong(head) == []
    assert wrong(head + 'settings = { "enable.auto.commit" = "true" }\n') == [
        "6:12 `enable.auto.commit` is set by logagent itself"
    ]
    assert "needs the key `topics`" in wrong(head.replace("topics", "#"))[0]
