"""Alerts of the service as a process: killed in between, its receivers away, and real ones."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent, server
from tests.faults.far_receivers import alertmanager, hook
from tests.faults.scale import pick
from tests.python.process import logagent

CHECKERS = """
[[metric]]
name = "lines_total"
labels = ["status"]

[[checker]]
name = "busy"
metric = "lines_total"
over = "3s"
above = 10.0
lateness = "1s"

[[receiver]]
name = "people"
type = "{type}"
url = "http://127.0.0.1:{port}"
"""


def start(make_agent: StartAgent, log: Path, receiver: str, port: int) -> Agent:
    agent = make_agent(
        [log], settings='slot = "1s"', metrics=CHECKERS.format(type=receiver, port=port)
    )
    agent.start()
    return agent


def line_at(unix_seconds: float) -> str:
    moment = datetime.fromtimestamp(unix_seconds, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'192.0.2.1 [{moment}] "GET / HTTP/1.1" 200 1 1\n'


def write(log: Path, count: int) -> None:
    """Lines of this second, at once."""
    with log.open("a") as file:
        file.write(line_at(time.time()) * count)


def write_for(log: Path, seconds: float, per_second: int) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        write(log, per_second // 10)
        time.sleep(0.1)


@pytest.fixture(scope="session")
def manager(root: None) -> str:  # noqa: ARG001 - it needs a mount
    """Its path."""
    return server("prometheus-alertmanager")


def test_killed_again_and_again_each_alert_comes_once(make_agent: StartAgent, log: Path) -> None:
    with hook() as taken:
        taken.status = 503
        log.touch()
        agent = start(make_agent, log, "webhook", taken.port)
        for _ in range(3):
            write_for(log, 1.0, 40)
            agent.kill()
            agent.start()

        def is_told_in_vain() -> bool:
            write(log, 3)
            refused = any("answered 503" in one for one in problems(agent))
            return refused and firing(agent) == ["busy"]

        agent.wait_until(is_told_in_vain, "nobody was told", seconds=30)
        agent.kill()
        taken.status = 200
        agent.start()
        # No line comes any more, and what comes to an end by that is told.
        agent.wait_until(lambda: taken.phases("busy")[-1:] == ["close"], "no recovery")
        agent.wait_until(lambda: events(agent) == taken.keys(), "not logged what was told")
        assert firing(agent) == []
        agent.stop()
    # While it was down there may have been a gap; the log itself says what alerts there were.
    outcome = logagent("replay", "-c", agent.config, "-o", "json", str(log))
    assert [finding["key"] for finding in json.loads(outcome.stdout)["findings"]] == taken.keys()


HIGH_TRAFFIC = """
[[metric]]
name = "lines_total"

[[checker]]
name = "high-traffic"
metric = "lines_total"
over = "2m"
above = 10.0
"""
# Lines of a second, and for how long; at the end exactly at the threshold.
TRAFFIC = ((12, 120), (5, 180), (10, 240))
_PART_SECONDS = 10


def test_two_minutes_of_high_traffic_fire_once_and_recover_once(
    make_agent: StartAgent, log: Path
) -> None:
    """HttpMonitor's acceptance; in the short form the log is written in a fraction of its time."""
    agent = make_agent([log], settings='slot = "1s"', metrics=HIGH_TRAFFIC)
    log.touch()
    agent.start()
    part_takes = pick(0, _PART_SECONDS)
    begun = int(time.time()) - pick(sum(seconds for _, seconds in TRAFFIC) + 60, 0)
    second = begun
    for per_second, seconds in TRAFFIC:
        for _ in range(seconds // _PART_SECONDS):
            time.sleep(part_takes)
            part = range(second, second + _PART_SECONDS)
            with log.open("a") as file:
                file.writelines(line_at(moment) * per_second for moment in part)
            second = part.stop
        if per_second == 12:
            agent.wait_until(lambda: firing(agent) == ["high-traffic"], "it does not fire")
            assert agent.scrape().sum("logagent_alert_firing") == 1
    agent.wait_until(lambda: len(events(agent)) == 2, "no recovery")
    lines = sum(per_second * seconds for per_second, seconds in TRAFFIC)
    agent.wait_until(lambda: agent.scrape().sum("lines_total") == lines, "not all is counted")
    assert firing(agent) == []
    agent.stop()
    # By hand: 12 x 101 is the first sum above 1,200, and 12 x 85 + 5 x 35 the first that is not.
    expected = [("open", 100, 12 * 101 / 120), ("close", 154, (12 * 85 + 5 * 35) / 120)]
    outcome = logagent("replay", "-c", agent.config, "-o", "json", str(log))
    replayed = json.loads(outcome.stdout)["findings"]
    agent.start()
    logged = json.loads(agent.ask("/api/v1/events?stream=alerts")[1])["events"]
    for found in (replayed, [event["body"] for event in logged]):
        assert [
            (one["phase"], datetime.fromisoformat(one["event_time"]).timestamp() - begun)
            for one in found
        ] == [(phase, second) for phase, second, _ in expected]
        assert [one["observed"] for one in found] == pytest.approx(
            [value for *_, value in expected]
        )
    url = f"http://127.0.0.1:{agent.port}"
    told = logagent("events", "--url", url, "--stream", "alerts").stdout.decode()
    assert "  firing: rate of lines_total is 10.1/s over 2m, above 10/s\n" in told
    assert "  recovered: rate of lines_total is 9.958/s over 2m, no longer above 10/s\n" in told
    agent.stop()


def test_a_real_alertmanager_has_the_alert_and_its_end(
    make_agent: StartAgent, log: Path, tmp_path: Path, manager: str
) -> None:
    with alertmanager(manager, tmp_path / "manager") as real:
        log.touch()
        agent = start(make_agent, log, "alertmanager", real.port)
        agent.wait_until(real.is_ready, "no Alertmanager")

        def is_told() -> bool:
            write(log, 3)
            return len(real.alerts()) > 0

        agent.wait_until(is_told, "no alert")
        (alert,) = real.alerts()
        assert alert["labels"]["alertname"] == "busy"
        assert alert["labels"]["severity"] == "warning"
        assert alert["annotations"]["summary"].startswith("rate of lines_total is ")
        assert firing(agent) == ["busy"]
        agent.wait_until(lambda: real.alerts() == [], "it did not end")
        assert firing(agent) == []
        agent.stop()


def firing(agent: Agent) -> list[str]:
    status, body = agent.ask("/api/v1/alerts")[:2]
    assert status == 200
    return [one["checker"] for one in json.loads(body)["firing"]]


def problems(agent: Agent) -> list[str]:
    return [str(one["message"]) for one in agent.status()["problems"]]


def events(agent: Agent) -> list[str]:
    """The keys that the event log has."""
    body = agent.ask("/api/v1/events?stream=alerts")[1]
    return [event["key"] for event in json.loads(body)["events"]]
