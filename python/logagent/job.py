"""Runs a job of the core so that Ctrl-C stops it."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol, TypeVar

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)

_STOP_SECONDS = 1.0
_CHECK_SECONDS = 0.5


class Job(Protocol[Result_co]):
    """What `_core.Scan`, `_core.Parse` and `_core.Mine` have in common."""

    def run(self) -> Result_co:
        """Do the work; blocks without the GIL."""

    def cancel(self) -> None:
        """Ask `run` to return early."""

    def progress(self) -> tuple[int, int | None]:
        """Bytes read so far and in all."""

    def errors(self) -> list[tuple[str, str]]:
        """Inputs that could not be read whole: (path, what happened)."""

    def formats(self) -> list[tuple[str, str]]:
        """Inputs whose format was detected: (path, format)."""


def run(job: Job[Result], *, watch: Callable[[Job[object], Event], None] | None = None) -> Result:
    """Run `job` in a thread of its own while this one stays open to signals.

    `watch` is called once with the job and the event of its end; it may return early. On an
    interruption the job is cancelled and the exception goes on.
    """
    ended = Event()
    outcome: list[Result | BaseException] = []

    def work() -> None:
        try:
            outcome.append(job.run())
        except BaseException as error:  # noqa: BLE001 - handed to the caller below
            outcome.append(error)
        finally:
            ended.set()

    # A daemon: a read of standard input that never returns must not keep the process alive.
    worker = Thread(target=work, name="logagent-job", daemon=True)
    worker.start()
    try:
        if watch is not None:
            watch(job, ended)
        # A wait without end would miss an interruption whose signal another thread received.
        while not ended.wait(_CHECK_SECONDS):
            pass
    except BaseException:
        job.cancel()
        worker.join(_STOP_SECONDS)
        raise
    worker.join()
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result
