"""The cron job against a real Kafka broker."""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from tests import broker
from tests.faults.scale import pick
from tests.faults.test_cron import configure, first_group, run
from tests.faults.traffic import Key, Traffic
from tests.python.process import logagent

TOPIC = "counts"
WAIT_SECONDS = 30


def messages(address: str) -> list[tuple[str, int, dict[str, Any]]]:
    """Key, sequence and value of every message."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test"})
    found = []
    for partition in consumer.list_topics(TOPIC, WAIT_SECONDS).topics[TOPIC].partitions:
        place = TopicPartition(TOPIC, partition, 0)
        _, end = consumer.get_watermark_offsets(place, WAIT_SECONDS)
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
            found.append((key.decode(), int(sequence), json.loads(value)))
            if message.offset() == end - 1:
                break
    consumer.close()
    return found


def sums(address: str) -> dict[Key, tuple[int, int]]:
    """What a consumer holds that keeps, for each key, the value of the highest sequence."""
    in_order = sorted(messages(address), key=lambda one: one[1])
    last = {key: point for key, _, point in in_order}
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
