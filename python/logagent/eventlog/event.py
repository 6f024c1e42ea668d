"""Entries of the event log, and how one is written: as a line of JSON, once and for all readers."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from logagent.errors import ArgumentError

MOST_ENTRY_BYTES = 256 << 10
"""The largest entry, encoded."""
_MOST_NAME_CHARACTERS = 256
_STREAM = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_PLAIN_TYPES = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_LATEST_SECONDS = 1e11  # the year 5138: enough for mistaken milliseconds to be told


class NewEvent(NamedTuple):
    """An entry to be appended."""

    body: Mapping[str, Any]
    """What happened: an object of JSON values."""
    event_time: float | None = None
    """When it happened, as Unix time in seconds; None if that is not known."""
    source: str | None = None
    """What it is about or who says so: a source, a checker, a host."""
    key: str | None = None
    """Names the entry within its stream: one with a key that is there is not added again."""

    def tail(self) -> str:
        """The entry's line behind what appending adds. Raises `ArgumentError`."""
        for name, value in (("source", self.source), ("key", self.key)):
            if value is not None and not 0 < len(value) <= _MOST_NAME_CHARACTERS:
                message = f"has to have 1 to {_MOST_NAME_CHARACTERS} characters"
                raise ArgumentError.of(name, message)
        if self.event_time is not None and not abs(self.event_time) < _LATEST_SECONDS:
            raise ArgumentError.of("event_time", "has to be Unix time in seconds")
        rest = {
            "event_time": self.event_time,
            "source": self.source,
            "key": self.key,
            "body": self.body,
        }
        try:
            text = _in_ascii(rest)[1:]
        except (TypeError, ValueError, RecursionError) as error:
            raise ArgumentError.of("body", f"cannot be written as JSON: {error}") from None
        if len(text) > MOST_ENTRY_BYTES:
            raise ArgumentError.of("body", f"is larger than {MOST_ENTRY_BYTES >> 10} KiB")
        return text


class Event(NamedTuple):
    """An entry that is durable."""

    sequence: int
    """Strictly increasing over all streams."""
    stream: str
    received: float
    """When it was appended, as Unix time in seconds."""
    line: bytes
    """The whole entry as a line of JSON in ASCII, without line feed.

    ``{"sequence", "stream", "received", "event_time", "source", "key", "body"}``
    """

    @classmethod
    def of(cls, sequence: int, stream: str, received: float, tail: str) -> "Event":
        """The entry with `NewEvent.tail`."""
        head = f'{{"sequence":{sequence},"stream":"{stream}","received":{received:.3f},'
        return cls(sequence, stream, received, (head + tail).encode())

    @classmethod
    def parse(cls, line: bytes) -> "Event":
        """The entry of a line. Raises ValueError if it is none."""
        entry = orjson.loads(line)
        try:
            return cls(int(entry["sequence"]), entry["stream"], float(entry["received"]), line)
        except (KeyError, TypeError):
            raise ValueError("no line of an event") from None

    def entry(self) -> dict[str, Any]:
        """The entry as plain values."""
        decoded: dict[str, Any] = orjson.loads(self.line)
        return decoded


def _in_ascii(rest: Mapping[str, Any]) -> str:
    """An object as JSON: what comes from logs can play neither with a terminal nor with lines.

    Raises what `json.dumps` does.
    """
    try:
        # Eight times as fast, but neither escaping nor strict: it writes NaN as null.
        fast = orjson.dumps(rest, option=_PLAIN_TYPES)
    except TypeError:
        fast = b"\x7f"  # whether it can be written, and why not, is for the strict one to say
    nulls = sum(value is None for value in rest.values())
    if fast.isascii() and b"\x7f" not in fast and fast.count(b"null") == nulls:
        return fast.decode()
    text = json.dumps(rest, separators=(",", ":"), allow_nan=False)
    return text.replace("\x7f", "\\u007f")


def check_stream(name: str) -> str:
    """`name`, if a stream may be called so; else `ArgumentError`."""
    if not _STREAM.fullmatch(name):
        hint = "a-z, 0-9, `_`, `.` and `-`, at most 64 characters, a letter or digit first"
        raise ArgumentError.of("stream", f"`{name[:80]}` cannot be the name of a stream", hint=hint)
    return name
