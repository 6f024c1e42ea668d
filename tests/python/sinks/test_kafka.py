"""What of the Kafka sink needs no broker; a real one is in tests/faults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from logagent.config import load
from logagent.errors import ConfigError
from logagent.sinks.kafka import Kafka
from logagent.sinks.sink import Retry, Window

DEFAULTS: Mapping[str, Any] = {option.name: option.default for option in Kafka.OPTIONS}
COLUMNS = {"labels": {"status": ["200", "404"]}, "count": [3, 1]}


def window(start: int, generation: int = 0) -> Window:
    return Window(start, start + 60, "requests", "counter", ("status",), COLUMNS, generation)


def test_a_key_names_a_series_and_its_window() -> None:
    sink = Kafka("k", {**DEFAULTS, "brokers": ["127.0.0.1:1"], "topic": "t"})
    (frame,) = sink.frames([window(60), window(120), window(60, generation=1)])
    points = [orjson.loads(line) for line in frame.body.split(b"\n")]
    assert frame.points == len(points) == 6
    assert len({point["key"] for point in points}) == 6
    (again,) = sink.frames([window(60)])
    keys = [orjson.loads(line)["key"] for line in again.body.split(b"\n")]
    assert keys == [point["key"] for point in points[:2]]


def test_a_broker_that_is_not_there_is_for_later() -> None:
    sink = Kafka("k", {**DEFAULTS, "brokers": ["127.0.0.1:1"], "topic": "t", "timeout": 0.5})
    (frame,) = sink.frames([window(60)])
    with pytest.raises(Retry, match=r"^Kafka at 127\.0\.0\.1:1, topic t: .*(refused|down)"):
        sink.send(frame.body, 1)
    sink.close()


def test_settings_that_are_the_sinks_own_are_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("""
[[metric]]
name = "requests"
[[sink]]
name = "k"
type = "kafka"
brokers = ["a:9092"]
topic = "t"
settings = { acks = "0", "enable.idempotence" = "false", "linger.ms" = "5" }
""")
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert [problem.message for problem in caught.value.problems] == [
        "`acks` is set by logagent itself",
        "`enable.idempotence` is set by logagent itself",
    ]
