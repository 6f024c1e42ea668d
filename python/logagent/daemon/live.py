"""What the status page and `logagent top` show of the service, made once a second for all.

Nothing is made while nobody looks.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from logagent.daemon.committing import Committer
from logagent.errors import ArgumentError
from logagent.live import committed, patterns
from logagent.live.lines import LinesOfRow
from logagent.live.plain import plain_of
from logagent.live.tables import RECENT_SECONDS, Answer, Question, Recent, tables
from logagent.live.timeline import Timeline
from logagent.live.view import Alert, View

if TYPE_CHECKING:
    from logagent._core import Engine, Plan

_LOOK_SECONDS = 1.0
_IDLE_SECONDS = 30.0
"""So long after the last question goes on what was begun for it: who asks again gets rates."""
_REST_FACTOR = 10
"""Making tables takes at most a tenth of one processor."""
_HISTORY_SECONDS = 180
_ROWS = 50


class Offered(NamedTuple):
    """What of the service is looked at."""

    engine: "Engine"
    committer: Committer
    plan: Callable[[], "Plan"]
    """The plan in force."""
    status: Callable[[], Mapping[str, Any]]
    fresh: Callable[[], Awaitable[None]]
    """Waits briefly, so that what was counted more than a second ago is committed."""
    alerts: Callable[[], Mapping[str, Any]]
    """Findings as plain values: ``firing``, and ``recent``, the newest last."""


class Live:
    """Looks at the service once a second, as long as somebody asks."""

    def __init__(self, offered: Offered) -> None:
        self._offered = offered
        self._changed = asyncio.Condition()
        self._content = b""
        self._number = 0
        self._listeners = 0
        self._asked_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._begin()

    def _begin(self) -> None:
        """Forget what was seen: rates begin anew."""
        self._timeline = Timeline()
        self._recent = Recent()
        self._lines: tuple[float, int] | None = None
        self._plan: Plan | None = None
        self._questions: list[Question] = []
        self._categories: list[str] = []
        self._totals: Mapping[str, Answer] = {}
        self._counts: dict[str, dict[str, int]] = {}
        self._generation = -1
        self._tables_due = 0.0

    async def now(self) -> bytes:
        """How the service is, as JSON in ASCII."""
        self._asked_at = time.monotonic()
        self._ensure_looking()
        if not self._content:
            async with self._changed:
                await self._changed.wait_for(lambda: self._content)
        return self._content

    def lines_of(self, table: str, text: str) -> LinesOfRow:
        """What tells the lines of a row of a table. Raises `ArgumentError`."""
        plan = self._offered.plan()
        for question in committed.questions_of(plan.describe()):
            if question.key == table:
                return LinesOfRow(plan, question, text)
        raise ArgumentError.of("table", f"there is no table `{table}`")

    async def updates(self) -> AsyncIterator[bytes]:
        """The same, again each second; who is slow gets the latest."""
        self._listeners += 1
        try:
            seen = -1
            while True:
                self._ensure_looking()
                async with self._changed:
                    while not self._content or self._number == seen:
                        await self._changed.wait()
                    seen, content = self._number, self._content
                yield content
        finally:
            self._listeners -= 1
            self._asked_at = time.monotonic()

    def _ensure_looking(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_on())

    async def _look_on(self) -> None:
        self._begin()
        try:
            while self._listeners or time.monotonic() - self._asked_at < _IDLE_SECONDS:
                started = time.monotonic()
                await self._look()
                async with self._changed:
                    self._number += 1
                    self._changed.notify_all()
                await asyncio.sleep(max(_LOOK_SECONDS - (time.monotonic() - started), 0.1))
        finally:
            self._content = b""

    async def _look(self) -> None:
        await self._offered.fresh()
        now = time.time()
        await self._count_tables(now)
        status = self._offered.status()
        self._count_lines(now, status)
        self._content = json.dumps(self._state(now, status)).encode()

    async def _count_tables(self, now: float) -> None:
        plan, committer = self._offered.plan(), self._offered.committer
        if plan is not self._plan:
            described = plan.describe()
            self._plan, self._questions = plan, committed.questions_of(described)
            self._categories = [category["name"] for category in described["categories"]]
            self._totals, self._counts, self._recent = {}, {}, Recent()
            self._generation = -1
        is_due = time.monotonic() >= self._tables_due
        if not is_due or committer.generation == self._generation or not self._questions:
            return
        started = time.monotonic()
        # Between two commits of which none failed, all rows are committed ones.
        generation, rows = await asyncio.wrap_future(
            committer.between_commits(lambda: (committer.generation, self._committed_rows()))
        )
        if rows is None:
            return

        def make() -> tuple[dict[str, Answer], dict[str, dict[str, int]]]:
            found = committed.answers(plan, self._questions, rows)
            return found, committed.counts(found)

        try:
            self._totals, new = await asyncio.to_thread(make)
        except ValueError:  # a reload came in between: the next look knows the new plan
            return
        self._recent.add(now, committed.difference(new, self._counts))
        self._counts, self._generation = new, generation
        self._tables_due = time.monotonic() + _REST_FACTOR * (time.monotonic() - started)

    def _committed_rows(self) -> Any:  # noqa: ANN401 - `Rows`, which is there for type checkers only
        """All rows, unless some of them are not committed; in the committing thread."""
        if self._offered.committer.failure is not None:
            return None
        return self._offered.engine.everything()

    def _count_lines(self, now: float, status: Mapping[str, Any]) -> None:
        """Put the lines since the last look on the seconds since then."""
        lines = sum(tally["lines"] for tally in _by_path(status))
        if self._lines is not None:
            then, before = self._lines
            self._timeline.spread(then, now, max(lines - before, 0))
        else:
            self._timeline.begun = now
        self._lines = (now, lines)

    def _state(self, now: float, status: Mapping[str, Any]) -> dict[str, Any]:
        by_path = _by_path(status)
        alerts = self._offered.alerts()
        behind = sum(file["behind_bytes"] for file in status["files"])
        count = len(status["files"])
        view = View(
            title="",
            state=f"following {count} file{'' if count == 1 else 's'}"
            + (f", {behind:,} bytes behind" if behind else ""),
            at=now,
            lines=sum(tally["lines"] for tally in by_path),
            rejected=sum(sum(tally["rejects"].values()) for tally in by_path),
            size_bytes=sum(tally["bytes"] for tally in by_path),
            per_second=self._timeline.per_second(RECENT_SECONDS, until=now),
            history=self._timeline.counts(_HISTORY_SECONDS, until=now),
            tables=[
                *tables(self._questions, self._totals, self._recent.counts(now), limit=_ROWS),
                *patterns.tables(status["models"], limit=_ROWS),
            ],
            alerts=[_alert(one) for one in alerts["firing"]],
            alert_history=[_alert(one) for one in reversed(alerts["recent"])],
        )
        return {
            **plain_of(view),
            "categories": self._categories,
            **{key: status[key] for key in ("version", "config", "commit")},
            # What fires is shown by itself.
            "problems": [one for one in status["problems"] if "alert" not in one],
            "files": [_file(file) for file in status["files"]],
            "rejects": [
                {"source": tally["source"], "path": tally["path"], "reason": reason, "count": lines}
                for tally in by_path
                for reason, lines in tally["rejects"].items()
            ],
        }


def _by_path(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [tally for tally in status["committed"] if tally["path"] is not None]


def _alert(finding: Mapping[str, Any]) -> Alert:
    is_open = finding["phase"] != "close"
    instant = datetime.fromisoformat(finding["started" if is_open else "event_time"]).timestamp()
    return Alert(finding["checker"], finding["phase"], instant, finding["summary"])


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("source", "path", "stage", "offset", "size", "behind_bytes", "behind_seconds")
    return {key: file[key] for key in keys} | {"problem": file["problem"], "format": file["format"]}
