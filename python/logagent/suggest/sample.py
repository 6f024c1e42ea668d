"""A bounded sample of logs: the beginnings and ends of files, parsed by the core."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from logagent import job
from logagent._core import Parse
from logagent.errors import InputError, LogagentError
from logagent.query import compile_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_LINES = 20_000
"""In all; every file gets an equal share."""
_END_BYTES = 4_000_000
"""Of a longer file, so much is read of its beginning and of its end."""
_READ_BYTES = 1 << 16
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


class Detected(NamedTuple):
    """The format that an input was found to be in."""

    name: str
    goes_on: bool
    """Whether more text follows on the lines."""


class Request(NamedTuple):
    """What is told apart of a request; empty where it is absent."""

    path: str
    agent: str


class Sample:
    """What sampled lines hold, counted."""

    def __init__(self) -> None:
        self.formats: dict[str, Detected | None] = {}
        """Each input that has lines of a format; None where the format was given."""
        self.lines = 0
        self.matched = 0
        self.fields: set[str] = set()
        """The fields that a line of every input holds."""
        self.requests: Counter[Request] = Counter()
        self.request_times: list[float] = []
        """Seconds, ascending."""
        self.rest: str | None = None
        """What stands behind a detected format on the first line that goes on."""
        self.errors: list[tuple[str, str]] = []
        """Inputs that could not be read whole: (path, what happened)."""

    def add(self, record: dict[str, Any]) -> None:
        """Count the fields of a line."""
        self.requests[Request(str(record.get("path", "")), str(record.get("user_agent", "")))] += 1
        if isinstance(seconds := record.get("request_time"), int | float):
            self.request_times.append(seconds)
        if self.rest is None and "rest" in record:
            self.rest = str(record["rest"])


def read_sample(inputs: Sequence[str], log_format: str) -> Sample:
    """Sample the files `inputs`, whose format is `log_format` (or `auto`).

    Raises `InputError` when none could be read, `LogagentError` when no line matches.
    """
    sample = Sample()
    most_lines = max(_MOST_LINES // max(len(inputs), 1), 100)
    for path in inputs:
        fields = _read(sample, path, log_format, most_lines)
        if fields:
            sample.fields = fields if len(sample.formats) == 1 else sample.fields & fields
    sample.request_times.sort()
    if not sample.matched:
        if sample.errors:
            raise InputError(sample.errors)
        raise LogagentError("no line matches the format", hint="logagent explain FILE says why")
    return sample


def _read(sample: Sample, path: str, log_format: str, most_lines: int) -> set[str]:
    """Add lines of one input; returns the fields that are on any of them."""
    import orjson

    fields: set[str] = set()
    plan = compile_query(log_format, by=(), option_prefix="--").plan
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=_READ_BYTES) as lines, _both_ends(path) as ends:
        try:
            parsing = Parse(plan, [ends], output_fd=writing)
        finally:
            os.close(writing)

        def take(_job: job.Job[object], _ended: job.End) -> None:
            taken = 0
            # What comes after the last line that is taken is read too, so that the job can end.
            for line in lines:
                taken += 1
                if taken > most_lines:
                    parsing.cancel()
                    continue
                found = orjson.loads(line)
                sample.lines += 1
                if found["matched"]:
                    sample.matched += 1
                    fields.update(found["fields"])
                    sample.add(found["fields"])

        job.run(parsing, watch=take)
    sample.errors += [(path, what) for _, what in parsing.errors()]
    if fields:
        words = [detected for _, detected in parsing.formats()]
        sample.formats[path] = _detected(words[0]) if words else None
    return fields


def _detected(words: str) -> Detected:
    """The core's words, as in `combined followed by more (99 of the first 100 lines match)`."""
    name, more, _ = words.partition(" (")[0].partition(" followed by more")
    return Detected(name, bool(more))


@contextmanager
def _both_ends(path: str) -> Iterator[str]:
    """A file with the beginning and the end of a long plain file; any other input as it is."""
    file = Path(path)
    if path == "-" or not file.is_file() or file.stat().st_size <= 2 * _END_BYTES:
        yield path
        return
    with file.open("rb") as log:
        head = log.read(_END_BYTES)
        if head.startswith(_COMPRESSED):
            yield path
            return
        log.seek(-_END_BYTES, os.SEEK_END)
        tail = log.read(_END_BYTES)
    with tempfile.NamedTemporaryFile(prefix="logagent-") as ends:
        # Whole lines only: the last of the head and the first of the tail are cut.
        ends.write(head[: head.rfind(b"\n") + 1])
        ends.write(tail[tail.find(b"\n") + 1 :])
        ends.flush()
        yield ends.name
