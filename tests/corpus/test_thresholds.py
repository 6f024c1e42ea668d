"""Two-minute alerts and recoveries at their exact instants: live, and out of an old log."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.python.checkers.feeding import instants, made, requests
from tests.python.process import logagent

if TYPE_CHECKING:
    from logagent.checkers import Finding

NAMES = {"open": "alert", "close": "recovered"}
CHECKER = """
metric = "requests"
over = "{window_s}s"
above = {threshold}
lateness = "2s"
"""


def cases(shared: Path) -> list[dict[str, Any]]:
    text = (shared / "cases" / "threshold.jsonl").read_text()
    found = [json.loads(line) for line in text.splitlines()]
    assert found
    return found


def test_alerts_come_and_go_at_the_instants_of_the_cases(shared: Path) -> None:
    for case in cases(shared):
        checker = made(CHECKER.format(**case), slot=f"{case['tick_s']}s")
        found: list[Finding] = []
        newest = 0
        for second, hits in case["hits"]:
            if hits:
                found += checker.slots(requests((second, hits)))
            newest = max(newest, second)
            found += checker.heartbeat(newest, 0)
        found += checker.heartbeat(case["end"] + 3, 0)
        told = [[NAMES[phase], instant] for phase, instant in instants(found)]
        assert told == case["expect"], case["name"]


CONFIGURATION = """
[agent]
slot = "{tick_s}s"

[[source]]
name = "proxy"
paths = ["access.log"]
format = "common"

[[metric]]
name = "requests"
labels = ["method"]

[[checker]]
name = "busy"
metric = "requests"
over = "{window_s}s"
above = {threshold}
"""


def test_an_old_log_gives_the_same_alerts(shared: Path, tmp_path: Path) -> None:
    for case in cases(shared):
        (tmp_path / "config.toml").write_text(CONFIGURATION.format(**case))
        (tmp_path / "access.log").write_text("".join(lines(case["hits"])))
        outcome = logagent("replay", "-c", "config.toml", "-o", "json", cwd=tmp_path)
        assert outcome.returncode == 0, outcome.stderr
        found = json.loads(outcome.stdout)["findings"]
        told = [
            [NAMES[one["phase"]], datetime.fromisoformat(one["event_time"]).timestamp()]
            for one in found
        ]
        assert told == case["expect"], case["name"]


def lines(hits: Sequence[tuple[int, int]]) -> Iterator[str]:
    for second, count in hits:
        moment = datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        yield f'10.0.0.1 - - [{moment}] "GET / HTTP/1.1" 200 5\n' * count
