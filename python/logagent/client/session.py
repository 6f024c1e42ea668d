"""What happens on one connection, and what is carried to the next, without any input or output.

Both iterators drive it, the one that blocks and the one of asyncio: they only move bytes.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import h11
import orjson

from logagent.client.address import Address
from logagent.client.lines import ServerEvent, ServerEvents
from logagent.errors import LogagentError

_log = logging.getLogger(__name__)

SILENCE_SECONDS = 60.0
"""A service says something every fifteen; after this the connection is taken for dead."""
_FIRST_PAUSE_SECONDS = 0.1
_LAST_PAUSE_SECONDS = 5.0
_MOST_ERROR_BYTES = 64 << 10
_OK = 200
_LASTING = range(400, 500)
"""Answers that would be the same the next time."""
_TOO_MANY = 429


class RefusedError(LogagentError):
    """The service does not answer what was asked, and would not the next time either."""

    def __init__(self, message: str, status: int, *, hint: str | None = None) -> None:
        """`status` is that of its answer (RFC 9110, 15)."""
        super().__init__(message, hint=hint)
        self.status = status


class Session:
    """A subscription over any number of connections."""

    def __init__(self, address: Address, path: str, query: list[tuple[str, str]]) -> None:
        self.address = address
        self._path = path
        self._query = query
        self._lines = ServerEvents()
        self._connection = h11.Connection(h11.CLIENT)
        self._status = 0
        self._error = b""
        self.pause_seconds = 0.0
        """How long to wait before the next connection."""
        self.has_answered = False
        """Whether there was a good answer ever."""

    def begin(self) -> bytes:
        """What to send on a new connection."""
        self._connection = h11.Connection(h11.CLIENT)
        self._status, self._error = 0, b""
        last_id = self._lines.last_id
        self._lines = ServerEvents()  # half an event of the last connection is no event
        self._lines.last_id = last_id
        self.pause_seconds = min(
            max(2 * self.pause_seconds, _FIRST_PAUSE_SECONDS), _LAST_PAUSE_SECONDS
        )
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        headers = {
            "host": f"{host}:{self.address.port}",
            "accept": "text/event-stream",
            "authorization": self.address.authorization,
            "last-event-id": last_id,
        }
        target = f"{self.address.prefix}{self._path}?{urlencode(self._query)}"
        request = h11.Request(
            method="GET", target=target, headers=[(k, v) for k, v in headers.items() if v]
        )
        opening = self._connection.send(request) or b""
        return opening + (self._connection.send(h11.EndOfMessage()) or b"")

    def receive(self, piece: bytes) -> tuple[list[Mapping[str, Any]], bool]:
        """Entries out of what came (empty at the end), and whether the connection is over.

        Raises `RefusedError`.
        """
        entries: list[Mapping[str, Any]] = []
        try:
            self._connection.receive_data(piece)
            while True:
                event = self._connection.next_event()
                if event is h11.NEED_DATA:
                    return entries, False
                if isinstance(event, h11.Response):
                    self._status = event.status_code
                elif isinstance(event, h11.Data):
                    entries += self._content(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                    self._check_refusal()
                    return entries, True
        except (h11.RemoteProtocolError, ValueError) as error:
            _log.debug("%s: %s", self.address, error)
            return entries, True

    def _content(self, piece: bytes) -> list[Mapping[str, Any]]:
        if self._status != _OK:
            self._error = (self._error + piece)[:_MOST_ERROR_BYTES]
            return []
        self.has_answered = True
        self.pause_seconds = 0.0
        return [entry for event in self._lines.feed(piece) if (entry := _entry(event))]

    def _check_refusal(self) -> None:
        if self._status not in _LASTING or self._status == _TOO_MANY:
            return
        try:
            answer = orjson.loads(self._error)
            message, hint = answer.get("text") or answer["error"], answer.get("hint")
        except (orjson.JSONDecodeError, KeyError, AttributeError):
            message, hint = self._error.decode(errors="replace").strip(), None
        text = f"{self.address} refuses ({self._status}): {message}"
        raise RefusedError(text, self._status, hint=hint)


def _entry(event: ServerEvent) -> Mapping[str, Any] | None:
    content: Mapping[str, Any] = orjson.loads(event.content)
    if event.kind == "message":
        return content
    if event.kind == "gap":
        _log.warning("entries after %s up to %s are lost", content["after"], content["until"])
    return None
