"""What the service writes into its event log: about itself, and lines that it refused."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from logagent.errors import LogagentError
from logagent.eventlog import EventLog, NewEvent

if TYPE_CHECKING:
    from concurrent.futures import Future

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_MOST_UNWRITTEN = 1000
"""What is told of the agent while the log cannot be written; the oldest goes first."""
_MOST_PROBLEM_CHARACTERS = 4096

Problem = Mapping[str, Any]


class Chronicle:
    """Writes the streams `agent` and `rejects`."""

    def __init__(
        self,
        log: EventLog,
        refused_lines: Callable[[], Iterable[Mapping[str, Any]]],
        changed_formats: Callable[[], Iterable[Mapping[str, str]]],
        problems: Callable[[], Iterable[Problem]],
    ) -> None:
        """`refused_lines` and `changed_formats` are those of `Engine`.

        `problems` are those that there are now.
        """
        self._log = log
        self._refused_lines = refused_lines
        self._changed_formats = changed_formats
        self._problems = problems
        self._known: dict[tuple[object, ...], Problem] = {}
        # Keys, so that an entry that is tried again after a doubtful failure is there once.
        self._key = secrets.token_hex(8)
        self._told = 0
        self._unwritten: deque[tuple[NewEvent, Future[list[int]]]] = deque(maxlen=_MOST_UNWRITTEN)

    def tell(self, kind: str, message: str, **more: object) -> None:
        """Note something about the agent: ``{"kind", "message", …}``."""
        self._told += 1
        body = {"kind": kind, "message": message[:_MOST_PROBLEM_CHARACTERS], **more}
        self._append(NewEvent(body, source="logagent", key=f"{self._key}-{self._told}"))

    async def follow(self) -> None:
        """Look every second for refused lines, and for problems that begin or end."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    def look(self) -> None:
        """Write what is new since the last look."""
        self._try_again()
        self._note_problems()
        self._note_formats()
        lines = [_rejected(line) for line in self._refused_lines()]
        if lines:
            # A sample: what cannot be written is left out.
            self._log.append("rejects", lines)

    def _note_problems(self) -> None:
        now: dict[tuple[object, ...], Problem] = {
            (problem.get("source"), problem.get("path"), problem["message"]): problem
            for problem in self._problems()
            if "alert" not in problem  # there is a stream for these
        }
        for kind, seen, others in (
            ("problem-begins", now, self._known),
            ("problem-ends", self._known, now),
        ):
            for key in seen.keys() - others.keys():
                problem = dict(seen[key])
                self.tell(kind, str(problem.pop("message")), **problem)
        self._known = now

    def _note_formats(self) -> None:
        for change in self._changed_formats():
            message = (
                f"{change['path']}: was read as {change['before']}, "
                f"and goes on as {change['format']}"
            )
            _log.warning("%s", message)
            self.tell("format-changes", message, **change)

    def _append(self, event: NewEvent) -> None:
        try:
            self._unwritten.append((event, self._log.append("agent", [event])))
        except LogagentError as error:
            _log.warning("not in the event log: %s", error)

    def _try_again(self) -> None:
        """Append once more what could not be written."""
        waiting = list(self._unwritten)
        self._unwritten.clear()
        for event, future in waiting:
            if not future.done():
                self._unwritten.append((event, future))
            elif future.exception() is not None:
                self._append(event)


def _rejected(line: Mapping[str, Any]) -> NewEvent:
    body = {**line, "line": line["line"].decode(errors="replace")}
    return NewEvent(body, source=body.pop("source")[:256] or None)
