"""Two-minute alerts and recoveries at their exact instants: live, and out of an old log."""

import json
from pathlib import Path
from typing import Any

from logagent.checkers import Finding
from tests.python.checkers.feeding import instants, made, requests

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
