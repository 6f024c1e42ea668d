"""What of the Kafka sink needs no broker; a real one is in tests/faults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
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


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('what = "record"', "`what` has to be one of `aggregates`, `events`, `records`"),
        ('where = "status > 3"', "`where` goes with `what = events` or `records` only"),
        ('what = "events"\nsource = "web"', "`source` goes with `what = records` only"),
        ('what = "records"\nstreams = ["alerts"]', "`streams` goes with `what = events` only"),
        ('what = "events"\nschema = "ecs"', "`schema` goes with `what = records` only"),
        ('what = "records"\nschema = "esc"', "`schema` has to be one of `ecs`, `otel`"),
        ('what = "records"\nsource = "wep"', "there is no [[source]] `wep`"),
        ('what = "records"\nwhere = "status >"', "ends too early"),
        ('what = "events"\nwhere = "status > 3"', "status"),
    ],
)
def test_options_of_what_is_sent(tmp_path: Path, keys: str, says: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"""
[[source]]
name = "web"
format = "combined"
[[metric]]
name = "requests"
[[sink]]
name = "k"
type = "kafka"
brokers = ["a:9092"]
topic = "t"
{keys}
""")
    with pytest.raises(ConfigError) as caught:
        load(config)
    (problem,) = caught.value.problems
    assert says in problem.message
    assert problem.line in (12, 13)


def test_each_line_has_a_key_of_its_own() -> None:
    sink = Kafka("k", {**DEFAULTS, "brokers": ["a:1"], "topic": "t", "labels": {"host": "a"}})
    lines = [b'{"n":%d}' % number for number in range(2500)]
    frames = [*sink.line_frames(lines)]
    assert [frame.points for frame in frames] == [1000, 1000, 500]
    found = [
        one for number, frame in enumerate(frames) for one in sink._messages(frame.body, number)
    ]
    assert [body for _, body in found] == lines
    assert len({key for key, _ in found}) == 2500
    place = {"sink": "k", "sequence": 1, "labels": {"host": "a"}, "index": 0}
    assert orjson.loads(found[1000][0]) == place


def test_tables_have_a_column_for_each_key() -> None:
    options = {**DEFAULTS, "brokers": ["a:1"], "topic": "t", "encoding": "arrow"}
    sink = Kafka("k", options)
    lines = [
        b'{"source":"a","fields":{"status":200,"host":"x"}}',
        b'{"source":"a","fields":{"status":404,"took":0.5}}',
        b'{"source":"b","fields":{"status":1}}',
        b'{"source":"b","fields":{"status":"none","more":[1,"a"]}}',
    ]
    frames = [*sink.line_frames(lines)]
    assert [frame.points for frame in frames] == [2, 2]
    tables = [pa.ipc.open_stream(frame.body).read_all() for frame in frames]
    assert tables[0].to_pylist() == [
        {"source": "a", "fields": {"status": 200, "host": "x", "took": None}},
        {"source": "a", "fields": {"status": 404, "host": None, "took": 0.5}},
    ]
    # Of different types: as JSON.
    fields = tables[1].column("fields").to_pylist()
    assert [one["status"] for one in fields] == ["1", '"none"']
    assert fields[1]["more"] == '[1,"a"]'
    (message,) = sink._messages(frames[0].body, 7)
    assert message == (b'{"sink":"k","sequence":7}', frames[0].body)
