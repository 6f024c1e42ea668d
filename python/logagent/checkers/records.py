"""Records for checkers: what they may ask for, and the batches in which they get it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple

import orjson

_BATCH_RECORDS = 1000
"""Records that a checker gets at once: what they take in memory is bounded by it."""


class RecordWish(NamedTuple):
    """Which records a checker wants."""

    fields: Sequence[str] = ()
    """These fields of them; all without."""
    where: str | None = None
    """A CEL condition on fields, as of `[[sink]]`."""
    source: str | None = None
    """Of this source alone."""


class LogRecord(NamedTuple):
    """A line that matched its format."""

    source: str
    path: str
    """Of its file, or where else it came from."""
    event_time: float | None
    """Its `time` in Unix seconds; None without a readable one."""
    fields: Mapping[str, Any]
    """By name, without the absent ones: instants are ISO 8601, durations seconds."""


class Records(NamedTuple):
    """Records in the order in which they were read: of each file in that of its lines."""

    records: Sequence[LogRecord]
    left_out: int
    """Records in front of these for which there was no memory, since commits failed for long."""
    wall_time: float
    """Unix seconds; in a replay the start of the slot."""


def batches(
    lines: bytes, left_out: int, fields: Sequence[str], wall_time: float
) -> Iterator[Records]:
    """The records of lines of JSON, as `Snapshot.records` has them."""
    rest = BytesIO(lines)
    while True:
        records = [_record(line, fields) for line in islice(rest, _BATCH_RECORDS)]
        if not records and not left_out:
            return
        yield Records(records, left_out, wall_time)
        left_out = 0


def _record(line: bytes, wanted: Sequence[str]) -> LogRecord:
    found = orjson.loads(line)
    fields = found["fields"]
    event_time = _unix_seconds(fields.get("time"))
    if wanted:
        fields = {name: fields[name] for name in wanted if name in fields}
    return LogRecord(found["source"], found["path"], event_time, fields)


def _unix_seconds(text: object) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None
