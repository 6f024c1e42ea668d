"""The format and the fields of files, where the format is to be detected."""

import gzip
import json
import tempfile
from collections.abc import Iterable, Sequence
from glob import glob
from pathlib import Path
from typing import NamedTuple

from logagent._core import Parse, Plan

_HEAD_BYTES = 256 << 10
_GZIP = b"\x1f\x8b"
_USUAL = ("status", "path", "method", "bytes", "remote_addr", "user_agent")
"""What is assumed where there is nothing to look at yet."""


class Sampled(NamedTuple):
    """What the first lines say."""

    fields: Sequence[str]
    log_format: str | None
    """What was detected; None where that is no format by itself."""


def sample(plan: Plan, patterns: Sequence[str]) -> Sampled:
    """What the first lines say of the first of these files that has any of a format."""
    for path in expanded(patterns):
        head = _head(path)
        if head and (found := _sampled(plan, head)).fields:
            return found
    return Sampled(_USUAL, None)


def expanded(patterns: Iterable[str]) -> Iterable[Path]:
    """The files that paths and globs name; a path that names none stays."""
    for pattern in patterns:
        found = sorted(glob(pattern)) or [pattern]  # noqa: PTH207 - a pattern may be absolute
        yield from map(Path, found)


def _head(path: Path) -> bytes:
    """Whole lines of the beginning; none where it cannot be read: the engine says why."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(_GZIP):
            with gzip.open(path) as file:
                head = file.read(_HEAD_BYTES)
    except (OSError, EOFError):
        return b""
    return head[: head.rfind(b"\n") + 1]


def _sampled(plan: Plan, head: bytes) -> Sampled:
    with tempfile.NamedTemporaryFile() as lines, tempfile.TemporaryFile() as records:
        lines.write(head)
        lines.flush()
        parsing = Parse(plan, [lines.name], output_fd=records.fileno())
        parsing.run()
        records.seek(0)
        found: dict[str, None] = {}
        for record in records:
            parsed = json.loads(record)
            if parsed["matched"]:
                found.update(dict.fromkeys(parsed["fields"]))
    # In words: `combined (100 of the first 100 lines match)`.
    names = [words.partition(" (")[0] for _, words in parsing.formats()]
    is_whole = bool(names) and " " not in names[0]
    return Sampled(list(found), names[0] if is_whole else None)
