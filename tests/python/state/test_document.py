"""What a real engine counted: through the database, an export and an import, to another engine."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logagent._core import Engine, Plan
from logagent.errors import StateError
from logagent.state import Store
from logagent.state.document import import_text
from tests.python.process import logagent

if TYPE_CHECKING:
    from logagent._core import Rows

CONFIGURATION = """
[agent]
state_dir = "{directory}/state"
[[source]]
name = "web"
paths = ["{directory}/*.log"]
format = '$status $request_time $request_uri'
[[metric]]
name = "requests_total"
labels = ["status", "path"]
[[metric]]
name = "duration_seconds"
type = "histogram"
labels = ["status"]
value = "request_time"
buckets = [0.1, 1]
[[metric]]
name = "request_quantiles"
type = "quantiles"
value = "request_time"
[[metric]]
name = "paths"
type = "distinct"
value = "path"
"""


def read(engine: Engine) -> None:
    while engine.poll(0.2):
        pass


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration, and a state in which three lines of its log were counted."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIGURATION.format(directory=tmp_path))
    (tmp_path / "access.log").write_text('200 0.05 /a\n200 0.5 /"b"\n404 2 /c\u202e\n')
    engine = Engine(plan(path))
    with closing(Store.open(tmp_path / "state")) as store:
        engine.restore(store.load())
        engine.poll(60)
        read(engine)
        snapshot = engine.take()
        assert snapshot is not None
        store.commit(snapshot.changes())
    return path


def plan(config: Path) -> Plan:
    return Plan.from_toml(config.read_text(), origin=str(config))


def exported(config: Path) -> bytes:
    process = logagent("state", "export", "-c", config)
    assert (process.returncode, process.stderr) == (0, b"")
    return process.stdout


def load(directory: Path) -> "Rows":
    with closing(Store.open(directory)) as store:
        return store.load()


def test_people_can_read_it(config: Path) -> None:
    document = json.loads(exported(config))
    (file,) = document["files"]
    assert file["record"]["path"] == str(config.parent / "access.log")
    assert file["record"]["offset"] == (config.parent / "access.log").stat().st_size
    assert {"head_hash", "updated_unix_ms"} <= file["record"].keys()
    metrics = {metric["definition"]["name"]: metric for metric in document["metrics"]}
    series = metrics["requests_total"]["series"]
    assert {(one["labels"]["status"], one["labels"]["path"]) for one in series} == {
        ("200", "/a"),
        ("200", '/"b"'),
        ("404", "/c\ufffd"),
    }
    assert [one["values"]["count"] for one in series] == [1, 1, 1]
    assert metrics["duration_seconds"]["series"][0]["labels"] == {"status": "200"}


def test_all_of_it_comes_back(config: Path) -> None:
    text = exported(config)
    before = load(config.parent / "state")
    assert import_text(text, origin="test") == before
    assert logagent("state", "reset", "--all", "--yes", "-c", config).returncode == 0
    process = logagent("state", "import", "-c", config, "-", stdin=text)
    assert process.returncode == 0, process.stderr
    after = load(config.parent / "state")
    assert after == before

    with (config.parent / "access.log").open("a") as log:
        log.write("200 0.05 /a\n")
    engine = Engine(plan(config))
    assert engine.restore(after) == []
    engine.poll(60)
    read(engine)
    snapshot = engine.take()
    assert snapshot is not None
    engine.commit(snapshot)
    text_after = engine.exposition().decode()
    assert 'requests_total{status="200",path="/a"} 2\n' in text_after
    assert 'duration_seconds_count{status="200"} 3\n' in text_after


def test_a_series_that_was_edited_is_named(config: Path) -> None:
    document = json.loads(exported(config))
    document["metrics"][1]["series"][1]["state"] = "AAAA"
    with pytest.raises(StateError, match=r"edited: no series at `\$\.metrics\[1\]\.series\[1\]`: "):
        import_text(json.dumps(document).encode(), origin="edited")


def test_show_counts_the_series(config: Path) -> None:
    process = logagent("state", "show", "-c", config)
    lines = [line.split() for line in process.stdout.decode().splitlines()]
    assert ["requests_total", "3"] in lines
    assert ["duration_seconds", "2"] in lines
    (file,) = [line for line in lines if line[:1] == ["web"]]
    size = str((config.parent / "access.log").stat().st_size)
    assert file[2:6] == ["open", size, size, "0"]
