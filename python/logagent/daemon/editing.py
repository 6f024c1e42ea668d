"""Edits over HTTP of what patterns and checkers have learnt, durable before they are answered."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from logagent.alerting import Alerts
from logagent.daemon.chronicle import Chronicle
from logagent.daemon.committing import Committer
from logagent.daemon.models import Models
from logagent.errors import Edit


class Editing:
    """Models of patterns and of checkers, as HTTP sees them; edits go to the event log."""

    def __init__(
        self, committer: Committer, models: Models, alerts: Alerts, chronicle: Chronicle
    ) -> None:
        self._committer = committer
        self._models = models
        self._alerts = alerts
        self._chronicle = chronicle

    def models(self) -> Sequence[Mapping[str, Any]]:
        """The models of patterns, without their counts."""
        return self._models.summary()

    def model(self, name: str, version: int | None) -> tuple[int, str]:
        """The version and JSON of a model. Raises `EditError` if there is none."""
        return self._models.read(name, version)

    async def edit_model(
        self, edit: Edit, name: str, text: str | None, expected: int | None
    ) -> int:
        """Edit a model; its version, once it is durable. Raises `LogagentError`."""
        version = await self._models.edit(self._committer, edit, name, text, expected)
        message = f"the model {name} was edited over HTTP ({edit}): version {version}"
        self._chronicle.tell("model", message, model=name, version=version)
        return version

    def checkers(self) -> Sequence[Mapping[str, Any]]:
        """The checkers, how many things each has open, and why one failed."""
        return self._alerts.checkers()

    async def checker_model(self, checker: str) -> str:
        """The JSON of what a checker has learnt. Raises `EditError` if there is no such checker."""

        def work() -> str:
            return json.dumps(self._alerts.model(checker))

        return await asyncio.wrap_future(self._committer.between_commits(work))

    async def edit_checker(self, checker: str, edit: Edit, name: str, content: object) -> None:
        """Have a checker edited; done once it is durable. Raises `LogagentError`."""

        def work() -> None:
            self._committer.commit()
            self._alerts.edit(checker, edit, name, content)
            self._committer.commit()

        await asyncio.wrap_future(self._committer.between_commits(work))
        message = f"{name} of the checker {checker} was edited over HTTP ({edit})"
        self._chronicle.tell("checker", message, checker=checker, model=name)
