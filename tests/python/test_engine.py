"""The engine of the service on real files: count, take, commit, restart, reload."""

import json
import multiprocessing
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import parser

from logagent._core import Engine, Plan, Scanner, Snapshot

if TYPE_CHECKING:
    from logagent._core import Rows

METRICS = """
[[metric]]
name = "requests_total"
labels = ["status", "path"]
sums = ["request_time"]
[[metric]]
name = "duration_seconds"
type = "histogram"
labels = ["status"]
value = "request_time"
buckets = [0.1, 1]
[[metric]]
name = "top_paths"
type = "top"
value = "path"
size = 2
"""


def configuration(directory: Path, metrics: str = METRICS, format: str = "") -> Plan:
    format = format or "$status $request_time $request_uri"
    source = f'[[source]]\nname = "web"\npaths = ["{directory}/*.log"]\nformat = {format!r}\n'
    return Plan.from_toml(source + metrics, origin="test")


def lines(first: int, end: int) -> bytes:
    """Numbered lines, of which some are refused."""
    texts = [
        "no line of this format\n"
        if number % 7 == 6
        else f"{[200, 404][number % 2]} 0.{number % 10} /page/{number % 3}\n"
        for number in range(first, end)
    ]
    return "".join(texts).encode()


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def read(engine: Engine) -> int:
    """Wait for something to read and read all of it; answers the bytes."""
    total = engine.poll(60)
    while read := engine.poll(0.2):
        total += read
    return total


class Database:
    """Rows by key, as a state database keeps them."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, bytes], bytes] = {}
        self.files: dict[int, str | None] = {}
        self.tallies: dict[str, str] = {}
        self.positions: dict[str, str | None] = {}
        self.models: dict[str, str | None] = {}

    def write(self, rows: "Rows") -> None:
        for metric, labels, state in rows["series"]:
            self.series[rows["metrics"][metric], labels] = state
        self.files.update(rows["files"])
        self.tallies.update(rows["tallies"])
        self.positions.update(rows["positions"])
        self.models.update(rows["models"])

    def rows(self) -> "Rows":
        metrics = list(dict.fromkeys(metric for metric, _ in self.series))
        return {
            "metrics": metrics,
            "series": [
                (metrics.index(metric), labels, state)
                for (metric, labels), state in self.series.items()
            ],
            "files": [(file, record) for file, record in self.files.items() if record],
            "tallies": list(self.tallies.items()),
            "positions": [(key, position) for key, position in self.positions.items() if position],
            "models": [(key, body) for key, body in self.models.items() if body],
        }


def commit(engine: Engine, database: Database) -> Snapshot:
    snapshot = engine.take()
    assert snapshot is not None
    database.write(snapshot.changes())
    engine.commit(snapshot)
    return snapshot


def counted(plan: Plan, content: bytes, format: str = "prometheus") -> bytes:
    """What one plain count of the content shows."""
    scanner = Scanner(plan)
    scanner.scan(content)
    return scanner.take().exposition(format)


def test_only_what_is_committed_is_shown(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine = Engine(plan)
    nothing = counted(plan, b"")
    assert engine.exposition() == nothing
    assert engine.take() is None
    append(tmp_path / "a.log", lines(0, 100))
    assert read(engine) == len(lines(0, 100))
    assert engine.exposition() == nothing
    assert engine.stats()["pending_seconds"] >= 0
    snapshot = engine.take()
    assert snapshot is not None
    assert (snapshot.lines, snapshot.matched, snapshot.bytes) == (100, 86, len(lines(0, 100)))
    assert engine.exposition() == nothing
    assert engine.stats()["committed"] == []
    # Reading goes on meanwhile.
    append(tmp_path / "a.log", lines(100, 150))
    read(engine)
    with pytest.raises(RuntimeError, match="not committed yet"):
        engine.take()
    engine.commit(snapshot)
    assert engine.exposition() == counted(plan, lines(0, 100))
    with pytest.raises(ValueError, match="committed already"):
        engine.commit(snapshot)
    second = engine.take()
    assert second is not None
    assert second.lines == 50
    engine.commit(second)
    for format in ("prometheus", "openmetrics"):
        assert engine.exposition(format) == counted(plan, lines(0, 150), format)
    assert engine.take() is None
    stats = engine.stats()
    assert (stats["pending_seconds"], stats["taken_seconds"]) == (None, None)
    tally = next(one for one in stats["committed"] if one["path"] is not None)
    assert tally["path"] == f"{tmp_path}/a.log"
    assert (tally["lines"], tally["matched"]) == (150, 129)
    assert sum(tally["rejects"].values()) == 21
    (file,) = stats["files"]
    assert (file["offset"], file["behind_bytes"]) == (len(lines(0, 150)), 0)
    assert [metric["series"] for metric in stats["metrics"]] == [6, 2, 1]


def test_snapshots_hold_what_was_counted_since_the_last(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine, database = Engine(plan), Database()
    append(tmp_path / "a.log", lines(0, 100))
    read(engine)
    first = commit(engine, database)
    append(tmp_path / "a.log", b"404 0.5 /page/1\n")
    read(engine)
    snapshot = commit(engine, database)
    assert snapshot.series(0) == {
        "labels": {"status": ["404"], "path": ["/page/1"]},
        "count": [1],
        "sums": {"request_time": [0.5]},
    }
    assert snapshot.changes() == snapshot.changes()
    rows = snapshot.changes()
    # The rows hold the whole counts of the series that changed, and of no others.
    assert [metric for metric, _, _ in rows["series"]] == [0, 1, 2]
    series = [Snapshot.read_series(labels, state) for _, labels, state in rows["series"]]
    assert series[0]["labels"] == ["404", "/page/1"]
    assert series[0]["count"] > 1
    assert series[1]["labels"] == ["404"]
    assert sum(series[1]["buckets"]) == series[1]["count"]
    assert {text: count for text, count, _ in series[2]["top"]}["/page/1"] > 1
    assert [json.loads(metric)["name"] for metric in rows["metrics"]] == [
        "requests_total",
        "duration_seconds",
        "top_paths",
    ]
    first.merge(Scanner(plan).take())
    assert first.lines == 100


def test_a_restart_goes_on_exactly_where_the_last_commit_was(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    database = Database()
    content = b""
    shown = counted(plan, b"")
    for start in range(0, 500, 50):
        engine = Engine(plan)
        assert engine.restore(database.rows()) == []
        assert engine.exposition() == shown
        append(tmp_path / "a.log", lines(start, start + 50))
        content += lines(start, start + 50)
        read(engine)
        commit(engine, database)
        shown = counted(plan, content)
        assert engine.exposition() == shown
        append(tmp_path / "a.log", lines(start, start + 10))
        content += lines(start, start + 10)
        read(engine)
        # Taken and not committed, or not even taken: lost with the process, and read again.
        if start % 100:
            engine.take()
        rows = database.rows()
        if start % 100 == 0:
            assert sorted(engine.everything()["series"]) == sorted(rows["series"])
    engine = Engine(plan)
    engine.restore(database.rows())
    read(engine)
    commit(engine, database)
    assert engine.exposition() == counted(plan, content)
    tally = next(one for one in engine.stats()["committed"] if one["path"] is not None)
    assert (tally["lines"], tally["bytes"]) == (600, len(content))


def test_everything_makes_a_lost_database_whole(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine, lost = Engine(plan), Database()
    append(tmp_path / "a.log", lines(0, 100))
    read(engine)
    engine.feed("web", ("topic/0", '{"offset":7}'), lines(0, 10))
    commit(engine, lost)
    append(tmp_path / "a.log", lines(100, 200))
    read(engine)
    snapshot = engine.take()
    assert snapshot is not None
    anew = Database()
    anew.write(engine.everything())
    lost.write(snapshot.changes())
    assert vars(anew) == vars(lost)
    engine.commit(snapshot)
    restored = Engine(plan)
    restored.restore(engine.everything())
    assert restored.exposition() == engine.exposition()
    assert restored.everything() == engine.everything()


def test_a_reload_keeps_metrics_of_equal_definition(tmp_path: Path) -> None:
    engine, database = Engine(configuration(tmp_path)), Database()
    append(tmp_path / "a.log", lines(0, 100))
    read(engine)
    commit(engine, database)
    append(tmp_path / "a.log", lines(100, 130))
    read(engine)  # pending when the plan changes
    changed = METRICS.replace("buckets = [0.1, 1]", "buckets = [0.1, 2]")
    changed = changed.replace("size = 2", "size = 3\nwhen = 'status == 404'")
    changed += '[[metric]]\nname = "all_total"\n'
    plan = configuration(tmp_path, changed)
    reloaded = engine.reload(plan)
    assert (reloaded["kept"], reloaded["new"]) == (
        ["requests_total", "top_paths"],
        ["duration_seconds", "all_total"],
    )
    (dropped,) = reloaded["dropped"]
    assert json.loads(dropped)["buckets"] == ["0.1", "1"]
    append(tmp_path / "a.log", lines(130, 150))
    read(engine)
    commit(engine, database)
    families = {
        family.name: family
        for family in parser.text_string_to_metric_families(engine.exposition().decode())
    }
    assert sum(sample.value for sample in families["requests"].samples) == 129
    # Of 20 lines since, 3 are refused.
    assert sum(sample.value for sample in families["all"].samples) == 17
    assert len(families["top_paths"].samples) == 3
    # A new engine refuses the rows of the dropped metric and takes the others.
    restored = Engine(plan)
    rows = database.rows()
    assert restored.restore(rows) == [dropped]
    assert restored.exposition() == engine.exposition()


def test_a_reload_waits_for_what_was_taken(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine = Engine(plan)
    engine.feed("web", ("a", "1"), lines(0, 10))
    snapshot = engine.take()
    assert snapshot is not None
    with pytest.raises(RuntimeError, match="not committed yet"):
        engine.reload(plan)
    engine.commit(snapshot)
    assert engine.reload(plan)["dropped"] == []


def test_what_is_fed_is_counted_with_its_position(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine, database = Engine(plan), Database()
    long = b"x" * (1 << 20) + b"y\n"
    assert engine.feed("web", ("topic/0", '{"offset":1}'), lines(0, 10)) == 10
    assert engine.feed("web", ("topic/1", '{"offset":1}'), long + lines(10, 20)) == 11
    assert engine.feed("web", ("topic/0", '{"offset":2}'), b"") == 0
    commit(engine, database)
    assert database.positions == {"topic/0": '{"offset":2}', "topic/1": '{"offset":1}'}
    tallies = {tally["path"]: tally for tally in engine.stats()["committed"]}
    assert tallies["topic/0"]["lines"] == 10
    assert tallies["topic/1"]["rejects"]["oversize"] == 1
    assert engine.exposition() == counted(plan, lines(0, 20))
    with pytest.raises(ValueError, match="no source `other`"):
        engine.feed("other", ("a", "1"), lines(0, 1))
    assert engine.take() is None


def test_positions_can_be_asked_for_and_forgotten(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine, database = Engine(plan), Database()
    for key in ("web/a", "web/b", "webs/c"):
        engine.feed("web", (key, "1"), lines(0, 10), path="s3")
    assert (engine.position("web/a"), engine.positions("web/")) == ("1", [])
    commit(engine, database)
    assert engine.positions("web/") == [("web/a", "1"), ("web/b", "1")]
    engine.forget(["web/a", "never"])
    assert engine.position("web/a") is None
    engine.feed("web", ("web/b", "2"), b"")
    assert engine.position("web/b") == "2"
    snapshot = engine.take()
    assert snapshot is not None
    assert snapshot.feeds == 5
    engine.feed("web", None, lines(0, 10))
    assert snapshot.feeds == 5
    database.write(snapshot.changes())
    engine.commit(snapshot)
    commit(engine, database)
    left = {key: json for key, json in database.positions.items() if json is not None}
    assert left == {"web/b": "2", "webs/c": "1"}
    assert database.positions.keys() - left.keys() == {"web/a", "never"}
    tallies = {tally["path"]: tally["lines"] for tally in engine.stats()["committed"]}
    assert (tallies["s3"], tallies["web"]) == (30, 10)
    restored = Engine(plan)
    restored.restore(database.rows())
    assert restored.positions("") == [("web/b", "2"), ("webs/c", "1")]
    with pytest.raises(ValueError, match="not taken"):
        _ = Scanner(plan).take().feeds


def test_what_is_fed_begins_with_a_head(tmp_path: Path) -> None:
    metrics = '[[metric]]\nname = "requests_total"\nlabels = ["status"]\n'
    engine = Engine(configuration(tmp_path, metrics, "auto"))
    head = b"#Version: 1.0\n#Fields: date time cs-method sc-status\n"
    first, second = b"2026-11-21 10:00:00 GET 200\n", b"2026-11-21 10:00:01 GET 404\n"
    with pytest.raises(ValueError, match="not recognised"):
        engine.feed("web", ("a", "1"), second)
    engine.begin("web", head + first)
    engine.feed("web", ("a", "2"), second)
    engine.begin("web", b'{"status": 500, "uri": "/"}\n')
    engine.feed("web", ("b", "1"), b'{"status": 500, "uri": "/"}\n')
    with pytest.raises(ValueError, match="not recognised"):
        engine.begin("web", b"what is this\n")
    commit(engine, Database())
    exposed = engine.exposition().decode()
    assert 'requests_total{status="404"} 1' in exposed
    assert 'requests_total{status="500"} 1' in exposed


@pytest.mark.usefixtures("sample")
def test_formats_are_detected_file_by_file(tmp_path: Path) -> None:
    metrics = '[[metric]]\nname = "requests_total"\nlabels = ["status"]\n'
    engine = Engine(configuration(tmp_path, metrics, "auto"))
    append(tmp_path / "b.log", b'{"status": 200, "uri": "/"}\n{"status": 500, "uri": "/"}\n')
    append(tmp_path / "c.log", b"what is this\n")
    read(engine)
    commit(engine, Database())
    stats = engine.stats()
    formats = {Path(file["path"]).name: file["format"] for file in stats["files"]}
    assert formats["access.log"].startswith("combined")
    problems = json.dumps([stats["files"], stats["parked"], stats["sources"]])
    assert "not recognised" in problems
    assert 'requests_total{status="500"} 1' in engine.exposition().decode()
    with pytest.raises(ValueError, match="not recognised"):
        engine.feed("web", ("a", "1"), b"what is this\n")


def test_a_file_goes_on_in_another_format(tmp_path: Path) -> None:
    metrics = '[[metric]]\nname = "requests_total"\nlabels = ["status"]\n'
    engine = Engine(configuration(tmp_path, metrics, "auto"))
    log = tmp_path / "a.log"
    common = b'192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 10\n'
    other = b'{"status": 500, "uri": "/"}\n'
    append(log, common * 30)
    read(engine)
    append(log, other * 19)  # too few to tell, and a line that matches follows
    read(engine)
    append(log, common)
    read(engine)
    assert engine.changed_formats() == []
    append(log, other * 20)
    read(engine)
    append(log, other * 5)
    read(engine)
    [change] = engine.changed_formats()
    assert (change["source"], change["path"]) == ("web", str(log))
    assert change["before"].startswith("common (")
    assert change["format"].startswith("json (20 of")
    assert engine.changed_formats() == []
    [file] = engine.stats()["files"]
    assert file["format"] == change["format"]
    commit(engine, Database())
    exposed = engine.exposition().decode()
    assert 'requests_total{status="200"} 31' in exposed
    assert 'requests_total{status="500"} 5' in exposed


def test_a_hole_at_the_beginning_of_a_file_is_skipped(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine = Engine(plan)
    with (tmp_path / "a.log").open("wb") as file:
        file.seek(1 << 30)
        file.write(b"\n" + lines(0, 10))
    engine.poll(60)
    while engine.poll(0.2):
        pass
    commit(engine, Database())
    assert engine.exposition() == counted(plan, lines(0, 10))


def test_a_poll_waits_and_is_woken(tmp_path: Path) -> None:
    engine = Engine(configuration(tmp_path))
    assert engine.poll(0) == 0
    engine.wake()
    assert engine.poll(600) == 0
    waiting = threading.Thread(target=engine.poll, args=(600,))
    waiting.start()
    engine.wake()
    waiting.join(30)
    assert not waiting.is_alive()


@pytest.mark.parametrize("format", ["", "auto"])
def test_two_threads_count_the_same(tmp_path: Path, format: str) -> None:
    plan = configuration(tmp_path, METRICS.replace("size = 2", "size = 10"), format)
    record = '{{"status":{},"request_time":0.5,"path":"/page/{}"}}\n'
    json_lines = "".join(record.format(200 + n % 2, n % 9) for n in range(30_000)).encode()
    content = json_lines if format else lines(0, 100_000)
    append(tmp_path / "a.log", content)
    found = []
    for threads in (1, 2):
        engine = Engine(plan, threads=threads)
        while engine.poll(0, go_on_to_bytes=1 << 20):
            snapshot = engine.take()
            assert snapshot is not None
            engine.commit(snapshot)
        found.append((engine.exposition(), engine.stats()["committed"]))
    assert found[0] == found[1]
    assert sum(one.get("bytes", 0) for one in found[0][1]) == len(content)


def test_scrapes_and_takes_get_in_between_reading(tmp_path: Path) -> None:
    """However fast one thread polls, others have their turn, and nothing is counted twice."""
    engine, database = Engine(configuration(tmp_path)), Database()
    content = lines(0, 60_000)
    append(tmp_path / "a.log", content)
    done = threading.Event()

    def reading() -> None:
        read_bytes = 0
        while read_bytes < len(content):
            read_bytes += engine.poll(0.1)
        done.set()

    thread = threading.Thread(target=reading)
    thread.start()
    while not done.is_set():
        snapshot = engine.take()
        if snapshot is not None:
            database.write(snapshot.changes())
            engine.commit(snapshot)
        engine.exposition()
        engine.stats()
    thread.join()
    snapshot = engine.take()
    if snapshot is not None:
        engine.commit(snapshot)
    assert engine.exposition() == counted(configuration(tmp_path), content)


def test_an_engine_is_restored_once_and_first(tmp_path: Path) -> None:
    engine = Engine(configuration(tmp_path))
    rows = engine.everything()
    engine.restore(rows)
    with pytest.raises(RuntimeError, match="once"):
        engine.restore(rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"series": [(9, b"", b"")]}, "a metric that is not there"),
        ({"series": [(0, b"\x00", b"\x01\x00")]}, "metric `requests_total`: a series is damaged"),
        ({"series": [(0, b"\x00", b"\x07\x00")]}, "format version 7"),
        ({"files": [(1, "{}")]}, "a row is damaged"),
        ({"tallies": [("{}", "{}")]}, "a row is damaged"),
    ],
)
def test_damaged_rows_are_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    rows: Any = Engine(configuration(tmp_path)).everything()
    with pytest.raises(ValueError, match=message):
        Engine(configuration(tmp_path)).restore(rows | change)


def test_other_snapshots_have_no_rows_and_are_not_committed(tmp_path: Path) -> None:
    plan = configuration(tmp_path)
    engine, other = Engine(plan), Engine(plan)
    for counting in (engine, other):
        counting.feed("web", ("a", "1"), lines(0, 10))
    with pytest.raises(ValueError, match="not taken from an engine"):
        Scanner(plan).take().changes()
    engine.take()
    theirs = other.take()
    assert theirs is not None
    with pytest.raises(ValueError, match="not the one that was taken last"):
        engine.commit(theirs)
    with pytest.raises(ValueError, match="unknown format"):
        engine.exposition("graphite")


def refused(engine: Engine) -> bool:
    try:
        engine.poll(0)
    except RuntimeError as error:
        return "forked" in str(error)
    return False


def test_an_engine_does_not_work_after_a_fork(tmp_path: Path) -> None:
    engine = Engine(configuration(tmp_path))
    append(tmp_path / "a.log", lines(0, 10))
    child = multiprocessing.get_context("fork").Process(
        target=lambda: os._exit(0 if refused(engine) else 1)
    )
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert not refused(engine)
