"""Watching some of a service's records: they are counted here as they come."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Protocol

import orjson

from logagent._core import Filter, Scanner, Snapshot
from logagent.client.address import Address
from logagent.client.stream import stream_of
from logagent.errors import ArgumentError, ConfigError, LogagentError
from logagent.live.tables import RECENT_SECONDS, Answer, Recent, answer, tables
from logagent.live.timeline import Timeline
from logagent.live.view import View
from logagent.tui.questions import ask_records
from logagent.tui.watch import RawLines

if TYPE_CHECKING:
    from logagent.tui.watch import Watch

_HISTORY_SECONDS = 240
_ROWS = 100
_RAW_LINES = 100
_KEPT_RECORDS = 1000
"""Records that are kept to show the lines of a row."""


class Unfiltered(Protocol):
    """The service as it is without the filter."""

    def look(self) -> View:
        """What it says at present. Raises `LogagentError`."""

    def filter(self, condition: str | None) -> "Watch":
        """The same with another condition, or without any."""


class RecordsWatch:
    """Counts the records of a service that a condition holds for, from `start` to `stop`."""

    def __init__(self, address: Address, condition: str, *, unfiltered: Unfiltered) -> None:
        """Raises `ArgumentError` if the condition is none."""
        try:
            Filter(condition, origin="--where")
        except ConfigError as error:
            problem = error.problems[0]
            raise ArgumentError.of("--where", problem.message, hint=problem.hint) from None
        self.condition = condition
        self._address = address
        self._unfiltered = unfiltered
        plan, self._questions = ask_records()
        self._scanner = Scanner(plan)
        self._counted: Snapshot | None = None
        self._recent = Recent()
        self._timeline = Timeline()
        self._looked_at = 0.0
        self._left_out = 0
        self._size_bytes = 0
        """Of the lines, as far as they are UTF-8."""
        self._kept: deque[tuple[bytes, str]] = deque(maxlen=_KEPT_RECORDS)
        """Fields and line of the last records."""
        self._failure: LogagentError | None = None
        self._following: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to count."""
        self._timeline.begun = self._looked_at = time.time()
        loop = asyncio.new_event_loop()
        self._following = loop.create_task(self._follow())
        self._thread = threading.Thread(target=self._run, args=(loop, self._following), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._following is not None and self._thread is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed: it has ended
                self._following.get_loop().call_soon_threadsafe(self._following.cancel)
            self._thread.join()

    def read_all(self) -> None:
        """Count for as long as what is called recent."""
        self.start()
        time.sleep(RECENT_SECONDS)
        self.stop()

    def filter(self, condition: str | None) -> "Watch":
        """With another condition, or without any. Raises `LogagentError`."""
        return self._unfiltered.filter(condition)

    def look(self) -> View:
        """What came so far. Raises `LogagentError`."""
        base, now = self._unfiltered.look(), time.time()
        if self._failure is not None:
            raise self._failure
        self._take(now)
        counted = self._counted
        problems = [*base.problems]
        if self._left_out:
            problems.append(f"{self._left_out} records came too fast, and are not counted")
        totals = {} if counted is None else self._answers(counted)
        return base._replace(
            at=now,
            lines=0 if counted is None else counted.lines,
            rejected=0,
            size_bytes=self._size_bytes,
            per_second=self._timeline.per_second(RECENT_SECONDS, until=now),
            history=self._timeline.counts(_HISTORY_SECONDS, until=now),
            tables=tables(self._questions, totals, self._recent.counts(now), limit=_ROWS),
            problems=problems,
        )

    async def raw_lines(self, key: str, text: str) -> AsyncIterator[RawLines]:
        """The last lines of the row `text` of the table `key`, once."""
        question = next(one for one in self._questions if one.key == key)
        scanner = Scanner(ask_records()[0])
        kept = list(self._kept)
        found: deque[str] = deque()
        for fields, line in reversed(kept):
            scanner.scan(fields)
            if text in answer(question, scanner.take().series(question.metric)):
                found.appendleft(line)
            if len(found) == _RAW_LINES:
                break
        yield RawLines(found, f"{len(found)} of the last {len(kept)} lines")

    def _run(self, loop: asyncio.AbstractEventLoop, following: asyncio.Task[None]) -> None:
        try:
            loop.run_until_complete(following)
        except asyncio.CancelledError:
            pass
        except LogagentError as error:
            self._failure = error
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _follow(self) -> None:
        query = [("where", self.condition)]
        async for record in stream_of(self._address, query, "/api/v1/records"):
            self._left_out += record.get("left_out", 0)
            if "fields" in record:
                fields = orjson.dumps(record["fields"]) + b"\n"
                self._scanner.scan(fields)
                self._kept.append((fields, record["line"]))
                self._size_bytes += len(record["line"].encode()) + 1

    def _take(self, now: float) -> None:
        new = self._scanner.take()
        counts = {
            key: {text: row.total - row.error for text, row in rows.items()}
            for key, rows in self._answers(new).items()
        }
        self._recent.add(now, counts)
        self._timeline.spread(self._looked_at, now, new.lines)
        self._looked_at = now
        if self._counted is None:
            self._counted = new
        else:
            self._counted.merge(new)

    def _answers(self, snapshot: Snapshot) -> Mapping[str, Answer]:
        return {
            question.key: answer(question, snapshot.series(question.metric))
            for question in self._questions
        }
