"""Instants and durations as people write them."""

import re
import time
from datetime import UTC, datetime, timedelta

from logagent.errors import ArgumentError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What 64 bits of nanoseconds hold.
_FIRST_NS, _LAST_NS = -(2**63), 2**63 - 1
_EPOCH_SECONDS = r"@?(\d{9,10})(?:\.(\d{1,9}))?"
_DURATION_PART = r"(\d{1,9}(?:\.\d{1,9})?)(ms|[smhdw])"
_DURATION = rf"(?:{_DURATION_PART})+"
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def instant_ns(value: str | datetime, *, now_ns: int, origin: str) -> int:
    """Unix nanoseconds of an instant.

    Text may be ISO 8601 (``2026-11-21``, ``2026-11-21 10:00``, ``2026-11-21T10:00:00Z``), Unix
    seconds, or how long ago (``-90m``, ``2d``). Without a zone it is local time, as for `datetime`
    objects.
    Raises `ArgumentError` that names `origin`, the argument that holds the value.
    """
    try:
        instant = _unix_ns(value) if isinstance(value, datetime) else _read(value.strip(), now_ns)
    except (ValueError, OverflowError):
        raise ArgumentError.of(
            origin,
            f"`{value}` is not an instant",
            hint="write 2026-11-21, 2026-11-21T10:00:00Z, Unix seconds, or how long ago: -90m, -2d",
        ) from None
    if not _FIRST_NS <= instant <= _LAST_NS:
        raise ArgumentError.of(origin, f"`{value}` is not between the years 1678 and 2262")
    return instant


def window_ns(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """The instants that `--since` and `--until` name; None where there is none."""
    now_ns = time.time_ns()

    def read(text: str | None, origin: str) -> int | None:
        return None if text is None else instant_ns(text, now_ns=now_ns, origin=origin)

    return read(since, "--since"), read(until, "--until")


def _read(text: str, now_ns: int) -> int:
    """Unix nanoseconds of an instant; raises ValueError or OverflowError."""
    if epoch := re.fullmatch(_EPOCH_SECONDS, text):
        seconds, fraction = epoch.groups()
        return int(seconds) * 10**9 + int((fraction or "").ljust(9, "0"))
    if re.fullmatch(_DURATION, text.removeprefix("-")):
        return now_ns - int(_seconds(text.removeprefix("-")) * 1e9)
    return _unix_ns(datetime.fromisoformat(text))


def iso_seconds(unix_seconds: int) -> str:
    """Unix seconds in ISO 8601, as ``2026-11-21T10:00:00Z``."""
    instant = _EPOCH + timedelta(seconds=unix_seconds)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def duration_s(text: str, *, origin: str) -> float:
    """Seconds of a duration such as ``10s``, ``1h30m`` or ``250ms``.

    Raises `ArgumentError` that names `origin`, the argument that holds the text.
    """
    if not re.fullmatch(_DURATION, text):
        raise ArgumentError.of(
            origin, f"`{text}` is not a duration", hint="write 10s, 5m, 1h30m or 250ms"
        )
    return _seconds(text)


def _seconds(duration: str) -> float:
    return sum(float(n) * _UNIT_SECONDS[unit] for n, unit in re.findall(_DURATION_PART, duration))


def _unix_ns(instant: datetime) -> int:
    # Whole microseconds, so that no float rounds them.
    return (instant.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1) * 1000
