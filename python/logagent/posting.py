"""HTTP requests to a far end, and what its answers mean for what was sent.

What speaks HTTP and TLS is imported when there is something to send: a cron job often has nothing.
"""

import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem

if TYPE_CHECKING:
    from http.client import HTTPConnection

_MOST_READ_BYTES = 64 << 10
_SHOWN_CHARACTERS = 300
_SUCCESS, _REDIRECTION, _SERVER_ERROR = 2, 3, 5
"""Classes of status codes (RFC 9110, section 15)."""
_LATER = (401, 403, 404, 408, 409, 429)

HTTP_OPTIONS: tuple[Option, ...] = (
    Option("url", Holds.TEXT, "Where it listens: `http://` or `https://`.", is_required=True),
    Option(
        "ca_file",
        Holds.TEXT,
        "Certificates (PEM) that the server's has to come from; those of the system without.",
    ),
    Option(
        "timeout",
        Holds.DURATION,
        "How long connecting, and each answer, may take.",
        default=10.0,
        least=0.1,
        most=300,
    ),
)
"""Options of every sink that speaks HTTP."""


class Retry(Exception):  # noqa: N818 - an outcome
    """The far end did not take something now; it is sent again."""

    def __init__(self, message: str, *, after_seconds: float | None = None) -> None:
        """`message` names the far end and has no secrets; `after_seconds` is its own wish."""
        super().__init__(message)
        self.message = message
        self.after_seconds = after_seconds


class Refused(Exception):  # noqa: N818 - an outcome
    """The far end will never take `points` of what was sent; the others it has taken."""

    def __init__(self, message: str, *, points: int) -> None:
        super().__init__(message)
        self.message = message
        self.points = points


def url_problems(table: Table, options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the options of `HTTP_OPTIONS`."""
    found = []
    try:
        parts = urlsplit(options["url"])
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        has_secrets = parts.username is not None or parts.password is not None
        _ = parts.port
    except ValueError:
        is_usable, has_secrets = False, False
    if not is_usable:
        message = "`url` has to begin with http:// or https:// and name a host"
        found.append(problem(table, "url", "bad-value", message))
    if has_secrets:
        message = "`url` holds a user or password, which would show in messages"
        hint = "use `username` and `password`, or `password_file`"
        found.append(problem(table, "url", "bad-value", message, hint))
    return [*found, *ca_problems(table, options)]


def ca_problems(table: Table, options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with certificates that are named as `ca_file`."""
    if options["ca_file"] is None:
        return []
    import ssl

    try:
        ssl.create_default_context(cafile=options["ca_file"])
    except OSError as error:
        message = f"{options['ca_file']}: {error.strerror or error}"
        return [problem(table, "ca_file", "unreadable-file", message)]
    return []


def label_problems(table: Table, options: Mapping[str, Any], name: str) -> list[Problem]:
    """What is wrong with texts that every point gets."""
    if all(text.isprintable() and text for pair in options[name].items() for text in pair):
        return []
    message = f"`{name}` has an empty text, or one with control characters"
    return [problem(table, name, "bad-value", message)]


def secret_problems(table: Table, options: Mapping[str, Any], name: str) -> list[Problem]:
    """What is wrong with a secret given as `name`, or by a file as ``{name}_file``."""
    file = options[f"{name}_file"]
    if file is None:
        return []
    if options[name] is not None:
        message = f"`{name}` and `{name}_file` exclude each other"
        return [problem(table, f"{name}_file", "conflict", message)]
    try:
        Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        return [problem(table, f"{name}_file", "unreadable-file", f"{file}: {reason}")]
    return []


def secret(options: Mapping[str, Any], name: str) -> str | None:
    """The secret `name`; a file is read anew each time, so that it may be renewed.

    Raises `Retry` if it cannot be read.
    """
    file = options[f"{name}_file"]
    if file is None:
        value: str | None = options[name]
        return value
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Retry(f"{file}: {getattr(error, 'strerror', None) or error}") from None


def basic(username: str, password: str) -> str:
    """The value of the header Authorization."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    text: str
    """The beginning of the body."""

    @property
    def is_success(self) -> bool:
        """Whether the server has taken the request."""
        return self.status // 100 == _SUCCESS

    @property
    def is_for_later(self) -> bool:
        """Whether the request itself is right, but not now, or not from us."""
        return self.status in _LATER or self.status // 100 in (_REDIRECTION, _SERVER_ERROR)

    def summary(self) -> str:
        """Status and body on one line, for messages."""
        words = " ".join("".join(c if c.isprintable() else " " for c in self.text).split())
        return f"{self.status} {words[:_SHOWN_CHARACTERS]}".strip()


class Endpoint:
    """A server, with a connection that is kept between requests. Used by one thread."""

    def __init__(self, url: str, *, ca_file: str | None, timeout_seconds: float) -> None:
        parts = urlsplit(url)
        self.shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        """The server, for messages."""
        self.path = parts.path.rstrip("/")
        self.query = parts.query
        self._host = parts.hostname or ""
        self._port = parts.port
        self._is_tls = parts.scheme == "https"
        self._ca_file = ca_file
        self._timeout_seconds = timeout_seconds
        self._connection: HTTPConnection | None = None

    def post(self, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post a body; raises `Retry` when there is no answer."""
        from http.client import HTTPException

        is_reused = self._connection is not None
        try:
            return self._exchange(target, body, headers)
        except (OSError, HTTPException) as error:
            self.close()
            # A server may have closed a connection that was idle.
            if not (is_reused and isinstance(error, ConnectionError)):
                raise self._unreachable(error) from None
        try:
            return self._exchange(target, body, headers)
        except (OSError, HTTPException) as error:
            self.close()
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._connection
        if connection is None:
            connection = self._connection = self._connect()
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        text = response.read(_MOST_READ_BYTES).decode(errors="replace")
        if not response.isclosed():  # more than anybody wants to read
            self.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, text)

    def _connect(self) -> "HTTPConnection":
        import ssl
        from http.client import HTTPConnection, HTTPSConnection

        if not self._is_tls:
            return HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)
        context = ssl.create_default_context(cafile=self._ca_file)
        return HTTPSConnection(
            self._host, self._port, timeout=self._timeout_seconds, context=context
        )

    def _unreachable(self, error: Exception) -> Retry:
        return Retry(f"{self.shown} cannot be reached: {_reason(error)}")


_HINTS = {
    401: " (are the credentials right?)",
    403: " (may these credentials write there?)",
    404: " (is there what the sink names?)",
}


def retry_of(shown: str, answer: Answer) -> Retry:
    """What an answer other than success means, where the same may be taken later.

    Wrong credentials and names are such: somebody will mend them, here or there.
    """
    hint = _HINTS.get(answer.status, "")
    return Retry(f"{shown} answered {answer.summary()}{hint}", after_seconds=_wish(answer.headers))


def _wish(headers: Mapping[str, str]) -> float | None:
    """Seconds that the header Retry-After (RFC 9110, section 10.2.3) asks for."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


def _reason(error: Exception) -> str:
    import socket
    import ssl

    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS: {error.reason or error}"
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return f"its name is not known: {error.strerror}"
        case OSError():
            return error.strerror or str(error) or type(error).__name__
        case _:
            return f"no HTTP answer ({type(error).__name__})"
