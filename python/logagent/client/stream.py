"""The iterator over entries, which reconnects by itself where it was."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from logagent.client.address import Address
from logagent.client.session import SILENCE_SECONDS, Session
from logagent.errors import LogagentError

Entry = Mapping[str, Any]
"""``sequence``, ``stream``, ``received``, ``event_time``, ``source``, ``key``, ``body``."""

_CONNECT_SECONDS = 10.0
_PIECE_BYTES = 256 << 10


class EventStream:
    """Entries as they come, to be iterated with ``for`` or ``async for``; it has no end.

    A connection that breaks is made anew, and goes on behind the last entry: nothing is missing or
    twice. The first one has to succeed, else `LogagentError`.
    """

    def __init__(self, session: Callable[[], Session]) -> None:
        """Use `events`."""
        self._session = session

    def __iter__(self) -> Iterator[Entry]:
        """Wait for entries, and block meanwhile."""
        session = self._session()
        while True:
            try:
                with _connected(session.address) as connection:
                    connection.sendall(session.begin())
                    is_over = False
                    while not is_over:
                        entries, is_over = session.receive(connection.recv(_PIECE_BYTES))
                        yield from entries
            except OSError as error:
                _check_first(session, error)
            _check_first(session, None)
            time.sleep(session.pause_seconds)

    async def __aiter__(self) -> AsyncIterator[Entry]:
        """Wait for entries, and let others work meanwhile."""
        session = self._session()
        while True:
            try:
                reader, writer = await asyncio.wait_for(_opened(session.address), _CONNECT_SECONDS)
                try:
                    writer.write(session.begin())
                    is_over = False
                    while not is_over:
                        piece = await asyncio.wait_for(reader.read(_PIECE_BYTES), SILENCE_SECONDS)
                        entries, is_over = session.receive(piece)
                        for entry in entries:
                            yield entry
                finally:
                    writer.close()
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
            except OSError as error:
                _check_first(session, error)
            _check_first(session, None)
            await asyncio.sleep(session.pause_seconds)


def events(
    url: str,
    *,
    since: str | float | datetime | None = None,
    after: int | None = None,
    streams: Sequence[str] = (),
    where: str | None = None,
    token: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> EventStream:
    """The entries of the event log of the service at `url`, what is there and what comes.

    It begins at the instant `since` (ISO 8601, Unix seconds, or how long ago: ``-1h``) or behind
    the sequence `after`; without either with what comes. `where` is a condition, such as ``stream
    == "alerts" && body.score > 3``. `token` is the service's; users and passwords stand in the URL.
    `tls` verifies the service's certificate, by default against the system's authorities.

        >>> for entry in logagent.events("http://127.0.0.1:9966", since="-1h"):
        ...     print(entry["stream"], entry["body"])

    Raises `LogagentError` if the service cannot be reached at first, or refuses.
    """
    address = Address.of_url(url, token=token, tls=tls)
    return stream_of(address, query_of(since, after, streams, where))


def stream_of(
    address: Address, query: list[tuple[str, str]], path: str = "/api/v1/events"
) -> EventStream:
    """The entries, or other objects, that a query of a route with a live stream asks for."""
    return EventStream(lambda: Session(address, path, query))


def query_of(
    since: str | float | datetime | None,
    after: int | None,
    streams: Sequence[str],
    where: str | None,
) -> list[tuple[str, str]]:
    """The parameters of a request for entries."""
    if isinstance(since, datetime):
        since = since.timestamp()
    if isinstance(since, int | float):
        since = f"@{since:.6f}"
    given = {"since": since, "after": None if after is None else str(after), "where": where}
    query = [(name, value) for name, value in given.items() if value is not None]
    return [*query, *(("stream", name) for name in streams)]


def _connected(address: Address) -> socket.socket:
    connection = socket.create_connection((address.host, address.port), _CONNECT_SECONDS)
    if address.tls is not None:
        connection = address.tls.wrap_socket(connection, server_hostname=address.host)
    connection.settimeout(SILENCE_SECONDS)
    return connection


async def _opened(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(
        address.host,
        address.port,
        ssl=address.tls,
        server_hostname=address.host if address.tls is not None else None,
    )


def _check_first(session: Session, error: OSError | None) -> None:
    """Give up if the service never answered: the address may be wrong."""
    if not session.has_answered:
        reason = "it has no room at present" if error is None else (error.strerror or str(error))
        hint = "is it running? see `logagent run`"
        raise LogagentError(f"cannot reach the service at {session.address}: {reason}", hint=hint)
