"""Findings as alerts of Prometheus' Alertmanager, by its API v2 (openapi.yaml of its sources)."""

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem
from logagent.posting import Endpoint, Refused, retry_of
from logagent.receivers.receiver import POSTING_OPTIONS, posting_problems

_MISSED_RESENDS = 4
"""As many may fail before Alertmanager takes an alert for resolved; Prometheus does likewise."""
_HEADERS = {"Content-Type": "application/json"}
_CLOSE = "close"


class Alertmanager:
    """Posts alerts; what is open is told again and again, since Alertmanager forgets.

    An alert is known by its labels: ``alertname`` is the checker's name, and what it says of the
    finding is in the annotations.
    """

    OPTIONS: ClassVar[Sequence[Option]] = (
        *POSTING_OPTIONS,
        Option(
            "labels",
            Holds.NAMES,
            "Labels that each alert gets; `instance` is this host's name without.",
            default={},
        ),
        Option(
            "resend",
            Holds.DURATION,
            "How often what is open is told again.",
            default=60.0,
            least=1,
            most=3600,
        ),
    )

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """As `Extension.check`."""
        yield from posting_problems(table, options, described)
        for name in options["labels"]:
            if not name.isidentifier() or not name.isascii():
                yield problem(table, "labels", "bad-name", f"`{name}` is no name of a label")

    def __init__(
        self, name: str, options: Mapping[str, Any], clock: Callable[[], float] = time.time
    ) -> None:
        del name
        self.resend_seconds: float | None = options["resend"]
        self._lasts_seconds = _MISSED_RESENDS * options["resend"]
        self._labels = {"instance": os.uname().nodename, **options["labels"]}
        self._endpoint = Endpoint(
            options["url"], ca_file=options["ca_file"], timeout_seconds=options["timeout"]
        )
        self._clock = clock

    def send(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """As `Receiver.send`."""
        # Of one alert the last word counts: Alertmanager knows no history.
        last = {finding["alert"]: finding for finding in findings}
        body = json.dumps([self._alert(finding) for finding in last.values()]).encode()
        answer = self._endpoint.post(f"{self._endpoint.path}/api/v2/alerts", body, _HEADERS)
        if answer.is_success:
            return
        if answer.is_for_later:
            raise retry_of(self._endpoint.shown, answer)
        message = f"{self._endpoint.shown} refused {len(last)} alerts: {answer.summary()}"
        raise Refused(message, points=len(last))

    def _alert(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        """A `postableAlert`."""
        is_over = finding["phase"] == _CLOSE
        until = datetime.fromtimestamp(self._clock() + self._lasts_seconds, UTC).isoformat()
        labels = {
            **self._labels,
            **{name: text for name, text in finding["labels"].items() if name.isidentifier()},
            "alertname": finding["checker"],
            "kind": finding["kind"],
        }
        values = {name: finding[name] for name in ("observed", "expected") if name in finding}
        return {
            "labels": {name: text for name, text in labels.items() if text},
            "annotations": {
                "summary": finding["summary"],
                **{name: f"{value:g}" for name, value in values.items() if value is not None},
            },
            "startsAt": finding["started"],
            "endsAt": finding["event_time"] if is_over else until,
        }
