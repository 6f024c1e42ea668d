"""When the records at the end of files happened, by their own time stamps."""

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logagent._core import Plan, Scan
from logagent.live.tables import RECENT_SECONDS, Question, answer
from logagent.live.timeline import Timeline
from logagent.tui.raw import tail_of

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


def ending_of(plan: Plan, questions: Sequence[Question], paths: Iterable[str]) -> Ending | None:
    """How files end: the last ones by the time of their change, as far as their ends are read.

    None where no record has a time, or nothing can be read from behind, as in compressed files.
    """
    snapshot, is_cut = None, False
    for path in _newest(paths):
        tail = tail_of(str(path), _TAIL_BYTES)
        if not tail.lines:
            continue
        is_cut = is_cut or tail.is_cut
        with tempfile.NamedTemporaryFile(prefix="logagent-") as lines:
            lines.writelines(tail.lines)
            lines.flush()
            counted = Scan(plan, [lines.name], slot_seconds=1).run()
        if snapshot is None:
            snapshot = counted
        else:
            snapshot.merge(counted)
    if snapshot is None:
        return None
    columns = {question.metric: snapshot.slots(question.metric) for question in questions}
    latest = time.time() + _AHEAD_SECONDS
    requests = columns[questions[0].metric]
    seconds = [slot for slot in requests["slot"] if slot <= latest]
    if not seconds:
        return None
    end = max(seconds) + 1
    timeline = Timeline()
    timeline.begun = min(seconds) + 1 if is_cut else None
    for slot, count in zip(requests["slot"], requests["count"], strict=True):
        if slot < end:
            timeline.add(slot, count)
    recent = {}
    for question in questions:
        rows = _between(columns[question.metric], end - RECENT_SECONDS, end)
        found = answer(question, rows)
        recent[question.key] = {text: row.total - row.error for text, row in found.items()}
    return Ending(end, timeline, recent)


def _newest(paths: Iterable[str]) -> list[Path]:
    """The files that were changed last, but for compressed ones."""
    files = [path for path in map(Path, paths) if path.is_file() and path.suffix not in _COMPRESSED]
    return sorted(files, key=lambda path: path.stat().st_mtime)[-_MOST_FILES:]


def _between(columns: Mapping[str, Any], begin: float, end: float) -> dict[str, Any]:
    """The rows of the slots from `begin` to `end`."""
    kept = [i for i, slot in enumerate(columns["slot"]) if begin <= slot < end]

    def chosen(column: Any) -> Any:  # noqa: ANN401 - columns, or groups of them
        if isinstance(column, Mapping):
            return {name: chosen(part) for name, part in column.items()}
        return [column[i] for i in kept]

    return {name: chosen(column) for name, column in columns.items()}
