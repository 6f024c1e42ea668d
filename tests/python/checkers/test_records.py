"""Checkers over records: the package of docs/checkers.md, from outside and inside."""

import json
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from logagent._core import Engine, Plan
from logagent.alerting import Alerts
from logagent.checkers import Checker, Finding, Phase, Records, RecordWish
from logagent.checkers.records import batches
from logagent.extensions import Declared
from logagent.tap import Tap
from tests.python.alerting.fakes import database
from tests.python.checkers.packaged import install, table
from tests.python.daemon.running import Running, running
from tests.python.process import logagent
from tests.python.waiting import wait_until

T = int(time.time()) - 5000
"""Old enough for what is long ago, and new enough for a clock that goes on in between."""
LATELY = 4980
CONFIG = """
[agent]
listen = "127.0.0.1:0"
state_dir = "state"
commit_interval = "100ms"
slot = "1s"

[[source]]
name = "proxy"
paths = ["access.log"]
format = "common"

[[metric]]
name = "requests_total"
"""
FAILURES = 3
LOGIN: dict[str, object] = {"path": "/login", "failures": FAILURES}


def line(second: float, client: str, status: int, *, method: str = "POST") -> str:
    moment = datetime.fromtimestamp(T + second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{client} - - [{moment}] "{method} /login HTTP/1.1" {status} 5\n'


def guess(begin: float, client: str, failures: int = 3) -> list[str]:
    """So many failures, then a login; beside it the same by GET, which do not count."""
    tries = [line(begin + n, client, 401) for n in range(failures)]
    others = [line(begin + n, client, 401, method="GET") for n in range(failures)]
    return [*others, *tries, line(begin + failures, client, 200)]


def append(folder: Path, lines: Sequence[str]) -> None:
    with (folder / "access.log").open("a") as file:
        file.writelines(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with the checker, its package, and an empty log."""
    config = CONFIG.replace('"state"', f'"{tmp_path / "state"}"')
    config = config.replace('"access.log"', f'"{tmp_path / "access.log"}"')
    (tmp_path / "config.toml").write_text(config + table("guessing"))
    (tmp_path / "access.log").touch()
    return tmp_path


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    return install(folder, "guessing")


def ask(service: Running, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and answer of a request about the checker."""
    request = Request(  # noqa: S310 - its own address
        f"{service.address}/api/v1/checkers{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except OSError as error:
        return error.code, json.load(error)  # type: ignore[attr-defined, arg-type]


def told(service: Running) -> list[str]:
    """What the agent noted of itself."""
    events = json.loads(service.ask("/api/v1/events?stream=agent&limit=1000")[1])["events"]
    return [one["body"]["kind"] for one in events]


def findings(service: Running) -> list[str]:
    """What was found, as the event log has it."""
    found: list[str] = []
    path: str | None = "/api/v1/events?stream=findings&limit=1000"
    while path is not None:
        page = json.loads(service.ask(path)[1])
        found += [one["body"]["key"] for one in page["events"]]
        path = page["next"]
    return found


def test_a_kill_in_the_middle_of_a_sequence(folder: Path, environment: dict[str, str]) -> None:
    config, tries = folder / "config.toml", guess(LATELY, "192.0.2.1")
    with running(config, environment=environment) as service:
        assert ask(service, "POST", "/guessed/model/login", LOGIN)[0] == 201
        append(folder, tries[:-2])
        service.wait_for("requests_total", len(tries) - 2)
        service.process.kill()
    append(folder, tries[-2:])
    with running(config, environment=environment) as service:
        wait_until(lambda: len(findings(service)) == 2)
        assert ask(service, "GET", "/guessed/model") == (200, {"login": LOGIN})
        # Too few, and too long ago.
        append(folder, guess(LATELY, "192.0.2.2", 2))
        append(folder, [line(0, "192.0.2.3", 401)] * 3)
        append(folder, [line(LATELY, "192.0.2.3", 200)])
        append(folder, guess(LATELY, "192.0.2.4"))
        wait_until(lambda: len(findings(service)) == 4)
        keys = findings(service)
    names = ["login 192.0.2.1", "login 192.0.2.4"]
    assert [key.split("/")[1].rsplit(" ", 1)[0] for key in keys] == [
        name for name in names for _ in range(2)
    ]


def test_edits_over_http(folder: Path, environment: dict[str, str]) -> None:
    other = '\n[[checker]]\nname = "busy"\nmetric = "requests_total"\nabove = 10.0\n'
    config = folder / "config.toml"
    config.write_text(config.read_text() + other)
    with running(config, environment=environment) as service:
        listed = ask(service, "GET", "")[1]["checkers"]
        assert listed == [
            {"name": name, "open": 0, "failure": None} for name in ("guessed", "busy")
        ]
        for method, path, body, status in (
            ("PUT", "/guessed/model/login", LOGIN, 404),
            ("POST", "/guessed/model/login", LOGIN, 201),
            ("POST", "/guessed/model/login", LOGIN, 409),
            ("PUT", "/guessed/model/login", {**LOGIN, "failures": 5}, 200),
            ("PUT", "/guessed/model/login", {"path": "/x"}, 400),
            ("PUT", "/guessed/model/a%0d%0ab", LOGIN, 400),
            ("DELETE", "/guessed/model/other", None, 404),
            ("POST", "/busy/model/login", LOGIN, 405),
            ("POST", "/nobody/model/login", LOGIN, 404),
        ):
            found, answer = ask(service, method, path, body)
            assert found == status, (method, path, answer)
        assert ask(service, "GET", "/guessed/model")[1]["login"]["failures"] == 5
        assert ask(service, "GET", "/nobody/model")[0] == 404
        assert ask(service, "DELETE", "/guessed/model/login")[0] == 200
        assert ask(service, "GET", "/guessed/model")[1] == {}
        wait_until(lambda: told(service).count("checker") == 3)


def test_cron_replay_and_the_service_find_the_same(
    folder: Path, environment: dict[str, str]
) -> None:
    """The model has to be there: the default of the example is none, so one is written into it."""
    code = folder / "guessing.py"
    code.write_text(
        code.read_text().replace("self.rules = {}", f'self.rules = {{"login": {LOGIN}}}')
    )
    lines = [one for n in range(20) for one in guess(4700 + 10 * n, f"192.0.2.{n}", n % 5)]
    for begin in range(0, len(lines), 17):
        append(folder, lines[begin : begin + 17])
        outcome = logagent(
            *("scan", "--incremental", "-c", "config.toml"), cwd=folder, env=environment
        )
        assert outcome.returncode == 0, outcome.stderr
    with sqlite3.connect(folder / "state" / "events" / "events.sqlite") as connection:
        rows = connection.execute("SELECT line FROM events ORDER BY sequence").fetchall()
    connection.close()
    by_cron = [json.loads(line)["body"]["key"] for (line,) in rows]
    outcome = logagent(
        *("replay", "-c", "config.toml", "-o", "json", "access.log"), cwd=folder, env=environment
    )
    assert outcome.returncode == 0, outcome.stderr
    replayed = [one["key"] for one in json.loads(outcome.stdout)["findings"]]
    assert len(replayed) == 2 * 8  # of 3 or 4 failures
    assert sorted(by_cron) == sorted(replayed)


class Remembering(Checker):
    """Keeps what it gets; fails at a path."""

    def __init__(self, name: str, options: Any, plan: Plan) -> None:  # noqa: ANN401 - as its base
        super().__init__(name, options, plan)
        self.batches: list[Records] = []

    @property
    def record_wish(self) -> RecordWish:
        return RecordWish(("path", "nothing"), "status >= 500", "proxy")

    def records(self, batch: Records) -> list[Finding]:
        self.batches.append(batch)
        paths = [record.fields["path"] for record in batch.records]
        if "/fail" in paths:
            raise ValueError("no")
        return [Finding("seen", Phase.OPEN, path, 0, 0, path) for path in paths]


@pytest.fixture
def rig(tmp_path: Path) -> tuple[Engine, Alerts, Remembering]:
    """An engine that reads `access.log`, and a checker."""
    toml = CONFIG.replace("access.log", str(tmp_path / "access.log"))
    plan = Plan.from_toml(toml + '\n[[checker]]\nname = "r"\n', origin="c")
    engine, made = Engine(plan), list[Remembering]()

    def make(name: str, options: Any, plan: Plan) -> Remembering:  # noqa: ANN401
        made.append(Remembering(name, options, plan))
        return made[0]

    tap = Tap(engine)
    tap.want("sinks", [(None, None, "own")])
    alerts = Alerts(engine, lambda *_: None, clock=lambda: T, tap=tap)
    declared = Declared("r", make, {}, {})  # type: ignore[arg-type]
    alerts.configure([declared], plan, [])
    return engine, alerts, made[0]


def take_in(engine: Engine, alerts: Alerts) -> None:
    while engine.poll(0):
        pass
    snapshot = engine.take()
    assert snapshot is not None
    connection = database()
    for _ in range(2):  # the first transaction fails
        alerts.write(connection, snapshot)
    engine.commit(snapshot)
    alerts.committed()


def test_it_gets_what_it_wishes_once_and_in_order(
    tmp_path: Path, rig: tuple[Engine, Alerts, Remembering]
) -> None:
    engine, alerts, checker = rig
    lines = [line(n, f"192.0.2.{n}", 500 if n % 2 else 200) for n in range(10)]
    (tmp_path / "access.log").write_text("".join(lines))
    take_in(engine, alerts)
    (batch,) = checker.batches
    assert [one.event_time for one in batch.records] == [T + n for n in range(1, 10, 2)]
    assert {one.source for one in batch.records} == {"proxy"}
    assert [dict(one.fields) for one in batch.records] == [{"path": "/login"}] * 5
    assert (batch.left_out, batch.wall_time) == (0, T)
    assert len(alerts.summary()["recent"]) == 5


def test_one_that_fails_is_left_out_and_the_rest_goes_on(
    tmp_path: Path, rig: tuple[Engine, Alerts, Remembering]
) -> None:
    engine, alerts, checker = rig
    (tmp_path / "access.log").write_text(line(0, "h", 500).replace("/login", "/fail"))
    take_in(engine, alerts)
    with (tmp_path / "access.log").open("a") as file:
        file.write(line(1, "h", 500))
    take_in(engine, alerts)
    assert len(checker.batches) == 1
    assert alerts.checkers() == [{"name": "r", "open": 0, "failure": "ValueError: no"}]


def test_batches_are_bounded_and_hostile_texts_are_only_texts() -> None:
    one = b'{"source":"s","path":"/p","fields":{"time":"%s","path":"\\u001b[2J"}}\n'
    lines = one % b"2026-01-01T00:00:00Z" + (one % b"yesterday") * 2500
    found = [*batches(lines, 7, (), 5.0)]
    assert [len(batch.records) for batch in found] == [1000, 1000, 501]
    assert [batch.left_out for batch in found] == [7, 0, 0]
    first, second = found[0].records[:2]
    assert (first.event_time, second.event_time) == (1_767_225_600, None)
    assert first.fields["path"] == "\x1b[2J"
    assert [*batches(b"", 0, (), 5.0)] == []
    assert [*batches(b"", 3, (), 5.0)] == [Records([], 3, 5.0)]
