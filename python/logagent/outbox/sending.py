"""The thread that sends a sink's frames: in order, each until the far end has it or refuses it."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from logagent.outbox.frames import FrameRow
from logagent.posting import Refused, Retry
from logagent.sinks.sink import Sink

_FIRST_PAUSE_SECONDS = 0.5
_LAST_PAUSE_SECONDS = 60.0
_LONGEST_WISH_SECONDS = 3600.0

ReadFrames = Callable[[int], Sequence[FrameRow]]
"""The next frames behind this sequence, as committed."""
OnNote = Callable[[str], None]
"""Takes something that a person should know."""


@dataclass
class Sent:
    """What came of sending, since the process began."""

    frames: int = 0
    points: int = 0
    refused_points: int = 0
    damaged_frames: int = 0
    retries: int = 0
    last_success: float = 0.0
    """When the far end last took a frame, as Unix time; 0 if it has taken none."""
    failure: str | None = None
    """Why the last attempt failed; None if it did not."""
    refusal: str | None = None
    """What the far end refused last."""


class Sender:
    """Sends what was committed. What is acknowledged is deleted by the next commit."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        read: ReadFrames,
        *,
        on_note: OnNote,
        on_acknowledged: Callable[[], None],
        tells_retries: bool = True,
        predecessor: "Sender | None" = None,
    ) -> None:
        """`on_acknowledged` is called in the thread behind each frame.

        `tells_retries` says whether an attempt that fails is told at once, and not only in `sent`.
        A `predecessor` that is stopping sends its last frame first.
        """
        self._name = name
        self._sink = sink
        self._read = read
        self._on_note = on_note
        self._on_acknowledged = on_acknowledged
        self._tells_retries = tells_retries
        self._predecessor = predecessor
        self._changed = threading.Condition()
        self._is_stopping = False
        self._has_more = False
        self._thread: threading.Thread | None = None
        self.acknowledged: int = 0 if predecessor is None else predecessor.acknowledged
        """The sequence up to which the far end is done with the frames."""
        self.sent: Sent = Sent() if predecessor is None else predecessor.sent
        self.attempts = 0
        """Failed attempts since the last one that succeeded."""
        self.is_idle = True
        """Whether everything that was committed is acknowledged."""

    def wake(self) -> None:
        """There is more to send."""
        with self._changed:
            self._has_more = True
            self.is_idle = False
            if self._thread is None:
                name = f"sending to {self._name}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def stop(self) -> None:
        """End after the frame that is on its way."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the end; whether it came."""
        if self._thread is not None:
            self._thread.join(max(timeout_seconds, 0))
            return not self._thread.is_alive()
        return True

    def wait(self, until: float, *, attempts: int) -> None:
        """Wait until nothing is left, or `attempts` failed one after the other.

        At most until the time `until` of `time.monotonic`.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self.is_idle or self.attempts >= attempts,
                timeout=max(until - time.monotonic(), 0),
            )

    def _run(self) -> None:
        if self._predecessor is not None:
            self._predecessor.join(_LAST_PAUSE_SECONDS)
            self.acknowledged = max(self.acknowledged, self._predecessor.acknowledged)
            self._predecessor = None
        while not self._is_stopping:
            with self._changed:
                self._has_more = False
            try:
                frames = self._read(self.acknowledged)
            except (sqlite3.Error, OSError) as error:
                self._failed(f"the outbox cannot be read: {error}", None)
                continue
            for frame in frames:
                self._send(frame)
            if not frames:
                self._rest()
        self._sink.close()

    def _rest(self) -> None:
        with self._changed:
            if self._has_more:
                return
            self.is_idle = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._has_more or self._is_stopping)

    def _send(self, frame: FrameRow) -> None:
        """Send it until it is done with, or the sender is to stop."""
        while not self._is_stopping:
            try:
                if frame.body is None:
                    self.sent.damaged_frames += 1
                    self._on_note(
                        f"sink {self._name}: a frame was damaged in the outbox and is lost"
                    )
                else:
                    self._sink.send(frame.body, frame.sequence)
            except Retry as outcome:
                self._failed(outcome.message, outcome.after_seconds)
            except Refused as outcome:
                self.sent.refused_points += outcome.points
                self.sent.points += frame.points - outcome.points
                self.sent.refusal = outcome.message
                self._on_note(f"sink {self._name}: {outcome.message}")
                self._done(frame)
                return
            except Exception as error:  # noqa: BLE001 - a fault of a sink must not end the service
                self._failed(f"a fault of the sink: {type(error).__name__}: {error}", None)
            else:
                self.sent.points += frame.points if frame.body is not None else 0
                self._done(frame)
                return

    def _done(self, frame: FrameRow) -> None:
        if self.sent.failure is not None and self._tells_retries:
            self._on_note(f"sink {self._name}: the far end takes frames again")
        self.sent.frames += 1
        self.sent.last_success = time.time()
        self.sent.failure = None
        with self._changed:
            self.acknowledged = frame.sequence
            self.attempts = 0
        self._on_acknowledged()

    def _failed(self, message: str, wish_seconds: float | None) -> None:
        """Wait, ever longer, before the next attempt."""
        if self.sent.failure != message and self._tells_retries:
            self._on_note(f"sink {self._name}: {message}; it is tried again")
        self.sent.failure = message
        self.sent.retries += 1
        import random  # not for those who send without trouble: start-up counts

        longest = min(_FIRST_PAUSE_SECONDS * 2 ** min(self.attempts, 10), _LAST_PAUSE_SECONDS)
        # Many agents that lost one far end must not come back at the same instant.
        pause = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        if wish_seconds is not None:
            pause = max(pause, min(wish_seconds, _LONGEST_WISH_SECONDS))
        with self._changed:
            self.attempts += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_stopping, timeout=pause)
