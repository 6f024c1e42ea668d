"""A webhook: each frame is a JSON object, posted to a URL."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson

from logagent import posting
from logagent.errors import Problem
from logagent.options import Holds, Option, Table
from logagent.sinks.points import window_points
from logagent.sinks.sink import COMMON_OPTIONS, Frame, Mode, Refused, Window, batched

_MOST_POINTS = 1_000
_MOST_BYTES = 1 << 20


class Webhook:
    """Whoever takes JSON: ``{"sink": NAME, "points": [POINT, …]}``.

    A point's `key` names its series and window; a later one of the same key replaces it.
    """

    OPTIONS: ClassVar[Sequence[Option]] = (
        *posting.HTTP_OPTIONS,
        Option("labels", Holds.NAMES, "Labels of every point.", default={}),
        Option("headers", Holds.NAMES, "Headers of every request.", default={}, is_secret=True),
        Option("token", Holds.TEXT, "Sent as `Authorization: Bearer …`.", is_secret=True),
        Option("token_file", Holds.TEXT, "A file that holds the token."),
        Option(
            "secret",
            Holds.TEXT,
            "Signs each request: `X-Logagent-Signature` is `sha256=` and the HMAC of the body in "
            "hexadecimal.",
            is_secret=True,
        ),
        Option("secret_file", Holds.TEXT, "A file that holds the secret."),
        *COMMON_OPTIONS,
    )
    mode: ClassVar[Mode] = Mode.OVERWRITES

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], _described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """What is wrong with the options together."""
        yield from posting.url_problems(table, options)
        for name in ("labels", "headers"):
            yield from posting.label_problems(table, options, name)
        for name in ("token", "secret"):
            yield from posting.secret_problems(table, options, name)

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._name = name
        self._options = options
        self._endpoint = posting.Endpoint(
            options["url"], ca_file=options["ca_file"], timeout_seconds=options["timeout"]
        )
        query = f"?{self._endpoint.query}" if self._endpoint.query else ""
        self._target = (self._endpoint.path or "/") + query

    def frames(self, windows: Iterable[Window]) -> Iterator[Frame]:
        """Bodies of requests."""
        labels = self._options["labels"]
        points = (point.body for window in windows for point in window_points(window, labels))
        head = b'{"sink":' + orjson.dumps(self._name) + b',"points":['
        for bodies in batched(points, most=_MOST_POINTS, most_bytes=_MOST_BYTES):
            yield Frame(head + b",".join(bodies) + b"]}", len(bodies))

    def send(self, frame: bytes, sequence: int) -> None:
        """Post it; raises `Retry` or `Refused`."""
        headers = {
            "Content-Type": "application/json",
            "X-Logagent-Sequence": str(sequence),
            **self._options["headers"],
        }
        token = posting.secret(self._options, "token")
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        secret = posting.secret(self._options, "secret")
        if secret is not None:
            signature = hmac.new(secret.encode(), frame, hashlib.sha256).hexdigest()
            headers["X-Logagent-Signature"] = f"sha256={signature}"
        answer = self._endpoint.post(self._target, frame, headers)
        if answer.is_success:
            return
        if answer.is_for_later:
            raise posting.retry_of(self._endpoint.shown, answer)
        message = f"{self._endpoint.shown} refused a request: {answer.summary()}"
        raise Refused(message, points=frame.count(b'{"key":'))

    def close(self) -> None:
        """Close the connection."""
        self._endpoint.close()
