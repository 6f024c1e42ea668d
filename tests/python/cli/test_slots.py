"""`logagent scan --slot`: what was counted when, in every output."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.python.process import assert_one_error, logagent

FORMAT = "regex:^(?P<time>[^ ]+) (?P<status>[^ ]+) (?P<bytes>[^ ]+)$"
LOG = """\
2026-11-21T10:00:00Z 200 5
2026-11-21T10:00:59.999Z 404 7
2026-11-21T10:01:00Z 200 1
- 200 1000
2026-11-21T10:03:30Z 200 2
2026-11-21T10:00:30Z 200 10
"""
CONFIG = f"""
[[source]]
name = "proxy"
paths = ["a.log"]
format = '{FORMAT}'

[[metric]]
name = "lines_total"
labels = ["status"]

[[metric]]
name = "size_bytes"
type = "histogram"
value = "bytes"
buckets = [5, 8]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "a.log").write_text(LOG)
    return tmp_path


def scan(folder: Path, *arguments: str, code: int = 0) -> str:
    process = logagent("scan", "--slot", "1m", *arguments, "a.log", cwd=folder)
    assert process.returncode == code, process.stderr
    assert "note: 1 lines have no readable time" in process.stderr.decode()
    return process.stdout.decode()


def test_groups_by_slot(folder: Path) -> None:
    asked = ("--format", FORMAT, "--by", "status", "--sum", "bytes")
    assert json.loads(scan(folder, *asked, "-o", "json"))["groups"] == [
        {"slot": "2026-11-21T10:00:00Z", "status": "200", "count": 2, "sum_bytes": 15},
        {"slot": "2026-11-21T10:00:00Z", "status": "404", "count": 1, "sum_bytes": 7},
        {"slot": "2026-11-21T10:01:00Z", "status": "200", "count": 1, "sum_bytes": 1},
        {"slot": "2026-11-21T10:03:00Z", "status": "200", "count": 1, "sum_bytes": 2},
    ]
    rows = list(csv.reader(io.StringIO(scan(folder, *asked, "-o", "csv"))))
    assert rows[:2] == [
        ["slot", "status", "count", "sum_bytes"],
        ["2026-11-21T10:00:00Z", "200", "2", "15"],
    ]
    table = scan(folder, *asked).splitlines()
    assert table[0].split()[:3] == ["slot", "status", "count"]
    assert table[1].split()[:3] == ["2026-11-21T10:00:00Z", "200", "2"]


def test_metrics_of_a_configuration_by_slot(folder: Path) -> None:
    lines, sizes = json.loads(scan(folder, "-c", "config.toml", "-o", "json"))["metrics"]
    assert lines["series"][0] == {
        "slot": "2026-11-21T10:00:00Z",
        "labels": {"status": "200"},
        "count": 2,
    }
    assert sizes["series"][0] == {
        "slot": "2026-11-21T10:00:00Z",
        "labels": {},
        "count": 3,
        "value": 22,
        "bucket_5.0": 1,
        "bucket_8.0": 2,
    }
    rows = list(csv.DictReader(io.StringIO(scan(folder, "-c", "config.toml", "-o", "csv"))))
    assert [(row["metric"], row["slot"][11:16], row["count"]) for row in rows] == [
        ("lines_total", "10:00", "2"),
        ("lines_total", "10:00", "1"),
        ("lines_total", "10:01", "1"),
        ("lines_total", "10:03", "1"),
        ("size_bytes", "10:00", "3"),
        ("size_bytes", "10:01", "1"),
        ("size_bytes", "10:03", "1"),
    ]
    table = scan(folder, "-c", "config.toml").splitlines()
    assert table[1].split() == ["slot", "status", "count"]


def test_points_of_influxdb(folder: Path) -> None:
    start = 1795255200
    assert scan(folder, "-c", "config.toml", "-o", "influx").splitlines() == [
        f"lines_total,status=200 count=2i {start}000000000",
        f"lines_total,status=404 count=1i {start}000000000",
        f"lines_total,status=200 count=1i {start + 60}000000000",
        f"lines_total,status=200 count=1i {start + 180}000000000",
        f"size_bytes count=3i,value=22,le_5=1i,le_8=2i {start}000000000",
        f"size_bytes count=1i,value=1,le_5=1i,le_8=1i {start + 60}000000000",
        f"size_bytes count=1i,value=2,le_5=1i,le_8=1i {start + 180}000000000",
    ]


def test_history_for_prometheus(folder: Path) -> None:
    text = scan(folder, "-c", "config.toml", "-o", "openmetrics")
    start = 1795255200
    assert [line for line in text.splitlines() if line.startswith("lines_total")] == [
        f'lines_total{{status="200"}} {value} {start + 60 * minute}'
        for minute, value in enumerate((0, 2, 3, 3, 4))
    ] + [
        f'lines_total{{status="404"}} {value} {start + 60 * minute}'
        for minute, value in enumerate((0, 1, 1, 1, 1))
    ]
    assert f'size_bytes_bucket{{le="8.0"}} 4 {start + 240}\n' in text
    assert f"size_bytes_sum 25 {start + 240}\n" in text
    assert text.endswith("# EOF\n")


def test_any_number_of_threads_gives_the_same(folder: Path) -> None:
    lines = [
        f"2026-11-{1 + i // 40_000:02}T10:{i % 60:02}:00Z {200 + i % 3} 1\n" for i in range(80_000)
    ]
    (folder / "a.log").write_text("".join(lines) + "- 200 1\n")
    outputs = {
        scan(folder, "-c", "config.toml", "-o", "influx", "-j", threads)
        for threads in ("1", "2", "3")
    }
    assert len(outputs) == 1
    counts = [int(line.split("count=")[1].split("i")[0]) for line in outputs.pop().splitlines()]
    assert sum(counts) == 2 * 80_000


def test_quiet_series_end_and_come_back(folder: Path) -> None:
    (folder / "a.log").write_text("0 200 1\n1000000 200 1\n1000600 404 1\n- 200 1\n")
    text = scan(folder, "-c", "config.toml", "-o", "openmetrics")
    own = [
        line.split()[1:]
        for line in text.splitlines()
        if line.startswith('lines_total{status="200"')
    ]
    start = 1000000 // 60 * 60
    ends = [[str(1), str(60 * slot)] for slot in range(1, 62)]
    after = [[str(2), str(at)] for at in range(start + 60, 1000600 // 60 * 60 + 61, 60)]
    assert own == [["0", "0"], *ends, ["1", str(start)], *after]


def test_extreme_instants_are_slots_or_none(folder: Path) -> None:
    stamps = [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1677-09-21T00:12:44Z",
        "2262-04-11T00:00:00Z",
    ]
    (folder / "a.log").write_text("".join(f"{stamp} 200 1\n" for stamp in stamps[1:]))
    groups = json.loads(scan(folder, "-c", "config.toml", "-o", "json"))["metrics"][0]["series"]
    assert [group["slot"] for group in groups] == ["1677-09-21T00:12:00Z", "2262-04-11T00:00:00Z"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--slot", "1m", "-o", "prometheus"), "-o openmetrics"),
        (("-o", "influx"), "--slot"),
        (("--slot", "1m", "--by", "slot"), "`slot` is the name of a column"),
    ],
)
def test_what_does_not_go_together(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    process = logagent("scan", "--format", FORMAT, *arguments, "a.log", cwd=folder)
    assert process.returncode == 2
    assert says in process.stderr.decode()


@pytest.mark.parametrize("slot", ["0s", "1500ms", "2d", "a minute"])
def test_widths_that_are_none(folder: Path, slot: str) -> None:
    process = logagent("scan", "--slot", slot, "--format", FORMAT, "a.log", cwd=folder)
    assert_one_error(process, says="--slot", code=2)


def test_a_format_without_time_is_refused(folder: Path) -> None:
    process = logagent("scan", "--slot", "1m", "--format", "$status $bytes", "a.log", cwd=folder)
    assert process.returncode != 0
    assert "no field `time`" in process.stderr.decode()
