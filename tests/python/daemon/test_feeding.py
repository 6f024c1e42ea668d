"""The threads of sources, with an engine and without a far end."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest

from logagent._core import Engine, Plan
from logagent.daemon import feeder
from logagent.daemon.feeding import Feeding
from logagent.extensions import Declared
from logagent.sources.source import Feed, Figure, SourceError
from tests.python.waiting import wait_until

LINE = b'192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 7 "-" "curl"\n'
SOURCE = '[[source]]\nname = "web"\ntype = "script"\nformat = "{}"\n'
METRIC = '[[metric]]\nname = "requests_total"\n'

Step = Callable[[Feed, int], None]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeder, "_FIRST_RETRY_SECONDS", 0.01)


class Rig:
    """An engine with one source that does what a test says."""

    def __init__(self, step: Step, log_format: str = "combined") -> None:
        self.step = step
        self.plan = Plan.from_toml(SOURCE.format(log_format) + METRIC, origin="c.toml")
        self.engine = Engine(self.plan)
        self.faults: list[BaseException] = []
        self.feeding = Feeding([self.declared()], self.engine, self.commit, self.faults.append)

    def declared(self, **options: object) -> Declared:
        rig = self

        class Script:
            def __init__(self, _declared: Declared) -> None:
                self.runs = 0

            def run(self, feed: Feed) -> None:
                self.runs += 1
                rig.step(feed, self.runs)

            def figures(self) -> Iterable[Figure]:
                return ()

        table = {**self.plan.describe()["sources"][0], "read_from": "beginning"}
        return Declared("web", Script, options, table)

    def commit(self) -> None:
        snapshot = self.engine.take()
        if snapshot is None:
            return
        with sqlite3.connect(":memory:") as connection:
            self.feeding.write(connection, snapshot)
        connection.close()
        self.engine.commit(snapshot)
        self.feeding.committed()

    @property
    def lines(self) -> int:
        return sum(tally["lines"] for tally in self.engine.stats()["committed"])

    @property
    def problems(self) -> list[str]:
        return [problem["message"] for problem in self.feeding.problems()]


@contextmanager
def running(rig: Rig) -> Iterator[Rig]:
    rig.feeding.start()
    try:
        yield rig
    finally:
        rig.feeding.stop()
        assert rig.feeding.join(10)
    assert rig.faults == []


def rest(feed: Feed, _run: int) -> None:
    feed.pause(60)


def test_a_source_that_fails_is_run_again_from_its_position() -> None:
    def step(feed: Feed, run: int) -> None:
        before = feed.position("stream")
        feed.works()
        feed.count("stream", {"run": run, "before": before}, LINE, "stream")
        if run < 4:
            raise SourceError("the far end is away") if run % 2 else RuntimeError("a bug")
        assert feed.settle(10)
        feed.pause(60)

    with running(Rig(step)) as rig:
        wait_until(lambda: rig.lines == 4)
        (status,) = rig.feeding.status()
        assert (status["state"], status["retries"], status["problem"]) == ("reading", 3, None)
    (position,) = rig.engine.positions("web\t")
    assert position[0] == "web\tstream"
    assert position[1].count('"run"') == 4


def test_failures_are_said_until_the_far_end_answers() -> None:
    answers: list[int] = []

    def step(feed: Feed, _run: int) -> None:
        if not answers:
            raise SourceError("the far end is away")
        feed.works()
        feed.pause(60)

    with running(Rig(step)) as rig:
        wait_until(lambda: rig.problems == ["the far end is away"])
        answers.append(1)
        wait_until(lambda: rig.problems == [])


def test_lines_of_no_format_are_left_out_and_said() -> None:
    def step(feed: Feed, _run: int) -> None:
        feed.count("stream", {"n": 1}, b"what is this\n", "stream")
        feed.count("stream", {"n": 2}, LINE, "stream")
        assert feed.settle(10)
        feed.pause(60)

    with running(Rig(step, "auto")) as rig:
        wait_until(lambda: rig.lines == 1)
        assert ["not recognised" in problem for problem in rig.problems] == [True]
        assert rig.engine.position("web\tstream") == '{"n":2}'


def test_a_replaced_source_counts_nothing_more() -> None:
    def step(feed: Feed, _run: int) -> None:
        while not feed.is_stopping:
            feed.count("stream", {}, LINE, "stream")
            feed.pause(0.001)
        feed.count("stream", {"late": True}, LINE * 1000, "stream")

    with running(Rig(step)) as rig:
        wait_until(lambda: rig.feeding.status() and rig.engine.position("web\tstream"))
        with rig.feeding.paused():
            rig.step = rest
            rig.feeding.replace([rig.declared(changed=True)])
            rig.commit()
            lines = rig.lines
        # The new one begins when the old one has ended.
        wait_until(lambda: rig.feeding.status()[0]["state"] == "starting")
        rig.commit()
        assert rig.lines == lines


def test_a_source_that_did_not_change_is_not_disturbed() -> None:
    runs: list[int] = []

    def step(feed: Feed, run: int) -> None:
        runs.append(run)
        feed.begin(LINE)
        while not feed.is_stopping:
            feed.count("stream", {}, LINE, "stream")
            feed.pause(0.001)

    with running(Rig(step)) as rig:
        wait_until(lambda: rig.engine.position("web\tstream"))
        rig.commit()
        with rig.feeding.paused():
            rig.commit()
            rig.engine.reload(Plan.from_toml(SOURCE.format("auto") + METRIC, origin="c.toml"))
            rig.feeding.replace([rig.feeding._feeders[0].declared])
        before = rig.lines
        wait_until(lambda: (rig.commit(), rig.lines > before + 10)[1])  # type: ignore[func-returns-value]
    assert runs == [1]
