"""Watching files: an engine without state reads what is there and follows what grows."""

import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from logagent import job
from logagent._core import Engine, Scan, Scanner, Snapshot
from logagent.errors import InputError, LogagentError
from logagent.live.tables import RECENT_SECONDS, Answer, Recent, answer, tables
from logagent.live.timeline import Timeline
from logagent.live.view import View
from logagent.tui.ending import Ending, ending_of
from logagent.tui.questions import Choice, ask
from logagent.tui.raw import last_lines
from logagent.tui.sampled import expanded
from logagent.tui.watch import RawLines

_WAIT_SECONDS = 0.25
_SWITCH_SECONDS = 0.0002
"""Python's own 5 ms, waited for after each batch while the screen is drawn, cost a fifth."""
_READ_BYTES = 4 << 20
"""What is read before other threads of Python may hold it up: a hundredth of a second."""
_THREADS = 2
_HISTORY_SECONDS = 240
_ROWS = 100
_RAW_LINES = 100
_OLD_SECONDS = 60
"""A log whose newest record is older than this is looked at by its own time, until it grows."""
_BACKLOG_LINES = 200_000
"""A look that finds more lines than this is catching up: nothing of it is recent."""


class FilesWatch:
    """Counts what files hold; read by a thread of its own from `start` to `stop`."""

    def __init__(self, choice: Choice, *, condition: str | None = None) -> None:
        """Raises `ArgumentError` or `ConfigError` with what is wrong."""
        self.condition = condition
        self._choice = choice
        self._asked = ask(choice, where=condition)
        self._engine = Engine(self._asked.plan, threads=_THREADS)
        lines_plan = self._asked.lines_plan
        self._scanner = None if lines_plan is None else Scanner(lines_plan)
        self._unread: Sequence[tuple[str, str]] = ()
        self._total: Snapshot | None = None
        self._recent = Recent()
        self._timeline = Timeline()
        self._has_caught_up = False
        self._is_live = False
        """Whether everything that was there at the beginning is taken."""
        self._is_shown_whole = False
        """Whether everything that was there at the beginning is counted in what `look` answered."""
        self._looked_at = 0.0
        """When what was counted was taken last, as Unix time."""
        self._ending: Ending | None = None
        """How the files ended when everything was read, until they grow."""
        self._is_stopping = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End reading."""
        self._is_stopping.set()
        self._engine.wake()
        if self._thread.ident is not None:
            self._thread.join()

    def read_all(self) -> None:
        """Read what is there, in the calling thread, instead of `start`. Raises `InputError`."""
        scan = Scan(self._asked.plan, None, threads=len(os.sched_getaffinity(0)))
        self._total = job.run(scan)
        self._unread = scan.errors()
        if self._unread and not self._total.bytes:
            raise InputError(self._unread)
        self._begin_live(time.time(), [str(path) for path in expanded(self._asked.paths)])

    def filter(self, condition: str | None) -> "FilesWatch":
        """The same files from the beginning, but other records of them; not started."""
        return FilesWatch(self._choice, condition=condition)

    async def raw_lines(self, key: str, text: str) -> AsyncIterator[RawLines]:
        """The last lines of the row `text` of the table `key`, once."""
        yield await asyncio.to_thread(self._raw_lines, key, text)

    def _raw_lines(self, key: str, text: str) -> RawLines:
        question = next(one for one in self._asked.questions if one.key == key)

        def holds(lines: Sequence[bytes]) -> bool:
            return text in answer(question, self._counted(lines).series(question.metric))

        paths = [file["path"] for file in self._engine.stats()["files"]]
        found, count = last_lines(paths, holds, limit=_RAW_LINES)
        shown = [line.decode(errors="replace").rstrip("\n") for line in found]
        return RawLines(shown, f"{len(found)} of the last {count} lines")

    def _counted(self, lines: Sequence[bytes]) -> Snapshot:
        """What some lines come to, apart from all else."""
        if self._scanner is not None:
            self._scanner.scan(b"".join(lines))
            return self._scanner.take()
        # A format that has to be detected needs a file to be detected in.
        with tempfile.NamedTemporaryFile(prefix="logagent-") as part:
            part.writelines(lines)
            part.flush()
            return Scan(self._asked.plan, [part.name]).run()

    def look(self, now: float | None = None) -> View:
        """What there is at a Unix time, now by default. Raises `LogagentError`."""
        now = time.time() if now is None else now
        if self._fault is not None:
            raise LogagentError(f"reading ended: {self._fault}")
        self._take(now)
        stats = self._engine.stats()
        behind = sum(file["behind_bytes"] for file in stats["files"])
        size = sum(file["size"] for file in stats["files"])
        ending = self._ending
        at, timeline = (now, self._timeline) if ending is None else (ending.end, ending.timeline)
        lately = self._recent.counts(now) if ending is None else ending.recent
        total = self._total
        return View(
            title=self._asked.title,
            state=self._state(stats, behind, size),
            at=at,
            lines=0 if total is None else total.lines,
            rejected=0 if total is None else total.rejected,
            size_bytes=0 if total is None else total.bytes,
            per_second=timeline.per_second(RECENT_SECONDS, until=at),
            history=timeline.counts(_HISTORY_SECONDS, until=at),
            tables=tables(
                self._asked.questions,
                self._totals(),
                lately if self._is_live else None,
                limit=_ROWS,
            ),
            problems=[f"{path}: {why}" for path, why in (*self._unread, *_unread(stats))],
        )

    def _run(self) -> None:
        try:
            sys.setswitchinterval(_SWITCH_SECONDS)
            while not self._is_stopping.is_set():
                timeout = _WAIT_SECONDS if self._has_caught_up else 0
                if not self._engine.poll(timeout, go_on_to_bytes=_READ_BYTES):
                    self._has_caught_up = True
        except BaseException as error:  # noqa: BLE001 - a panic of the core is one too
            self._fault = error

    def _take(self, now: float) -> None:
        is_backlog = not self._is_live
        has_caught_up = is_backlog and self._has_caught_up
        snapshot = self._engine.take()
        if snapshot is not None:
            self._engine.commit(snapshot)
            if not is_backlog:
                self._add_recent(now, snapshot)
            if self._total is None:
                self._total = snapshot
            else:
                self._total.merge(snapshot)
        self._looked_at = now
        is_long = self._total is not None and self._total.lines >= _BACKLOG_LINES
        if has_caught_up and is_long and not self._is_shown_whole:
            # Who waited for the counts gets them now, and with the next look what is recent.
            self._is_shown_whole = True
        elif has_caught_up:
            self._begin_live(now, [file["path"] for file in self._engine.stats()["files"]])

    def _begin_live(self, now: float, paths: Sequence[str]) -> None:
        """Look when the last records happened: from now on what comes is what happens."""
        self._is_live = True
        ending = ending_of(self._asked, paths)
        self._timeline.begun = now
        if ending is None:
            return
        if now - ending.end > _OLD_SECONDS:
            self._ending = ending
            return
        self._timeline = ending.timeline
        self._recent.add(ending.end, ending.recent)

    def _add_recent(self, now: float, snapshot: Snapshot) -> None:
        if snapshot.lines >= _BACKLOG_LINES:
            return
        self._ending = None
        counts = {
            key: {text: row.total - row.error for text, row in rows.items()}
            for key, rows in self._answers(snapshot).items()
        }
        self._recent.add(now, counts)
        self._timeline.spread(self._looked_at, now, sum(counts["requests"].values()))

    def _totals(self) -> Mapping[str, Answer]:
        return {} if self._total is None else self._answers(self._total)

    def _answers(self, snapshot: Snapshot) -> dict[str, dict[str, Any]]:
        return {
            question.key: answer(question, snapshot.series(question.metric))
            for question in self._asked.questions
        }

    def _state(self, stats: Mapping[str, Any], behind: int, size: int) -> str:
        if self._ending is not None:
            return "ended" if self._thread.ident is None else "following, by the time of the log"
        if self._thread.ident is None:
            return "read once"
        if not stats["files"]:
            return "there is no file" if self._total is None else "read"
        if not self._has_caught_up:
            return f"reading, {100 * (size - behind) // max(size, 1)} %"
        if not self._is_live:
            return "everything is counted"
        count = len(stats["files"])
        return "following" if count == 1 else f"following {count} files"


def _unread(stats: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """What cannot be read, and why."""
    found = [(source["name"], source["error"]) for source in stats["sources"] if source["error"]]
    found += [(file["path"], file["problem"]) for file in stats["files"] if file["problem"]]
    return found + [(file["path"], file["reason"]) for file in stats["parked"]]
