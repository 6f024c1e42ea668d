"""The cron job against a real Kafka broker."""

import json
import random
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from confluent_kafka import Consumer, TopicPartition

from tests import broker
from tests.faults.scale import pick
from tests.faults.test_cron import configure, first_group, run
from tests.faults.traffic import Key, Traffic
from tests.python.process import logagent

TOPIC = "counts"
WAIT_SECONDS = 30


class Sent(NamedTuple):
    """A message."""

    key: str
    sequence: int
    value: bytes


def messages(address: str, topic: str = TOPIC) -> list[Sent]:
    """Every message."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test"})
    found = []
    for partition in consumer.list_topics(topic, WAIT_SECONDS).topics[topic].partitions:
        place = TopicPartition(topic, partition, 0)
        _, end = consumer.get_watermark_offsets(place, WAIT_SECONDS)
        if end == 0:
            continue
        consumer.assign([place])
        deadline = time.monotonic() + WAIT_SECONDS
        while consumer.position([place])[0].offset < end:
            assert time.monotonic() < deadline, "messages are missing"
            message = consumer.poll(1)
            if message is None or message.error() is not None:
                continue
            headers = dict(message.headers() or ())
            key, value, sequence = message.key(), message.value(), headers["sequence"]
            assert isinstance(key, bytes)
            assert isinstance(value, bytes)
            assert isinstance(sequence, bytes)
            found.append(Sent(key.decode(), int(sequence), value))
            if message.offset() == end - 1:
                break
    consumer.close()
    return found


def sums(address: str) -> dict[Key, tuple[int, int]]:
    """What a consumer holds that keeps, for each key, the value of the highest sequence."""
    in_order = sorted(messages(address), key=lambda one: one.sequence)
    last = {one.key: json.loads(one.value) for one in in_order}
    return {
        (point["start"], point["labels"]["status"], point["labels"]["url_group"]): (
            point["count"],
            point["sums"]["bytes"],
        )
        for point in last.values()
    }


@pytest.fixture
def traffic(tmp_path: Path, choose: random.Random) -> Traffic:
    traffic = Traffic(tmp_path / "access.log", choose, start=1_795_000_007)
    traffic.group = first_group
    return traffic


def test_a_consumer_has_exact_sums_through_kills_and_an_outage(
    tmp_path: Path, traffic: Traffic, choose: random.Random
) -> None:
    kills = pick(2, 20)
    with broker.running(tmp_path / "kafka") as kafka:
        sink = f'brokers = ["{kafka.address}"]\ntopic = "{TOPIC}"\ntimeout = "20s"'
        config = configure(tmp_path, sink, type="kafka")
        killed = 0
        while killed < kills:
            traffic.append(100, seconds=20, late_seconds=60)
            killed += run(config, kill_after=choose.uniform(0.3, 1.5)) == -9
        kafka.stop()
        traffic.append(100, seconds=20)
        quick = configure(tmp_path, sink.replace("20s", "1s"), type="kafka")
        process = logagent("scan", "-c", quick, "--incremental")
        assert process.returncode == 1
        assert b"left to the next run: Kafka at 127.0.0.1" in process.stderr
        assert b"Traceback" not in process.stderr
        kafka.start()
        assert run(configure(tmp_path, sink, type="kafka")) == 0
        assert sums(kafka.address) == traffic.sums()


LINE = re.compile(r'\S+ - - \[.*?\] "GET (\S+) HTTP/1.1" (\d+) (\d+) ')

MORE = """
[[sink]]
name = "tables"
type = "kafka"
brokers = ["{address}"]
topic = "tables"
what = "records"
encoding = "arrow"
where = "status >= 400"
[[sink]]
name = "alerts"
type = "kafka"
brokers = ["{address}"]
topic = "alerts"
what = "events"
[[checker]]
name = "many"
type = "threshold"
metric = "requests"
measure = "count"
over = "10s"
above = 30
"""


def test_records_and_events_arrive_once_through_kills(
    tmp_path: Path, traffic: Traffic, choose: random.Random
) -> None:
    """A consumer that takes each key once has every record and every alert exactly once."""
    kills = pick(2, 20)
    with broker.running(tmp_path / "kafka") as kafka:
        sink = f'brokers = ["{kafka.address}"]\ntopic = "records"\nwhat = "records"'
        config = configure(tmp_path, sink, type="kafka")
        config.write_text(config.read_text() + MORE.format(address=kafka.address))
        killed = 0
        while killed < kills:
            traffic.append(100, seconds=20)
            code = run(config, kill_after=choose.uniform(0.3, 2.5))
            assert code in (0, -9)
            killed += code == -9
        process = logagent("scan", "-c", config, "--incremental")
        assert process.returncode == 0, process.stderr.decode()
        written = Counter(
            (found[1], int(found[2]), int(found[3]))
            for found in map(LINE.match, traffic.log.read_text().splitlines())
            if found is not None
        )
        records = once(messages(kafka.address, "records"))
        fields = [json.loads(value)["fields"] for value in records.values()]
        assert Counter(map(place, fields)) == written
        tables = once(messages(kafka.address, "tables")).values()
        rows = [row for value in tables for row in pa.ipc.open_stream(value).read_all().to_pylist()]
        errors = Counter({one: count for one, count in written.items() if one[1] >= 400})
        assert Counter(place(row["fields"]) for row in rows) == errors
        events = [json.loads(one) for one in once(messages(kafka.address, "alerts")).values()]
        events.sort(key=lambda event: event["sequence"])
        first = events[0]["sequence"]
        assert [event["sequence"] - first for event in events] == [*range(len(events))]
        assert [event["body"]["phase"] for event in events][:2] == ["open", "close"]
        assert {event["stream"] for event in events} == {"alerts"}
        assert {event["source"] for event in events} == {"many"}


def once(found: list[Sent]) -> dict[str, bytes]:
    """What a consumer has that takes each key once; what is sent again is the same."""
    kept: dict[str, bytes] = {}
    for one in found:
        assert kept.setdefault(one.key, one.value) == one.value
    return kept


def place(fields: dict[str, Any]) -> tuple[str, int, int]:
    return fields["target"], fields["status"], fields["bytes"]
