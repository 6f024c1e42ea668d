from pathlib import Path

import pytest

from logagent._core import Plan
from logagent.preview import compare

LINE = '192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET {path} HTTP/1.1" {status} 10\n'
OLD = """
[[source]]
name = "proxy"
paths = ["{logs}/*.log*"]
exclude = ["{logs}/debug.log"]
format = "common"

[[metric]]
name = "requests_total"
labels = ["status"]
"""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    lines = [LINE.format(path="/a", status=200) for _ in range(8)]
    lines += [LINE.format(path="/b", status=404) for _ in range(2)]
    (tmp_path / "access.log").write_text("".join(lines) + "unfinished")
    (tmp_path / "debug.log").write_text(LINE.format(path="/c", status=500) * 100)
    (tmp_path / "access.log.1.gz").write_bytes(b"\x1f\x8b no")
    return tmp_path


def plan(logs: Path, text: str = OLD) -> Plan:
    return Plan.from_toml(text.replace("{logs}", str(logs)), origin="config.toml")


def test_equal_plans_differ_in_nothing(logs: Path) -> None:
    found = compare(plan(logs), plan(logs), 1000)
    assert found.differences == []
    assert found.lines == {"proxy": 10}
    assert found.same > 0


def test_series_that_differ(logs: Path) -> None:
    new = OLD + "when = 'status < 400'\n"
    found = compare(plan(logs), plan(logs, new), 1000)
    assert [tuple(one) for one in found.differences] == [
        ("proxy", "requests_total", {"status": "404"}, "count", 2, None)
    ]


def test_only_the_last_lines_are_counted(logs: Path) -> None:
    new = OLD.replace("requests_total", "answers_total")
    found = compare(plan(logs), plan(logs, new), 3)
    assert found.lines == {"proxy": 3}
    counts = {(one.metric, one.labels["status"]): (one.old, one.new) for one in found.differences}
    assert counts == {
        ("requests_total", "404"): (2, None),
        ("requests_total", "200"): (1, None),
        ("answers_total", "404"): (None, 2),
        ("answers_total", "200"): (None, 1),
    }


def test_lines_of_older_files_come_when_the_newest_has_too_few(logs: Path) -> None:
    older = logs / "access.log.1"
    older.write_text(LINE.format(path="/old", status=503) * 50)
    import os

    os.utime(older, (1, 1))
    found = compare(plan(logs), plan(logs, OLD.replace("requests", "answers")), 15)
    assert found.lines == {"proxy": 15}
    assert {one.labels["status"] for one in found.differences} == {"200", "404", "503"}


def test_sources_that_are_new_or_dropped(logs: Path) -> None:
    new = OLD.replace('"proxy"', '"other"')
    found = compare(plan(logs), plan(logs, new), 1000)
    assert found.lines == {"other": 10, "proxy": 10}
    assert all(one.old is None for one in found.differences if one.source == "other")
    assert all(one.new is None for one in found.differences if one.source == "proxy")


def test_a_format_that_stops_matching_shows_in_the_rejects(logs: Path) -> None:
    found = compare(plan(logs), plan(logs, OLD.replace('"common"', '"combined"')), 1000)
    lines = {one.column: (one.old, one.new) for one in found.differences if one.metric == "(lines)"}
    assert lines["matched"] == (10, 0)
    assert any(column.startswith("rejected: ") and new == 10 for column, (_, new) in lines.items())
