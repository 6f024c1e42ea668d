"""Patterns that are learnt while the service is killed, and models that are edited under load."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logagent._core import Mine, Model
from tests.faults.agent import ASK_SECONDS, METRICS, Agent
from tests.faults.monotone import watching
from tests.faults.scale import pick

PATTERNS = """
[[source]]
name = "app"
paths = [{path}]
format = "raw"

[patterns.app]
learning = "0s"
learning_lines = 300
top = 30
"""
FIRST_LINES = 400
RATE = 5_000  # lines per second
LINES = "logagent_template_lines_total"


def line(number: int) -> str:
    """One of six patterns behind a header."""
    user = ["alice", "bob", "carol", "dave"][number % 4]
    text = [
        f"session {number} of user {user} opened",
        f"cannot read /var/lib/{user}/{number}: no such file",
        f"request {number:08x} took {number % 977} ms",
        f"worker {number % 7} restarted after {number} jobs",
        f"connection from 192.0.2.{number % 250}:{number % 60000} closed",
        f"cache miss for key={user} size={number}",
    ][number % 6]
    return f"2026-10-10 13:{number // 60 % 60:02}:{number % 60:02} INFO {text}\n"


class Appender(threading.Thread):
    """Appends lines until it is stopped."""

    def __init__(self, log: Path) -> None:
        super().__init__(daemon=True)
        self.log = log
        self.written = FIRST_LINES
        self.stopping = threading.Event()
        log.write_text("".join(map(line, range(FIRST_LINES))))

    def run(self) -> None:
        batch = RATE // 50
        with self.log.open("a") as file:
            while not self.stopping.wait(1 / 50):
                file.write("".join(map(line, range(self.written, self.written + batch))))
                file.flush()
                self.written += batch

    def stop(self) -> int:
        """The lines that were written."""
        self.stopping.set()
        self.join()
        return self.written


@contextmanager
def appending(log: Path) -> Iterator[Appender]:
    """Meanwhile."""
    appender = Appender(log)
    appender.start()
    try:
        yield appender
    finally:
        appender.stop()


@pytest.fixture
def app_log(agent: Agent, logs: Path) -> Path:
    """Its lines go to the model `app`; they have no field of the metrics."""
    path = logs / "app.log"
    agent.metrics = METRICS + PATTERNS.format(path=json.dumps(str(path)))
    agent.configure()
    return path


def ids(agent: Agent) -> set[str]:
    status, body = agent.ask("/api/v1/models/app")
    assert status == 200, body
    return {template["id"] for template in json.loads(body)["templates"]}


def learnt_at_once(log: Path) -> set[str]:
    """The ids of another process that reads all of the log."""
    model = Model()
    Mine(model, [str(log)]).run()
    return {template["id"] for template in model.templates()}


def test_kills_while_patterns_are_learnt(
    agent: Agent, app_log: Path, choose: random.Random
) -> None:
    """Each line is counted once, under the ids that one who was never killed has."""
    new = "2026-10-10 14:00:00 ERROR disk sda1 is full, giving up\n"
    with appending(app_log) as appender:
        agent.start()
        agent.wait_until(lambda: agent.scrape().sum(LINES) > FIRST_LINES, "nothing is counted")
        with watching(agent):
            for _ in range(pick(8, 100)):
                agent.kill()
                agent.start(ready=False)
                time.sleep(choose.choice([0.5, 1, 2]) * choose.random())
            agent.kill()
            agent.start()
        total = appender.stop()
    with app_log.open("a") as file:
        file.write(new)
    agent.wait_until(
        lambda: agent.scrape().sum(LINES) == total + 1,
        lambda: f"counted {agent.scrape().sum(LINES)} of {total + 1}",
    )
    agent.kill()
    agent.start()
    assert agent.scrape().sum(LINES) == total + 1
    assert ids(agent) == learnt_at_once(app_log)
    status, body = agent.ask("/api/v1/events?stream=findings")
    assert status == 200
    [event] = json.loads(body)["events"]
    assert event["body"]["line"] == new.strip()


def test_models_that_are_edited_under_load(
    agent: Agent, app_log: Path, choose: random.Random
) -> None:
    """No line is lost, and each is counted under the old or the new model, or beside both."""
    with appending(app_log) as appender:
        agent.start()
        agent.wait_until(lambda: agent.scrape().sum(LINES) > FIRST_LINES, "nothing is counted")
        status, whole = agent.ask("/api/v1/models/app")
        assert status == 200
        cut = json.loads(whole)
        cut["shapes"] = [shape for shape in cut["shapes"] if "worker" not in shape["tokens"]]
        bodies = [whole, json.dumps(cut).encode(), None]
        with watching(agent):
            for number in range(pick(20, 300)):
                body = bodies[number % len(bodies)]
                status, answer = edit(agent, body)
                assert status == 200, answer
                assert json.loads(answer)["version"] == number + 1
                time.sleep(0.1 * choose.random())
        total = appender.stop()
    agent.wait_until(
        lambda: agent.scrape().sum(LINES) == total,
        lambda: f"counted {agent.scrape().sum(LINES)} of {total}",
    )
    found = agent.scrape().family(LINES)
    agent.kill()
    agent.start()
    assert agent.scrape().family(LINES) == found


def edit(agent: Agent, body: bytes | None) -> tuple[int, bytes]:
    """Puts a model in the place of the one in use, or takes it away."""
    connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=ASK_SECONDS)
    method = "DELETE" if body is None else "PUT"
    headers = {"Content-Type": "application/json"}
    connection.request(method, "/api/v1/models/app", body=body, headers=headers)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()
