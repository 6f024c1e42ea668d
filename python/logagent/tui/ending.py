"""When the records at the end of files happened, by their own time stamps."""

import contextlib
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from logagent._core import Plan, Scan, Snapshot
from logagent.live.tables import RECENT_SECONDS, answer
from logagent.live.timeline import Timeline
from logagent.tui.questions import Asked
from logagent.tui.raw import Tail, tail_of

_TAIL_BYTES = 16 << 20
_MOST_FILES = 8
_AHEAD_SECONDS = 300
"""Records that are stamped later than this after the wall clock were stamped by a wrong one."""
_COMPRESSED = (".gz", ".zst")


class Ending(NamedTuple):
    """The last minutes of files."""

    end: float
    """The end of the second of the newest record, as Unix time."""
    timeline: Timeline
    recent: Mapping[str, Mapping[str, int]]
    """What was counted in the last ten seconds before `end`: by key of table, then by text."""


def ending_of(asked: Asked, paths: Iterable[str]) -> Ending | None:
    """How files end: the last ones by the time of their change, as far as their ends are read.

    None where no record has a time, or nothing can be read from behind, as in compressed files.
    """
    tails = [tail for path in _newest(paths) if (tail := tail_of(str(path), _TAIL_BYTES)).lines]
    if not tails:
        return None
    with contextlib.ExitStack() as stack:
        files = [_file_of(tail, stack) for tail in tails]
        requests = _counted(asked.timeline_plan, files, slot_seconds=1)
        columns = requests.slots(0)
        latest = time.time() + _AHEAD_SECONDS
        seconds = [slot for slot in columns["slot"] if slot <= latest]
        if not seconds:
            return None
        end = max(seconds) + 1
        # Only what is recent is asked everything: to keep all tables by second costs many times
        # what the timeline does.
        begin_ns, end_ns = ((end - ago) * 10**9 for ago in (RECENT_SECONDS, 0))
        lately = _counted(asked.plan, files, since_ns=begin_ns, until_ns=end_ns)
    timeline = Timeline()
    timeline.begun = min(seconds) + 1 if any(tail.is_cut for tail in tails) else None
    for slot, count in zip(columns["slot"], columns["count"], strict=True):
        if slot < end:
            timeline.add(slot, count)
    recent = {}
    for question in asked.questions:
        found = answer(question, lately.series(question.metric))
        counts = {text: row.total - row.error for text, row in found.items()}
        recent[question.key] = {text: count for text, count in counts.items() if count}
    return Ending(end, timeline, recent)


def _file_of(tail: Tail, stack: contextlib.ExitStack) -> str:
    """A file of the lines of a tail, until the stack is closed."""
    file = stack.enter_context(tempfile.NamedTemporaryFile(prefix="logagent-"))  # noqa: SIM115
    file.writelines(tail.lines)
    file.flush()
    return file.name


def _counted(
    plan: Plan,
    files: Iterable[str],
    *,
    since_ns: int | None = None,
    until_ns: int | None = None,
    slot_seconds: int | None = None,
) -> Snapshot:
    """What files come to, at least one; each is read by itself, since their formats may differ."""
    first, *others = (
        Scan(plan, [file], since_ns=since_ns, until_ns=until_ns, slot_seconds=slot_seconds).run()
        for file in files
    )
    for other in others:
        first.merge(other)
    return first


def _newest(paths: Iterable[str]) -> list[Path]:
    """The files that were changed last, but for compressed ones."""
    files = [path for path in map(Path, paths) if path.is_file() and path.suffix not in _COMPRESSED]
    return sorted(files, key=lambda path: path.stat().st_mtime)[-_MOST_FILES:]
