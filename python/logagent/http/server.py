"""uvicorn, made cheap when idle and hard to hold up.

Its server looks at the clock ten times a second; this one sleeps until it is told to stop. And each
connection has to bring a request and take the answer within a time, however slowly it sends or
reads: slow clients cost a socket, not the service.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 256
"""Further connections are closed at once."""
_MOST_AT_WORK = 192
"""With more connections than this, requests are answered with 503; 128 may be subscribers."""
EXCHANGE_SECONDS = 30.0
"""Within this time a request has to come, and its answer to be read."""
_HANDSHAKE_SECONDS = 5.0
_IDLE_SECONDS = 20  # longer than Prometheus' usual scrape interval
_GRACE_SECONDS = 1
_MOST_HEAD_BYTES = 16 << 10
_BACKLOG = 128
_CHUNKS_IN_MEMORY = 8


class Protocol(H11Protocol):
    """HTTP/1.1 with a deadline for each request and its answer."""

    _deadline: asyncio.TimerHandle | None = None
    _is_answered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; refuse what is beyond the limit."""
        super().connection_made(transport)
        self.app_state["connection"] = self  # for answers that have no end
        self.shut_down = asyncio.Event()
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._begin()

    def shutdown(self) -> None:
        """The server stops: what has no end ends now."""
        self.shut_down.set()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Start the clock anew with the first bytes of a later request, not with every byte."""
        if self._is_answered:
            self._begin()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Let the client be idle once it has read the answer."""
        self._is_answered = True
        super().on_response_complete()
        if not self.cycle.response_complete:
            self._begin()  # on a request that was sent ahead

    def begin_stream(self) -> None:
        """The answer that begins has no end: whoever sends it sees to it that it is read."""
        self._stop()

    async def is_read_within(self, seconds: float) -> bool:
        """Wait until the client has read most of what it was sent; whether it did in time."""
        if self.flow.write_paused:
            try:
                async with asyncio.timeout(seconds):
                    await self.flow.drain()
            except TimeoutError:
                return False
        return True

    def write_piece(self, content: bytes) -> None:
        """Send a part of the answer that has begun, without a length, and is not at its end.

        Past ASGI and h11, which take several times as long as sending does. In HTTP/1.1 it is a
        chunk (RFC 9112, 7.1); in 1.0 the end of the connection ends the answer.
        """
        if content and not self.transport.is_closing():
            is_chunked = self.conn.their_http_version != b"1.0"
            self.transport.write(_chunk(content) if is_chunked else content)

    def cut(self, last_words: bytes) -> None:
        """End the answer that is being sent with these bytes, though the client does not read.

        It has a while to read what it was sent; then the connection ends.
        """
        words = self.conn.send(h11.Data(data=last_words)) or b""
        self.transport.write(words + (self.conn.send(h11.EndOfMessage()) or b""))
        self.cycle.response_complete = True
        self._begin()
        self.transport.close()

    def _begin(self) -> None:
        self._is_answered = False
        self._stop()
        self._deadline = self.loop.call_later(EXCHANGE_SECONDS, self._expire)

    def _expire(self) -> None:
        if not self._is_answered or self.transport.get_write_buffer_size() > 0:
            self.transport.abort()

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


@lru_cache(_CHUNKS_IN_MEMORY)
def _chunk(content: bytes) -> bytes:
    """A part of an answer as a chunk, made once for all who are sent it at about the same time."""
    return b"%x\r\n%b\r\n" % (len(content), content)


class Server(uvicorn.Server):
    """Serves `app` at a listening socket until `stop`."""

    def __init__(
        self, app: ASGIApp, listening: socket.socket, *, tls: ssl.SSLContext | None = None
    ) -> None:
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            limit_concurrency=_MOST_AT_WORK,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
        )
        super().__init__(config)
        self._listening = listening
        self._tls = tls
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `serve` as soon as requests that are being answered allow, after a second at most."""
        self._stopping.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        """Start to accept connections."""
        config = self.config

        def protocol() -> asyncio.Protocol:
            return Protocol(config=config, server_state=self.server_state, app_state={})

        loop = asyncio.get_running_loop()
        limits: dict[str, Any] = {}
        if self._tls is not None:
            limits = {"ssl": self._tls, "ssl_handshake_timeout": _HANDSHAKE_SECONDS}
        server = await loop.create_server(
            protocol, sock=self._listening, backlog=_BACKLOG, **limits
        )
        self.servers = [server]
        # What comes from logs is never to be taken for a page.
        self.server_state.default_headers = [(b"x-content-type-options", b"nosniff")]
        self.started = True

    async def main_loop(self) -> None:
        """Sleep until `stop`."""
        await self._stopping.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the service."""
        yield


def listen(address: str) -> socket.socket:
    """A listening socket at ``host:port``. Raises OSError."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    family, kind, protocol, _, place = socket.getaddrinfo(
        host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(_BACKLOG)
        listening.setblocking(False)  # noqa: FBT003 - the standard library's way
    except OSError:
        listening.close()
        raise
    return listening
