"""Findings reach a receiver in order, whatever it says in between, and are then let go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import pytest

from logagent.alerting import Courier, courier
from logagent.alerting.ledger import Waiting
from logagent.checkers import Finding, Noted, Phase
from logagent.extensions import Declared
from logagent.posting import Refused, Retry
from tests.python.waiting import wait_until

T = 1_700_000_000


class FakeReceiver:
    """Raises what it is told to, one after the other."""

    resend_seconds: float | None = None
    outcomes: Sequence[Exception] = ()
    sent: list[str]

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        del name, options
        self.sent = []
        self._left = [*self.outcomes]
        FakeReceiver.last = self

    last: "FakeReceiver"

    def send(self, findings: Sequence[Mapping[str, Any]]) -> None:
        if self._left:
            raise self._left.pop(0)
        self.sent += [finding["key"] for finding in findings]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Courier]]:
    monkeypatch.setattr(courier, "_FIRST_PAUSE_SECONDS", 0.01)
    made: list[Courier] = []

    def start(
        outcomes: Sequence[Exception] = (), resend: float | None = None, **options: object
    ) -> Courier:
        members = {"outcomes": outcomes, "resend_seconds": resend}
        kind = type("Kind", (FakeReceiver,), members)
        all_options = {"max_age": 3600.0, "checkers": (), **options}
        one = Courier(Declared("people", kind, all_options, {}))
        made.append(one)
        return one

    yield start
    for one in made:
        one.stop()


def waiting(*numbers: int) -> list[Waiting]:
    return [
        Waiting(number, "people", orjson.dumps({"key": str(number)}).decode()) for number in numbers
    ]


def test_in_order_and_let_go(make: Callable[..., Courier]) -> None:
    one = make()
    one.start(waiting(1, 2), None)
    one.take(waiting(3))
    wait_until(lambda: one.waiting == 0)
    assert FakeReceiver.last.sent == ["1", "2", "3"]
    assert sorted(one.delivered()) == [1, 2, 3]
    assert not one.has_delivered()
    assert one.summary() == {
        "name": "people",
        "waiting": 0,
        "sent": 3,
        "refused": 0,
        "dropped": 0,
        "failure": None,
    }


def test_what_fails_is_tried_again(make: Callable[..., Courier]) -> None:
    one = make([Retry("away"), RuntimeError("a bug"), Retry("away")])
    one.start(waiting(1), None)
    wait_until(lambda: one.waiting == 0)
    assert FakeReceiver.last.sent == ["1"]
    assert (one.retries, one.failure) == (3, None)


def test_what_is_refused_is_not(make: Callable[..., Courier]) -> None:
    one = make([Refused("never", points=1)])
    one.start(waiting(1), None)
    wait_until(lambda: one.waiting == 0)
    assert (one.refused, one.failure, one.delivered()) == (1, "never", [1])
    one.take(waiting(2))
    wait_until(lambda: one.waiting == 0)
    assert (FakeReceiver.last.sent, one.failure) == (["2"], None)


def test_too_many_drop_the_oldest(
    make: Callable[..., Courier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "_MOST_WAITING", 3)
    one = make()
    one.take(waiting(1, 2, 3, 4, 5))
    assert (one.waiting, one.dropped, one.delivered()) == (3, 2, [1, 2])
    one.start([], None)
    wait_until(lambda: one.waiting == 0)
    assert FakeReceiver.last.sent == ["3", "4", "5"]


def noted(event_time: float, checker: str = "busy") -> Noted:
    return Noted(checker, Finding("rate", Phase.OPEN, "1", event_time, event_time, "x"))


def test_what_is_open_is_told_again_and_again(make: Callable[..., Courier]) -> None:
    one = make(resend=0.02)
    one.keep_told([noted(T)])
    one.start([], None)
    wait_until(lambda: len(FakeReceiver.last.sent) > 2)
    assert set(FakeReceiver.last.sent) == {f"busy/1/open/{T}"}
    assert one.delivered() == []


def test_who_wants_what(make: Callable[..., Courier]) -> None:
    one = make(checkers=["busy"])
    assert one.wants(noted(T), T + 3600)
    assert not one.wants(noted(T), T + 3601)  # of an old log
    assert not one.wants(noted(T, "slow"), T)


def test_a_successor_waits_for_what_is_on_its_way(make: Callable[..., Courier]) -> None:
    first, second = make(), make()
    first.start([], None)
    first.stop()
    second.start(waiting(1), first)
    wait_until(lambda: second.waiting == 0)
    assert FakeReceiver.last.sent == ["1"]
