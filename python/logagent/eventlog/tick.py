"""Waking all who wait for new entries, in one event loop, and not too often."""

import asyncio
import contextlib

PACE_SECONDS = 0.1
"""Between two awakenings: readers of thousands of entries a second are not woken for each."""
_MOST_PER_SECOND = 500
"""Readers that are woken in a second; where there are more than fifty, all wait longer."""
_AT_ONCE = 8
"""So many are served before whoever asks something else: a hundred would hold up a scrape by twice
the time that it takes."""
LONGEST_SECONDS = 5.0
"""So long may nothing come; then all are woken, so that they can look at the clock. One timer for
all: to wait with one of its own costs a reader more than to be sent a page."""


class Tick:
    """Something that readers of one event loop wait for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._earliest = 0.0
        self._is_announced = False

    async def wait(self) -> None:
        """Wait for the next awakening; what was notified before the call may be one."""
        future = self._loop.create_future()
        self._waiting.append(future)
        if self._timer is None:
            self._timer = self._loop.call_later(LONGEST_SECONDS, self._wake)
        await future

    def notify_from_thread(self) -> None:
        """Wake all soon, from any thread."""
        if not self._is_announced:
            self._is_announced = True
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._notify)

    def _notify(self) -> None:
        self._is_announced = False
        due = max(self._earliest, self._loop.time())
        if self._timer is None or due < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, []
        pace_seconds = max(PACE_SECONDS, len(waiting) / _MOST_PER_SECOND)
        self._earliest = self._loop.time() + pace_seconds
        self._wake_some(waiting)

    def _wake_some(self, waiting: list[asyncio.Future[None]]) -> None:
        """Wake the first of them, and the others when the loop has looked at what else there is."""
        for future in waiting[:_AT_ONCE]:
            if not future.done():
                future.set_result(None)
        if len(waiting) > _AT_ONCE:
            self._loop.call_soon(self._wake_some, waiting[_AT_ONCE:])
