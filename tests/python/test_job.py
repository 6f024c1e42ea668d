"""Jobs end as their core says, and on interruption at once."""

from __future__ import annotations

import os
import signal
from threading import Event, Timer
from typing import TYPE_CHECKING

import pytest

from logagent import job

if TYPE_CHECKING:
    from logagent._core import Snapshot


class Endless:
    """A job that ends only when it is cancelled, if at all."""

    def __init__(self, *, heeds_cancel: bool) -> None:
        self.started = Event()
        self.cancelled = Event()
        self._end = self.cancelled if heeds_cancel else Event()

    def run(self) -> Snapshot:
        self.started.set()
        self._end.wait(30)
        raise AssertionError("the outcome of a cancelled job is not asked for")

    def cancel(self) -> None:
        self.cancelled.set()

    def progress(self) -> tuple[int, int | None]:
        return 0, None

    def errors(self) -> list[tuple[str, str]]:
        return []

    def formats(self) -> list[tuple[str, str]]:
        return []


class Failing(Endless):
    """A job whose core fails."""

    def run(self) -> Snapshot:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("heeds_cancel", [True, False])
def test_an_interruption_cancels_the_job(heeds_cancel: bool) -> None:  # noqa: FBT001
    endless = Endless(heeds_cancel=heeds_cancel)
    Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        job.run(endless)
    assert endless.cancelled.is_set()


def test_a_failure_is_handed_on() -> None:
    with pytest.raises(OSError, match="No space left"):
        job.run(Failing(heeds_cancel=True))


def test_a_watcher_that_fails_cancels_the_job() -> None:
    endless = Endless(heeds_cancel=True)

    def watch(_job: job.Job[object], _ended: job.End) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        job.run(endless, watch=watch)
    assert endless.cancelled.is_set()
