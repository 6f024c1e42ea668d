"""Findings are durable with the counts, told once that is so, and told once."""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

if TYPE_CHECKING:
    from logagent._core import Snapshot

from logagent._core import Plan
from logagent.alerting import Alerts
from logagent.checkers import Checker, Finding
from logagent.daemon.findings import Findings
from logagent.extensions import Declared, Group, declared
from tests.python.alerting.fakes import FakeEngine, FakeLog, database
from tests.python.checkers.feeding import plan_of

T = 1_700_000_000
BUSY = 'metric = "requests"\nover = "5s"\nabove = 10.0\nlateness = "0s"\n'


def checkers_of(plan: Plan) -> Sequence[Declared]:
    found, problems = declared(plan.describe())
    assert problems == []
    return found[Group.CHECKERS]


class Agent:
    """Commits by hand."""

    def __init__(self, text: str = BUSY, connection: sqlite3.Connection | None = None) -> None:
        self.engine, self.log = FakeEngine(), FakeLog()
        self.connection = database() if connection is None else connection
        self.findings = Findings(self.log.real)
        self.alerts = Alerts(self.engine.real, self.findings.add, clock=lambda: T)
        self.alerts.restore(self.connection)
        self.configure(text)

    def configure(self, text: str) -> None:
        plan = plan_of(text)
        self.alerts.configure(checkers_of(plan), plan, [])

    def write(self, *counts: tuple[int, int]) -> None:
        self.write_snapshot(self.engine.snapshot(*counts))

    def write_snapshot(self, snapshot: "Snapshot | None") -> None:
        self.connection.execute("BEGIN")
        self.findings.write(self.connection, snapshot)
        self.alerts.write(self.connection, snapshot)

    def end(self) -> None:
        self.connection.execute("COMMIT")
        self.findings.committed()
        self.alerts.committed()

    def commit(self, *counts: tuple[int, int]) -> None:
        self.write(*counts)
        self.end()

    def commit_silence(self) -> bool:
        """What the committing thread does when nothing was counted; whether it committed."""
        wishes = self.findings.has_work(), self.alerts.has_work()
        if not any(wishes):
            return False
        self.write_snapshot(None)
        self.end()
        return True

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608

    def firing(self) -> list[str]:
        return [one["checker"] for one in self.alerts.summary()["firing"]]


def test_it_is_told_when_it_is_durable_and_not_before() -> None:
    agent = Agent()
    agent.write((T, 60))
    assert agent.firing() == []
    assert agent.alerts.names() == {"busy": False}
    assert agent.log.entries == []
    agent.end()
    assert agent.firing() == ["busy"]
    assert agent.alerts.names() == {"busy": True}
    (entry,) = agent.log.entries
    assert entry[0] == "alerts"
    assert entry[1].key == f"busy/{T}/open/{T}"
    assert entry[1].event_time == T
    assert entry[1].body["observed"] == 12
    text = "alert busy: rate of requests is 12/s over 5s, above 10/s"
    assert agent.alerts.problems() == [{"message": text, "alert": "busy"}]


def test_a_transaction_that_is_tried_again_finds_nothing_twice() -> None:
    agent = Agent()
    snapshot = agent.engine.snapshot((T, 60))
    for _ in range(3):
        agent.write_snapshot(snapshot)
        agent.connection.execute("ROLLBACK")
    assert agent.rows("findings") == []
    agent.write_snapshot(snapshot)
    agent.end()
    assert agent.log.told() == [("alerts", "busy", "open")]
    assert len(agent.rows("findings")) == 1
    agent.commit((T + 1, 0))
    assert agent.rows("findings") == []  # the log has it
    agent.commit((T + 2, 60))
    assert agent.log.told() == [("alerts", "busy", "open")]


def test_silence_recovers() -> None:
    agent = Agent()
    agent.commit((T, 60))
    while agent.commit_silence():
        pass
    agent.engine.clock = T + 100.0
    # The clock is that of before the take: what it says is taken in by then.
    assert not agent.commit_silence()
    assert agent.commit_silence()
    assert agent.firing() == []
    assert agent.log.told()[-1] == ("alerts", "busy", "close")


@pytest.mark.parametrize("is_told", [True, False])
def test_a_restart_neither_repeats_nor_forgets(*, is_told: bool) -> None:
    agent = Agent()
    agent.log.is_failing = not is_told
    agent.commit((T, 60))
    again = Agent(connection=agent.connection)
    assert again.firing() == ["busy"]
    again.commit_silence()
    # What may have been logged or not goes to the log again, by its key.
    assert again.log.told() == [("alerts", "busy", "open")]
    again.commit((T + 1, 60))
    again.commit((T + 20, 1))
    assert again.log.told() == [("alerts", "busy", "open"), ("alerts", "busy", "close")]
    assert again.firing() == []
    third = Agent(connection=agent.connection)
    third.commit((T + 21, 1))
    assert third.firing() == []
    keys = {entry.key for _, entry in third.log.entries}
    assert keys <= {entry.key for _, entry in again.log.entries}


def test_what_the_log_does_not_take_waits() -> None:
    agent = Agent()
    agent.log.is_failing = True
    agent.commit((T, 60))
    agent.commit((T + 20, 1))
    assert len(agent.rows("findings")) == 2
    agent.log.is_failing = False
    while agent.commit_silence():
        pass
    assert agent.log.told() == [("alerts", "busy", "open"), ("alerts", "busy", "close")]
    assert agent.rows("findings") == []


def test_another_database_gets_all_of_it() -> None:
    agent = Agent()
    agent.log.is_failing = True
    agent.commit((T, 60))
    before = agent.rows("checkers")
    agent.connection = database()
    agent.commit()
    assert agent.rows("checkers") == before


def test_damaged_rows_are_left_out_and_written_anew() -> None:
    agent = Agent()
    agent.log.is_failing = True
    agent.commit((T, 60))
    agent.connection.execute("UPDATE checkers SET body = '[]' WHERE part LIKE 'alert/%'")
    again = Agent(connection=agent.connection)
    assert again.alerts.damaged_rows == 1
    again.commit((T + 1, 1))
    fresh = Agent(connection=agent.connection)
    assert fresh.alerts.damaged_rows == 0


def test_a_reload_goes_on_with_what_did_not_change() -> None:
    agent = Agent()
    agent.commit((T, 60))
    agent.configure(BUSY)
    agent.commit((T + 1, 60))
    assert agent.firing() == ["busy"]
    assert agent.log.told() == [("alerts", "busy", "open")]


def test_a_reload_ends_what_was_changed() -> None:
    agent = Agent()
    agent.commit((T, 60))
    agent.configure(BUSY.replace("10.0", "1000.0"))
    assert agent.firing() == ["busy"]
    assert agent.commit_silence()
    assert agent.firing() == []
    stream, entry = agent.log.entries[-1]
    assert (stream, entry.body["phase"]) == ("alerts", "close")
    assert entry.body["summary"].endswith("its checker was changed")


def test_unmatched_lines_are_those_of_durable_commits() -> None:
    agent = Agent('measure = "unmatched"\nover = "5s"\nabove = 0.5\n')
    clock = [T + 0.0]
    agent.alerts._clock = lambda: clock[0]
    agent.engine.lines = {"proxy": (10, 2)}
    agent.commit((T, 1))
    clock[0] = T + 1.0
    agent.engine.lines = {"proxy": (30, 22)}
    agent.commit((T, 1))
    clock[0] = T + 2.0
    agent.commit((T, 1))
    (firing,) = agent.alerts.summary()["firing"]
    assert firing["observed"] == 22 / 30
    again = Agent('measure = "unmatched"\nover = "5s"\nabove = 0.5\n', agent.connection)
    again.engine.lines = {"proxy": (30, 22)}
    again.commit((T, 1))
    assert again.alerts._new_lines() == {}


class Failing(Checker):
    """Answers something that cannot be kept, or nothing at all."""

    OPTIONS: ClassVar = ()
    how = "raise"

    @property
    def metrics(self) -> Sequence[str]:
        return ("requests",)

    def slots(self, rows: object) -> Sequence[Finding]:  # noqa: ARG002
        if self.how == "raise":
            raise RuntimeError("a bug")
        return ()

    def state(self) -> dict[str, Any]:
        return {"": {1, 2}} if self.how == "state" else {}


@pytest.mark.parametrize("how", ["raise", "state"])
def test_a_checker_that_fails_is_left_out_and_said(how: str) -> None:
    agent = Agent()
    plan = plan_of(BUSY)
    failing = type("Failing", (Failing,), {"how": how})
    own = Declared("own", failing, {}, {})
    agent.alerts.configure([own, *checkers_of(plan)], plan, [])
    agent.commit((T, 60))
    assert agent.firing() == ["busy"]
    (problem,) = [one for one in agent.alerts.problems() if "own" in one["message"]]
    assert problem["message"].startswith("checker own failed: ")
