"""Findings as JSON to any address: one object with a list, so that a burst is one request."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from logagent._core import __version__
from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem
from logagent.posting import Endpoint, Refused, retry_of
from logagent.receivers.receiver import POSTING_OPTIONS, posting_problems


class Webhook:
    """Posts ``{"logagent": version, "findings": […]}``."""

    OPTIONS: ClassVar[Sequence[Option]] = (
        *POSTING_OPTIONS,
        Option(
            "headers",
            Holds.NAMES,
            'Further headers: `{ Authorization = "Bearer ${TOKEN}" }`.',
            default={},
            is_secret=True,
        ),
    )
    resend_seconds: float | None = None

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """As `Extension.check`."""
        yield from posting_problems(table, options, described)
        for name, value in options["headers"].items():
            if not _is_header(name, value):
                message = f"`{name}` cannot be sent as a header"
                yield problem(table, "headers", "bad-value", message)

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:  # noqa: ARG002
        url = urlsplit(options["url"])
        self._endpoint = Endpoint(
            options["url"], ca_file=options["ca_file"], timeout_seconds=options["timeout"]
        )
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._headers = {"Content-Type": "application/json", **options["headers"]}

    def send(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """As `Receiver.send`."""
        body = json.dumps({"logagent": __version__, "findings": [*findings]}).encode()
        answer = self._endpoint.post(self._target, body, self._headers)
        if answer.is_success:
            return
        if answer.is_for_later:
            raise retry_of(self._endpoint.shown, answer)
        message = f"{self._endpoint.shown} refused {len(findings)} findings: {answer.summary()}"
        raise Refused(message, points=len(findings))


def _is_header(name: str, value: str) -> bool:
    """Whether a request may carry it (RFC 9110, section 5)."""
    is_token = name.isascii() and all(one.isalnum() or one in "!#$%&'*+-.^_`|~" for one in name)
    is_text = value.isascii() and (value.isprintable() or not value)
    return bool(name) and is_token and is_text
