from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry

from logagent.daemon import committing
from logagent.daemon.committing import Committer
from logagent.errors import CommitError, CommitFailure
from tests.python.daemon.fakes import FakeEngine, FakeParticipant, FakeStore, rows
from tests.python.waiting import wait_until

FULL = CommitError(CommitFailure.FULL, "the disk is full")
GONE = CommitError(CommitFailure.GONE, "the database is gone")


class Committing:
    """A committer and what it works on."""

    def __init__(self, interval_seconds: float, dropped: list[str]) -> None:
        self.engine, self.store = FakeEngine(), FakeStore()
        self.faults: list[BaseException] = []
        self.registry = CollectorRegistry()
        self.participant = FakeParticipant()
        self.committer = Committer(
            self.engine.real,
            self.store.real,
            interval_seconds=interval_seconds,
            dropped=dropped,
            registry=self.registry,
            on_fault=self.faults.append,
            participants=[self.participant],
        )

    def failures(self, kind: CommitFailure) -> float | None:
        return self.registry.get_sample_value("logagent_commit_failures_total", {"kind": kind})


@contextmanager
def running(
    *, interval_seconds: float = 3600, dropped: list[str] | None = None
) -> Iterator[Committing]:
    parts = Committing(interval_seconds, dropped or [])
    parts.committer.start()
    try:
        yield parts
    finally:
        parts.committer.stop()
        assert parts.committer.join(30)
        assert parts.store.is_closed


@pytest.fixture(autouse=True)
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "_FIRST_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(committing, "_LAST_COMMIT_SECONDS", 0.1)


def test_a_request_commits_at_once() -> None:
    with running() as parts:
        parts.engine.counted = 5
        generation = parts.committer.generation
        parts.committer.request().result(30)
        assert parts.store.written == [rows(5)]
        assert parts.engine.committed == 5
        assert parts.committer.generation > generation


def test_without_anything_new_nothing_is_written() -> None:
    with running() as parts:
        parts.committer.request().result(30)
    assert parts.store.attempts == []


def test_commits_come_at_an_interval() -> None:
    with running(interval_seconds=0.01) as parts:
        parts.engine.counted = 5
        wait_until(lambda: parts.engine.committed == 5)


def test_a_failed_commit_is_repeated_with_the_same_snapshot() -> None:
    with running() as parts:
        parts.engine.counted = 5
        parts.store.failures = [FULL, FULL]
        parts.committer.request().result(30)
        parts.engine.counted = 9
        wait_until(lambda: parts.engine.committed == 5)
        assert parts.store.attempts[:3] == [rows(5)] * 3
        assert parts.store.written[0] == rows(5)
        assert parts.failures(CommitFailure.FULL) == 2
        assert parts.failures(CommitFailure.GONE) == 0
    assert parts.store.written[-1] == rows(9), "what came later is committed at the end"


def test_a_failure_is_known_until_it_is_over() -> None:
    with running() as parts:
        parts.engine.counted = 5
        parts.store.failures = [FULL] * 1000
        parts.committer.request().result(30)
        assert parts.committer.failure is FULL
        assert parts.engine.committed == 0, "nothing is shown that is not durable"
        parts.store.failures = []
        wait_until(lambda: parts.committer.failure is None)
        assert parts.engine.committed == 5


def test_a_database_that_is_gone_is_written_anew() -> None:
    with running() as parts:
        parts.engine.counted = 5
        parts.store.failures = [GONE]
        parts.committer.request().result(30)
        assert parts.store.replaced == [rows(5)]
        assert parts.engine.committed == 5


def test_a_directory_that_is_gone_for_longer() -> None:
    with running() as parts:
        parts.engine.counted = 5
        parts.store.failures = [GONE, GONE, FULL]
        parts.committer.request().result(30)
        wait_until(lambda: parts.engine.committed == 5)
        assert parts.store.written == []
        assert parts.store.replaced == [rows(5)]


def test_dropped_definitions_go_with_the_first_commit_that_succeeds() -> None:
    with running(dropped=["old"]) as parts:
        parts.store.failures = [FULL]
        parts.committer.request().result(30)
        wait_until(lambda: parts.store.written)
        assert parts.store.dropped == ["old"]
        parts.engine.counted = 5
        parts.committer.request().result(30)
        assert parts.store.dropped == ["old"]


def test_the_end_commits_what_is_left() -> None:
    with running() as parts:
        parts.engine.counted = 7
    assert parts.store.written == [rows(7)]


def test_the_end_does_not_wait_for_a_disk_that_stays_full() -> None:
    with running() as parts:
        parts.engine.counted = 7
        parts.store.failures = [FULL] * 1000
    assert parts.store.written == []
    assert parts.faults == []


def test_work_between_commits() -> None:
    def refuse() -> None:
        raise ValueError("no")

    with running() as parts:
        assert parts.committer.between_commits(lambda: 7).result(30) == 7
        with pytest.raises(ValueError, match="no"):
            parts.committer.between_commits(refuse).result(30)
        assert parts.committer.between_commits(lambda: 8).result(30) == 8


def test_a_request_that_nobody_waits_for_any_more() -> None:
    with running() as parts:
        parts.committer.request().cancel()
        parts.committer.request().result(30)
    assert parts.faults == []


def test_a_fault_of_the_engine_is_told() -> None:
    with running() as parts:
        parts.engine.fault = RuntimeError("a bug")
    assert parts.faults == [parts.engine.fault]


def test_a_participant_writes_with_the_counts_and_hears_when_they_are_durable() -> None:
    with running() as parts:
        parts.engine.counted = 5
        parts.store.failures = [FULL, FULL]
        wait_until(lambda: bool(parts.committer.request()) and parts.engine.committed == 5)
    assert parts.participant.written[:3] == [5, 5, 5]
    assert parts.participant.heard[0] == 3


def test_a_participant_may_have_something_though_nothing_was_counted() -> None:
    with running() as parts:
        parts.participant.wants_commit = True
        parts.committer.request().result(30)
        assert parts.participant.written == [None]
        parts.participant.wants_commit = False
    assert parts.store.written == [rows(0) | {"tallies": []}]


def test_participants_write_into_a_state_that_is_made_anew() -> None:
    with running() as parts:
        parts.engine.counted = 5
        parts.store.failures = [GONE]
        parts.committer.request().result(30)
        assert len(parts.store.replaced) == 1
        assert parts.participant.written == [5, 5]
