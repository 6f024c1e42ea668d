"""Old logs, counted by the core, give their alerts."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logagent._core import Plan, Scan
from logagent.checkers import Noted, Panel
from logagent.checkers.replay import replay
from logagent.cli.reading import Reading
from logagent.cli.spool import FileSpool
from logagent.extensions import Group, declared
from tests.python.process import assert_one_error, logagent

T = 1_700_000_000
METRICS = """
[agent]
slot = "10s"

[[source]]
name = "proxy"
paths = ["access.log"]
format = "common"

[[metric]]
name = "requests"
labels = ["status_class", "section"]

[[metric]]
name = "sizes"
type = "quantiles"
value = "bytes"
labels = ["status_class"]
quantiles = [0.5]

[[metric]]
name = "size_buckets"
type = "histogram"
value = "bytes"
buckets = [10, 100, 1000]
"""


def line(second: int, status: int = 200, path: str = "/", size: int = 5) -> str:
    moment = datetime.fromtimestamp(T + second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'10.0.0.1 - - [{moment}] "GET {path} HTTP/1.1" {status} {size}\n'


def alerts(directory: Path, checker: str, lines: Iterable[str]) -> list[Noted]:
    path = directory / "access.log"
    path.write_text("".join(lines))
    plan = Plan.from_toml(f'{METRICS}\n[[checker]]\nname = "c"\n{checker}', origin="config.toml")
    found, problems = declared(plan.describe())
    assert problems == []
    panel = Panel(found[Group.CHECKERS], plan)
    snapshot = Scan(plan, [str(path)], slot_seconds=10).run()
    reading = Reading(
        threads=1,
        since_ns=None,
        until_ns=None,
        rejects=None,
        slot_seconds=10,
        mapped=True,
    )
    with FileSpool(panel, 10) as spool:
        assert spool.read(plan, 0, [str(path)], reading) == []
        noted = [*replay(panel, snapshot, 10, spool)]
    assert panel.failures == {}
    return noted


def told(noted: Iterable[Noted]) -> list[tuple[str, float, float | None]]:
    return [
        (one.finding.phase.value, one.finding.event_time - T, one.finding.observed) for one in noted
    ]


def test_a_share_of_labels(tmp_path: Path) -> None:
    checker = (
        'metric = "requests"\nmeasure = "share"\nlabels = { status_class = ["5xx"] }\n'
        'over = "20s"\nabove = 0.2\n'
    )
    lines = [line(n, 503 if 30 <= n < 45 and n % 2 else 200, f"/{n % 2}") for n in range(100)]
    noted = alerts(tmp_path, checker, lines)
    assert told(noted) == [("open", 30, 0.25), ("close", 50, 0.1)]
    assert noted[0].finding.evidence["moved"] == [
        {"label": "section", "value": "/1", "before": 0, "now": 5}
    ]


def test_a_quantile_of_sketches(tmp_path: Path) -> None:
    checker = (
        'metric = "sizes"\nmeasure = "quantile"\nquantile = 0.5\nover = "20s"\nabove = 100\n'
        'labels = { status_class = "2xx" }\n'
    )
    lines = [line(n, 200, size=1000 if 40 <= n < 70 else 10) for n in range(100)]
    lines += [line(n, 404, size=10**6) for n in range(100)]  # not meant
    opened, closed = alerts(tmp_path, checker, lines)
    assert (opened.finding.event_time, closed.finding.event_time) == (T + 50, T + 70)
    assert opened.finding.observed is not None
    assert abs(opened.finding.observed - 1000) <= 10  # the accuracy of the metric
    assert closed.finding.observed is not None
    assert abs(closed.finding.observed - 10) <= 0.1


def test_a_quantile_of_buckets(tmp_path: Path) -> None:
    checker = (
        'metric = "size_buckets"\nmeasure = "quantile"\nquantile = 0.5\nover = "10s"\nabove = 50\n'
    )
    lines = [line(n, size=500 if 40 <= n < 50 else 50) for n in range(100)]
    noted = alerts(tmp_path, checker, lines)
    # Half of ten values that all are between 10 and 100, or between 100 and 1000.
    assert told(noted)[:1] == [("open", 0, 55.0)]
    raised = alerts(tmp_path, checker.replace("50\n", "60\n"), lines)
    assert told(raised) == [("open", 40, 550.0), ("close", 50, 55.0)]


def test_absence_in_the_middle_and_not_behind_the_end(tmp_path: Path) -> None:
    checker = 'metric = "requests"\nmeasure = "absence"\nover = "30s"\n'
    lines = [line(n) for n in (*range(100), *range(200, 300))]
    assert told(alerts(tmp_path, checker, lines)) == [("open", 120, 0), ("close", 200, 100 / 10)]


def test_late_lines_and_lines_of_many_years(tmp_path: Path) -> None:
    checker = 'metric = "requests"\nover = "20s"\nabove = 1.0\n'
    lines = [line(n) for n in range(100)]
    lines += [line(5) * 30, line(-1_000_000_000) * 50, line(10**9) * 50]
    noted = alerts(tmp_path, checker, lines)
    assert [one.finding.event_time - T for one in noted] == [
        *(-1_000_000_000, -1_000_000_000 + 20),
        *(0, 20),
        *(10**9, 10**9 + 20),
    ]


def test_the_unmatched_share_counts_lines_with_those_before_them(tmp_path: Path) -> None:
    checker = 'measure = "unmatched"\nover = "20s"\nabove = 0.4\n'
    lines = [line(n) + ("what is this?\n" if 40 <= n < 60 else "") for n in range(100)]
    noted = alerts(tmp_path, checker, lines)
    assert told(noted) == [("open", 50, 0.5), ("close", 60, 10 / 30)]
    assert noted[0].finding.evidence["moved"] == [
        {"label": "source", "value": "proxy", "before": 0, "now": 20}
    ]


def test_files_in_any_order(tmp_path: Path) -> None:
    """A rotated file may be named behind the one that came after it."""
    for name, begin in (("access.log", 50), ("access.log.1", 0)):
        lines = [line(n) + ("no\n" if 40 <= n < 60 else "") for n in range(begin, begin + 50)]
        (tmp_path / name).write_text("".join(lines))
    config = tmp_path / "config.toml"
    config.write_text(
        f'{METRICS}\n[[checker]]\nname = "c"\nmeasure = "unmatched"\nabove = 0.3\nover = "20s"\n'
    )
    outcome = logagent(
        *("replay", "-c", "config.toml", "-o", "json", "access.log", "access.log.1"), cwd=tmp_path
    )
    assert outcome.returncode == 0, outcome.stderr
    found = json.loads(outcome.stdout)["findings"]
    assert [(one["phase"], one["observed"]) for one in found] == [
        ("open", pytest.approx(1 / 3)),
        ("close", 0.0),
    ]


def test_standard_input_cannot_be_read_twice(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'{METRICS}\n[[checker]]\nname = "c"\nmeasure = "unmatched"\nabove = 0.3\n')
    process = logagent("replay", "-c", config, "-", stdin=line(1).encode())
    assert_one_error(process, says="standard input cannot be: name a file", code=2)
