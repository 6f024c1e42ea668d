"""An engine that counts what a test says, and a database with the tables of checkers."""

import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

from logagent.errors import CommitError, CommitFailure
from logagent.state import schema
from tests.python.checkers.feeding import columns

if TYPE_CHECKING:
    from logagent._core import Engine, Snapshot
    from logagent.eventlog import EventLog, NewEvent

EMPTY: dict[str, Any] = {
    "slot": [],
    "labels": {"status_class": [], "section": []},
    "count": [],
    "sums": {},
}


class FakeSnapshot:
    """Requests by slot."""

    def __init__(self, counts: Mapping[int, int], event_time: float | None) -> None:
        self._counts = counts
        self._event_time = event_time

    def slots(self, metric: int) -> dict[str, Any]:
        if metric != 0 or not self._counts:
            return EMPTY
        labels = {"status_class": "2xx", "section": "/"}
        return columns((slot, labels, count) for slot, count in self._counts.items())

    def slot_notes(self) -> dict[str, Any]:
        return {"event_time": self._event_time}


class FakeEngine:
    """Its clock and its lines are what the test sets."""

    def __init__(self) -> None:
        self.clock: float | None = None
        self.lines: dict[str, tuple[int, int]] = {}

    @property
    def real(self) -> "Engine":
        return cast("Engine", self)

    def snapshot(self, *counts: tuple[int, int]) -> "Snapshot":
        """Counts by slot; the clock is at the end of the last."""
        if counts:
            self.clock = counts[-1][0] + 1.0
        return cast("Snapshot", FakeSnapshot(dict(counts), self.clock))

    def event_time(self) -> float | None:
        return self.clock

    def stats(self) -> dict[str, Any]:
        return {
            "committed": [
                {"source": name, "path": "a.log", "lines": lines, "matched": lines - rejected}
                for name, (lines, rejected) in self.lines.items()
            ]
        }


class FakeLog:
    """An event log that takes what it is given when the test says so."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, NewEvent]] = []
        self.is_failing = False

    @property
    def real(self) -> "EventLog":
        return cast("EventLog", self)

    def append(self, stream: str, entries: Sequence["NewEvent"]) -> "Future[list[int]]":
        future: Future[list[int]] = Future()
        if self.is_failing:
            future.set_exception(CommitError(CommitFailure.FULL, "no room"))
        else:
            self.entries += [(stream, entry) for entry in entries]
            future.set_result([])
        return future

    def told(self) -> list[tuple[str, str, str]]:
        return [(stream, one.source or "", one.body["phase"]) for stream, one in self.entries]


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(connection)
    return connection
