"""Watching a service over HTTP."""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from logagent.errors import ArgumentError, LogagentError
from logagent.live.plain import view_of
from logagent.live.view import View
from logagent.tui.watch import RawLines

_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 16 << 20
_UNAUTHORIZED, _NOT_FOUND = 401, 404


class Address(NamedTuple):
    """Where a service listens, and what it is asked with."""

    url: str
    authorization: str | None = None
    """The value of the header of this name."""
    ca_file: str | None = None
    """Certificates to trust, instead of those of the system."""

    @classmethod
    def of(cls, url: str, *, authorization: str | None, ca_file: str | None) -> "Address":
        """The address of a URL. Raises `ArgumentError` if it is none."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ArgumentError.of("URL", f"`{url}` is no address of a service")
        if parts.username is not None:
            hint = "--user NAME asks for the password"
            raise ArgumentError.of("URL", "credentials do not belong into an address", hint=hint)
        return cls(f"{parts.scheme}://{parts.netloc}", authorization, ca_file)


class AgentWatch:
    """Asks a service how it is; it does the counting."""

    condition = None

    def __init__(self, address: Address) -> None:
        self._address = address
        self._tls = None
        if address.url.startswith("https:"):
            self._tls = ssl.create_default_context(cafile=address.ca_file)

    def start(self) -> None:
        """Begin to follow: nothing has to be done."""

    def stop(self) -> None:
        """End: nothing has to be done."""

    def read_all(self) -> None:
        """Nothing has to be read: the service has done that."""

    def look(self) -> View:
        """What the service says at present. Raises `LogagentError` if it does not answer."""
        return view_of(self.ask("/api/v1/live"), title=self._address.url)

    def filter(self, condition: str | None) -> "AgentWatch":  # noqa: ARG002
        """Not to be had: the service has counted already. Raises `LogagentError`."""
        raise LogagentError("a service counts by its configuration: filters are for files")

    def raw_lines(self, key: str, text: str) -> RawLines:  # noqa: ARG002
        """None: a service keeps no lines."""
        return RawLines([], "a service keeps no lines: look at its files")

    def ask(self, path: str) -> Mapping[str, Any]:
        """What the service answers to a GET, which is a JSON object. Raises `LogagentError`."""
        url = self._address.url
        request = urllib.request.Request(url + path, headers={"Accept": "application/json"})  # noqa: S310 - http only
        if self._address.authorization is not None:
            request.add_header("Authorization", self._address.authorization)
        try:
            with urllib.request.urlopen(  # noqa: S310 - http only
                request, timeout=_TIMEOUT_SECONDS, context=self._tls
            ) as answer:
                content = json.loads(answer.read(_MOST_BYTES))
        except HTTPError as error:
            raise _refusal(url, error.code) from None
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            hint = "is it running? see `logagent run`"
            raise LogagentError(f"cannot reach the service at {url}: {reason}", hint=hint) from None
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise LogagentError(f"{url} does not answer like logagent")
        return content


def _refusal(url: str, code: int) -> LogagentError:
    if code == _UNAUTHORIZED:
        hint = "give --token-file FILE, or --user NAME"
        return LogagentError(f"{url} wants credentials", hint=hint)
    if code == _NOT_FOUND:
        return LogagentError(f"{url} is no logagent, or an older one")
    return LogagentError(f"{url} answers with status {code}")
