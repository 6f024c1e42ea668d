"""Learnt groups of paths over kills: names stay, no count falls, and none is lost."""

import random
import time
from pathlib import Path

from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent
from tests.faults.scale import pick

GROUPS = """
[categories.page]
on = "path"
mined = true
limit = 20
default = "other"
[[metric]]
name = "requests_total"
labels = ["page"]
"""
LINES = 1500


def _requests(first: int) -> bytes:
    """Requests of a site that has a new part every now and then."""
    part = first // LINES

    def path(number: int) -> str:
        choices = [f"/part{part // 2}/{number}/view", f"/orders/{number}", "/", f"/{number:x}.php"]
        return choices[min(number % 20 // 6, 3)]

    text = '192.0.2.1 [10/Oct/2026:13:55:36 +0000] "GET {} HTTP/1.1" 200 1 1\n'
    return "".join(text.format(path(first + n)) for n in range(LINES)).encode()


def _pages(agent: Agent) -> dict[str, float]:
    return {
        dict(labels)["page"]: float(n)
        for labels, n in agent.scrape().family("requests_total").items()
    }


def test_names_stay_over_kills(make_agent: StartAgent, log: Path, choose: random.Random) -> None:
    agent = make_agent([log], metrics=GROUPS)
    written, groups = 0, list[str]()
    before: dict[str, float] = {}
    for _ in range(pick(8, 80)):
        with log.open("ab") as file:
            file.write(_requests(written))
        written += LINES
        agent.start()
        now = _pages(agent)
        assert all(now.get(page, 0) >= count for page, count in before.items()), (before, now)
        time.sleep(0.3 * choose.random())
        before = _pages(agent)
        found = agent.status()["groups"]["page"]
        assert found[: len(groups)] == groups
        groups = found
        agent.kill()
    agent.start()
    agent.wait_until(lambda: sum(_pages(agent).values()) == written, "lines are missing")
    assert {"/", "/orders/<num>"} < set(groups)
    assert len(groups) <= 20
    agent.stop()
