"""Event logs for tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from logagent.eventlog import Event, EventLog, Limits, NewEvent


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@contextmanager
def opened(directory: Path, limits: Limits | None = None) -> Iterator[EventLog]:
    log = EventLog(directory, limits)
    try:
        yield log
    finally:
        log.close()


def append(log: EventLog, stream: str, count: int, *, start: int = 0, **more: object) -> list[int]:
    """Append entries with bodies ``{"n": start}`` and so on."""
    entries = [NewEvent({"n": start + number, **more}) for number in range(count)]
    return log.append(stream, entries).result(30)


def numbers(events: Sequence[Event] | Iterator[Event]) -> list[int]:
    return [event.entry()["body"]["n"] for event in events]
