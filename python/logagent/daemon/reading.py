"""The reading thread."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logagent._core import Engine

_WAIT_SECONDS = 1.0
_REST_SECONDS = 0.05
"""Between two looks at a log that grows slowly: lines of 50 ms are read at once, which costs a
twentieth of reading each as it comes."""
_SMALL_BYTES = 256 << 10
_LAST_READ_SECONDS = 1.5
_COMMIT_WAIT_SECONDS = 0.25


class Reader:
    """Reads what grows, in a thread of its own, until it is stopped."""

    def __init__(
        self,
        engine: "Engine",
        on_fault: Callable[[BaseException], None],
        commit: Callable[[], Future[None]] | None = None,
        patience_seconds: Callable[[], float] = lambda: _COMMIT_WAIT_SECONDS,
    ) -> None:
        """`on_fault` is called in the thread when the engine has met a bug of its own.

        `commit` asks for a commit: of logs that are days behind, more slots are counted within the
        interval of commits than are kept. `patience_seconds` says how long it waits for that.
        """
        self._engine = engine
        self._on_fault = on_fault
        self._commit = commit
        self._patience_seconds = patience_seconds
        self._stopping = threading.Event()
        # Whoever wants a pause holds the turnstile, so that the reader cannot be first again.
        self._turnstile = threading.Lock()
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self.first_look: Future[None] = Future()
        """Done once the sources were looked at: what appears from then on came later."""
        self.last_sign = time.monotonic()
        """When the thread last showed that it is not stuck."""
        self.cpu_seconds = 0.0
        """What reading, matching, categorising and counting took."""
        self.polls = 0

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep the reader from reading meanwhile."""
        with self._turnstile:
            self._engine.wake()
            with self._gate:
                yield

    def stop(self) -> None:
        """Read what is there already, for a moment at most, and end."""
        self._stopping.set()
        self._engine.wake()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._poll(0)
            self.first_look.set_result(None)
            while not self._stopping.is_set():
                if 0 < self._poll(_WAIT_SECONDS) < _SMALL_BYTES:
                    self._stopping.wait(_REST_SECONDS)
            end = time.monotonic() + _LAST_READ_SECONDS
            # A poll that `stop` has woken answers 0 too, hence the second look.
            self._poll(0)
            while self._poll(0) > 0 and time.monotonic() < end:
                pass
        except BaseException as error:  # noqa: BLE001 - a panic of the core is one too
            self._on_fault(error)

    def _wait_for_commit(self) -> None:
        """Let what was counted be taken, before there is more than is kept."""
        if self._commit is not None and self._engine.is_half_full():
            wait([self._commit()], timeout=self._patience_seconds())

    def _poll(self, timeout_seconds: float) -> int:
        with self._turnstile:
            pass
        with self._gate:
            count = self._engine.poll(timeout_seconds)
        self.last_sign = time.monotonic()
        self.cpu_seconds = time.thread_time()
        self.polls += 1
        if count > 0:
            self._wait_for_commit()
        return count
