"""What another plan would change: both count the last lines of the logs."""

import os
import stat
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

from logagent._core import Plan, Scan
from logagent.families import families_of

_BLOCK_BYTES = 1 << 20
_MOST_SAMPLE_BYTES = 32 << 20
_COMPRESSED = (".gz", ".zst")


class Difference(NamedTuple):
    """A series that the two plans count differently; None where a plan has no such series."""

    source: str
    metric: str
    labels: Mapping[str, str | None]
    column: str
    old: Any
    new: Any


class Preview(NamedTuple):
    """What both plans made of the same lines."""

    lines: Mapping[str, int]
    """How many lines were counted of each source."""
    same: int
    """Series that are equal."""
    differences: Sequence[Difference]


def compare(old: Plan, new: Plan, lines: int) -> Preview:
    """Count the last `lines` lines of each source by both plans.

    Sources are matched by name; the lines are those of the new one's files, of the old one's where
    the new plan has no such source. Compressed files are left out.
    """
    counted: dict[str, int] = {}
    same, differences = 0, []
    old_sources, new_sources = _sources(old), _sources(new)
    for name in {**new_sources, **old_sources}:
        with tempfile.NamedTemporaryFile(prefix="logagent-preview-") as sample:
            numbered = new_sources.get(name) or old_sources[name]
            counted[name] = _copy_last(numbered[1], lines, sample.name)
            before = _counts(old, old_sources.get(name), sample.name)
            after = _counts(new, new_sources.get(name), sample.name)
        for key in {**before, **after}:
            if key in before and key in after and before[key] == after[key]:
                same += 1
                continue
            metric, labels, column = key
            differences.append(
                Difference(name, metric, dict(labels), column, before.get(key), after.get(key))
            )
    differences.sort(key=lambda one: (one.source, one.metric, one.column, str(one.labels)))
    return Preview(counted, same, differences)


_Key = tuple[str, tuple[tuple[str, str | None], ...], str]


def _sources(plan: Plan) -> dict[str, tuple[int, Mapping[str, Any]]]:
    described = plan.describe()["sources"]
    return {source["name"]: (number, source) for number, source in enumerate(described)}


def _counts(
    plan: Plan, numbered: tuple[int, Mapping[str, Any]] | None, path: str
) -> dict[_Key, Any]:
    """Every column of every series, and what became of the lines."""
    if numbered is None:
        return {}
    snapshot = Scan(plan, [path], source=numbered[0]).run()
    found: dict[_Key, Any] = {
        ("(lines)", (), "matched"): snapshot.matched,
        **{("(lines)", (), f"rejected: {why}"): count for why, count in snapshot.rejects.items()},
    }
    for family in families_of(plan, snapshot):
        for row in family.rows():
            labels = tuple(row.pop("labels").items())
            found.update({(family.name, labels, column): value for column, value in row.items()})
    return found


def _copy_last(source: Mapping[str, Any], lines: int, sample: str) -> int:
    """Write the last lines of a source's files, the newest file's last; how many there were."""
    parts: deque[bytes] = deque()
    missing, room = lines, _MOST_SAMPLE_BYTES
    for path in _newest_first(source):
        if missing <= 0 or room <= 0:
            break
        part = _last_lines(path, missing, room)
        parts.appendleft(part)
        missing -= part.count(b"\n")
        room -= len(part)
    with Path(sample).open("wb") as file:
        file.writelines(parts)
    return lines - missing


def _newest_first(source: Mapping[str, Any]) -> list[str]:
    """The plain files of a source, without what it excludes."""
    excluded = set(_files(source["exclude"]))
    aged = []
    for path in _files(source["paths"]):
        if path in excluded or path.endswith(_COMPRESSED):
            continue
        try:
            status = os.stat(path)  # noqa: PTH116 - a path is a text here
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            aged.append((status.st_mtime_ns, path))
    return [path for _, path in sorted(aged, reverse=True)]


def _files(patterns: Sequence[str]) -> Iterator[str]:
    for pattern in patterns:
        yield from glob(pattern)  # noqa: PTH207 - a pattern may be absolute


def _last_lines(path: str, lines: int, room: int) -> bytes:
    """At most that many whole lines, and bytes, of the end of a file; none of an unreadable one."""
    blocks: deque[bytes] = deque()
    try:
        with Path(path).open("rb") as file:
            offset = file.seek(0, os.SEEK_END)
            found, taken = 0, 0
            while offset > 0 and found <= lines and taken < room:
                size = min(_BLOCK_BYTES, offset, room - taken)
                offset -= size
                file.seek(offset)
                blocks.appendleft(file.read(size))
                found += blocks[0].count(b"\n")
                taken += size
    except OSError:
        return b""
    content = b"".join(blocks)
    # An unfinished last line is left out, and the rest of a line with which the first block begins.
    content = content[: content.rfind(b"\n") + 1]
    if offset > 0:
        content = content[content.find(b"\n") + 1 :]
    # Not `splitlines`, for which a carriage return ends a line too.
    return b"".join(line + b"\n" for line in content.split(b"\n")[-lines - 1 : -1])
