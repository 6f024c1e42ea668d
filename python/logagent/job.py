"""Runs a job of the core so that Ctrl-C stops it."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread  # `threading` takes longer to load

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar

    Result = TypeVar("Result")
    Result_co = TypeVar("Result_co", covariant=True)

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


_STOP_SECONDS = 1.0
_CHECK_SECONDS = 0.5


class End:
    """The end of a job, which threads wait for."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._lock.acquire()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait for it, or so long; whether it has come."""
        has_come = self._lock.acquire(timeout=timeout_seconds)
        if has_come:
            self._lock.release()  # for the next one who asks
        return has_come

    def come(self) -> None:
        """It has come, once."""
        self._lock.release()


def run(job: Job[Result], *, watch: Callable[[Job[object], End], None] | None = None) -> Result:
    """Run `job` in a thread of its own while this one stays open to signals.

    `watch` is called once with the job and the event of its end; it may return early. On an
    interruption the job is cancelled and the exception goes on.
    """
    ended = End()
    outcome: list[Result | BaseException] = []

    def work() -> None:
        try:
            outcome.append(job.run())
        except BaseException as error:  # noqa: BLE001 - handed to the caller below
            outcome.append(error)
        finally:
            ended.come()

    # A read of standard input that never returns does not keep the process alive.
    start_new_thread(work, ())
    try:
        if watch is not None:
            watch(job, ended)
        # A wait without end would miss an interruption whose signal another thread received.
        while not ended.wait(_CHECK_SECONDS):
            pass
    except BaseException:
        job.cancel()
        ended.wait(_STOP_SECONDS)
        raise
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result
