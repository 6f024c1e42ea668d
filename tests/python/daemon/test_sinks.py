"""The clock of sinks."""

from typing import Any

import pytest

from logagent.daemon import sinks
from logagent.daemon.sinks import SinkClock
from logagent.outbox import Times


class FakeEngine:
    """Event time, and files that may be behind."""

    def __init__(self, event_time: float | None, **file: object) -> None:
        self._event_time = event_time
        self._files = [{"problem": None, "behind_bytes": 0, "behind_seconds": None, **file}]

    def event_time(self) -> float | None:
        return self._event_time

    def stats(self) -> dict[str, Any]:
        return {"files": self._files}


class FakeSnapshot:
    def slot_notes(self) -> dict[str, Any]:
        return {"event_time": 500.0}


def clock(engine: FakeEngine) -> SinkClock:
    return SinkClock(engine)  # type: ignore[arg-type] # as much of one as it needs


def test_windows_wait_a_little_and_with_a_snapshot_its_own_time_counts() -> None:
    engine = FakeEngine(1000.0)
    assert clock(engine)(None) == Times(998.0, 1000.0)
    assert clock(engine)(FakeSnapshot()) == Times(498.0, 500.0)  # type: ignore[arg-type]
    assert clock(FakeEngine(None))(None) == Times(None, None)


@pytest.mark.parametrize(
    ("file", "at_first", "later"),
    [
        ({"behind_bytes": 10, "behind_seconds": 0.1}, None, 1000.0),
        ({"behind_bytes": 10, "behind_seconds": 30.0}, None, None),
        ({"behind_bytes": 10, "behind_seconds": 30.0, "problem": "unreadable"}, 1000.0, 1000.0),
    ],
)
def test_windows_stay_open_while_a_file_is_caught_up_with(
    monkeypatch: pytest.MonkeyPatch, file: dict[str, Any], at_first: object, later: object
) -> None:
    one = clock(FakeEngine(1000.0, **file))
    assert one(None).closed_until == at_first
    monkeypatch.setattr(sinks, "_BEGINNING_SECONDS", 0.0)
    assert one(None).closed_until == later
