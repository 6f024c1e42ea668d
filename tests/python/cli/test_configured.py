"""`logagent scan -c`: all metrics of a configuration, each file as lines of its source."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.python.process import assert_one_error, logagent

CONFIG = """
[[source]]
name = "first"
paths = ["a*.log"]
format = "$remote_addr $status $bytes"

[[source]]
name = "second"
paths = ["*.log"]
exclude = ["c.log"]
format = "$status $bytes $remote_addr"

[[metric]]
name = "requests_total"
labels = ["status"]

[[metric]]
name = "clients_total"
labels = ["remote_addr", "status"]
sums = ["bytes"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "a.log").write_text("h1 200 5\nh2 404 7\nbad\n")
    (tmp_path / "b.log").write_text("200 1 h1\n")
    (tmp_path / "c.log").write_text("500 1 h1\n")
    return tmp_path


def counted(folder: Path, *arguments: str) -> dict[str, dict[tuple[str, ...], int]]:
    process = logagent("scan", "-c", "config.toml", "-o", "json", *arguments, cwd=folder)
    assert process.returncode == 0, process.stderr
    return {
        metric["name"]: {
            tuple(series["labels"].values()): series["count"] for series in metric["series"]
        }
        for metric in json.loads(process.stdout)["metrics"]
    }


def test_every_source_reads_its_own_files_once(folder: Path) -> None:
    assert counted(folder) == {
        "requests_total": {("200",): 2, ("404",): 1},
        "clients_total": {("h1", "200"): 2, ("h2", "404"): 1},
    }


def test_files_are_of_the_first_source_or_the_named_one(folder: Path) -> None:
    assert counted(folder, "a.log")["requests_total"] == {("200",): 1, ("404",): 1}
    assert counted(folder, "--source", "second", "c.log")["requests_total"] == {("500",): 1}
    assert counted(folder, "--source", "second")["requests_total"] == {("200",): 1}


def test_table(folder: Path) -> None:
    process = logagent("scan", "-c", "config.toml", "--limit", "1", cwd=folder)
    assert process.stdout.decode().splitlines() == [
        "requests_total (counter)",
        "status  count",
        "200         2",
        "… 1 more series",
        "",
        "clients_total (counter)",
        "remote_addr  status  count  sum_bytes",
        "h1           200         2          6",
        "… 1 more series",
        "",
        "4 lines, 3 matched, 1 rejected · 31 B",
        "  1 short: ends before the format does",
    ]


def test_csv(folder: Path) -> None:
    process = logagent("scan", "-c", "config.toml", "-o", "csv", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(process.stdout.decode())))
    assert list(rows[0]) == ["metric", "status", "remote_addr", "count", "sum_bytes"]
    assert rows[0] == {
        "metric": "requests_total",
        "status": "200",
        "remote_addr": "",
        "count": "2",
        "sum_bytes": "",
    }
    assert len(rows) == 4


def test_rejects_of_one_source(folder: Path) -> None:
    process = logagent(
        "scan", "-c", "config.toml", "--source", "first", "--rejects", "r", cwd=folder
    )
    assert process.returncode == 0
    assert (folder / "r").read_bytes() == b"bad\n"


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (("--by", "status"), "--by and --config exclude each other", 2),
        (("--sum", "bytes"), "--sum and --config exclude each other", 2),
        (("--rejects", "r"), "--rejects is of one source", 2),
        (("--source", "third"), "there is no source `third`", 2),
        (("no.log",), "no.log: no such file", 1),
    ],
)
def test_errors(arguments: tuple[str, ...], says: str, code: int, folder: Path) -> None:
    process = logagent("scan", "-c", "config.toml", *arguments, cwd=folder)
    assert_one_error(process, says=says, code=code)


def test_a_configuration_with_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[source]]\nname = "a"\nformat = "common"\n')
    process = logagent("scan", "-c", "config.toml", cwd=tmp_path)
    assert_one_error(process, says="no source of the configuration names paths", code=2)
    (tmp_path / "config.toml").write_text("")
    process = logagent("scan", "-c", "config.toml", cwd=tmp_path)
    assert_one_error(process, says="the configuration has no [[source]]", code=2)


def test_all_problems_of_a_configuration_are_told(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG.replace("labels", "lables"))
    process = logagent("scan", "-c", "config.toml", cwd=folder)
    assert process.returncode == 78
    assert process.stderr.count(b"error: config.toml:") == 2
