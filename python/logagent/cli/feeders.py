"""Sources that are no files, as `scan --incremental` reads them."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from logagent.daemon.feeding import Feeding
from logagent.extensions import Declared
from logagent.sources.source import Until

if TYPE_CHECKING:
    from logagent._core import Engine, Snapshot

_END_SECONDS = 1.0


class Feeders:
    """The sources that are no files, each read until there is nothing more at present."""

    def __init__(self, engine: "Engine", sources: Sequence[Declared]) -> None:
        self._requests: list[Future[None]] = []
        self._answered: list[Future[None]] = []
        self._is_wanted = threading.Event()
        self._fault: BaseException | None = None
        self._feeding = Feeding(sources, engine, self._request, self._end_by_fault, Until.EMPTY)
        self._feeding.start()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait for one that asks for a commit; whether there is one. Raises a fault of a thread."""
        is_wanted = self._is_wanted.wait(timeout_seconds)
        if self._fault is not None:
            raise self._fault
        return is_wanted

    def has_ended(self, attempts: int) -> bool:
        """Whether nothing more comes, or every far end has failed so many times."""
        return self._feeding.has_ended(attempts)

    def take(self) -> None:
        """What is counted until now is in the next commit, and so is who asked for one."""
        self._is_wanted.clear()
        requests, self._requests = self._requests, []
        self._answered += requests

    def committed(self, snapshot: "Snapshot | None") -> None:
        """The snapshot that was taken last is durable."""
        self._feeding.note(snapshot)
        self._feeding.committed()
        answered, self._answered = self._answered, []
        for request in answered:
            request.set_result(None)

    def end(self) -> list[str]:
        """End; what a person should know."""
        problems = [f"source {one['source']}: {one['message']}" for one in self._feeding.problems()]
        self._feeding.stop()
        self._feeding.join(_END_SECONDS)
        return problems

    def _request(self) -> Future[None]:
        request: Future[None] = Future()
        self._requests.append(request)
        self._is_wanted.set()
        return request

    def _end_by_fault(self, fault: BaseException) -> None:
        self._fault = fault
        self._is_wanted.set()
