"""Models of patterns in the service: findings of what is new, and edits while lines come."""

import sqlite3
import time
from asyncio import wrap_future
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from logagent.daemon.committing import Committer
from logagent.errors import ArgumentError, Edit, EditError, EditRefusal
from logagent.eventlog import NewEvent

if TYPE_CHECKING:
    from logagent._core import Engine, Snapshot

_STREAM = "findings"

AddEvents = Callable[[sqlite3.Connection, str, Sequence[NewEvent]], None]
"""Adds entries for a stream of the event log in the transaction of a commit."""


class Models:
    """Tells new templates (`logagent.daemon.participant`), and puts models in place of others.

    What is learnt itself is among the rows of the engine.
    """

    def __init__(self, engine: "Engine", add_events: AddEvents) -> None:
        self._engine = engine
        self._add_events = add_events

    def write(self, connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:
        """As `Participant.write`."""
        found = [] if snapshot is None else snapshot.new_templates()
        if found:
            self._add_events(connection, _STREAM, [_finding(one) for one in found])

    def committed(self) -> None:
        """As `Participant.committed`: there is nothing to show."""

    def has_work(self) -> bool:
        """As `Participant.has_work`: templates come with lines only."""
        return False

    def unmatched_lines(self) -> Iterator[Mapping[str, Any]]:
        """A few of the lines that frozen models did not match, as `Engine.refused_lines`."""
        for line in self._engine.unmatched_lines():
            yield {**line, "line": line["line"].encode(), "reason": "template"}

    def summary(self) -> list[Mapping[str, Any]]:
        """The models as committed, without their counts."""
        return [
            {key: value for key, value in model.items() if key != "counts"}
            for model in self._engine.stats()["models"]
        ]

    def read(self, name: str, version: int | None) -> tuple[int, str]:
        """The version and JSON of a model. Raises `EditError` if there is none."""
        found = self._engine.model(name, version=version)
        if found is None:
            what = "such model" if version is None else f"version {version} of the model"
            raise EditError(EditRefusal.MISSING, f"there is no {what} `{name}`")
        return found

    async def edit(
        self, committer: Committer, edit: Edit, name: str, text: str | None, expected: int | None
    ) -> int:
        """Make an edit between two batches; its version, once it is durable.

        With `expected` only if that is the present version. Raises `EditError`, `ArgumentError` for
        what is no model, and `CommitError` if it is not durable yet.
        """

        def work() -> int:
            committer.commit()
            self._check(edit, name, expected)
            try:
                version = self._engine.set_model(name, text)
            except ValueError as error:
                hint = "`logagent patterns --model FILE` writes models"
                raise ArgumentError.of("body", str(error), hint=hint) from None
            committer.commit()
            return version

        return await wrap_future(committer.between_commits(work))

    def _check(self, edit: Edit, name: str, expected: int | None) -> None:
        """Raise `EditError` if the model is not as the edit needs it."""
        known = {model["name"]: model for model in self._engine.stats()["models"]}
        model = known.get(name)
        version = 0 if model is None else model["version"]
        is_empty = model is None or (version == 0 and model["learnt_lines"] == 0)
        if edit is Edit.ADD and not is_empty:
            raise EditError(
                EditRefusal.EXISTS, f"there is a model `{name}` already: PUT replaces it"
            )
        if edit is Edit.REMOVE and model is None:
            raise EditError(EditRefusal.MISSING, f"there is no such model `{name}`")
        if expected is not None and expected != version:
            raise EditError(
                EditRefusal.VERSION, f"the model `{name}` is of version {version}, not {expected}"
            )


def _finding(found: Mapping[str, Any]) -> NewEvent:
    """A new template as an entry of the event log."""
    model, template = found["model"], found["template"]
    started = found["unix_seconds"]
    body = {
        "kind": "new-template",
        "phase": "open",
        "summary": f"a new pattern in {found['source']}: {found['text']}",
        "model": model,
        "model_version": found["version"],
        "template": template,
        "pattern": found["text"],
        "source": found["source"],
        "path": found["path"],
        "line": found["line"],
        "logged": None if started is None else _iso(started),
    }
    # A time without a year may come out in the future.
    event_time = time.time() if started is None else min(float(started), time.time())
    key = f"template/{model}/{found['version']}/{template}"
    return NewEvent(body, event_time, found["source"][:256], key)


def _iso(unix_seconds: int) -> str | None:
    try:
        return datetime.fromtimestamp(unix_seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
