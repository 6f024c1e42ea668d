"""The service's own log, on standard error: text or JSON, rate limited, one line per message."""

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

import orjson

from logagent.printable import printable

_BURST = 10
"""Messages of one kind that are written within a period; further ones are counted."""
_PERIOD_SECONDS = 60.0
_MOST_KINDS = 256
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
"""Levels of syslog, as the journal reads them in front of a line (sd-daemon(3))."""


def configure(*, form: str, level: str, stream: TextIO | None = None) -> None:
    """Write what is logged from `level` on to standard error, as `text` or `json`."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter(stream))
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What uvicorn tells at its lower levels is how servers work.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    # A closed standard error must not become tracebacks about the log.
    logging.raiseExceptions = False


class RateLimit(logging.Filter):
    """Lets only so many messages of a kind through; the next one says how many were left out.

    A kind is a message before its values are filled in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message is written."""
        kind, now = (record.name, str(record.msg)), self._clock()
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        since, count = self._kinds.get(kind, (now, 0))
        if now - since >= _PERIOD_SECONDS:
            record.left_out = max(count - _BURST, 0)
            since, count = now, 0
        self._kinds[kind] = (since, count + 1)
        return count < _BURST


class TextFormatter(logging.Formatter):
    """A line for people; the journal gets its priority in front, and adds the time itself."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        super().__init__()
        self._is_journal = _is_journal(stream, environment)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        text = f"{record.levelname.lower()}: {_message(record)}"
        if self._is_journal:
            return f"<{_PRIORITIES.get(record.levelno, 2)}>{text}"
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return f"{moment.replace('+00:00', 'Z')} {text}"


class JsonFormatter(logging.Formatter):
    """An object per line: `time` (ISO 8601), `level`, `logger`, `message`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        content = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        return orjson.dumps(content).decode()


def _message(record: logging.LogRecord) -> str:
    """What is said, in one line; content of logs and names of files cannot play with a terminal."""
    text = record.getMessage().strip()
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        text += f": {type(error).__name__}: {error}"
        if os.environ.get("LOGAGENT_DEBUG"):
            text += "\n" + logging.Formatter().formatException(record.exc_info)
    left_out = getattr(record, "left_out", 0)
    if left_out:
        text += f" ({left_out} more like this were left out)"
    separator = " | "
    return separator.join(
        printable(line.encode(errors="backslashreplace").decode()) for line in text.splitlines()
    )


def _is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether the stream goes to the journal: systemd names its device and inode."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
