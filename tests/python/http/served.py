"""Runs a server in a thread, for clients that block."""

import asyncio
import http.client
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from starlette.types import ASGIApp

from logagent.http.server import Server, listen


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Served(NamedTuple):
    """A running server."""

    server: Server
    port: int
    tls: ssl.SSLContext | None = None

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Ask once, by a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        if self.tls is not None:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=10, context=self.tls
            )
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read())
        finally:
            connection.close()


@contextmanager
def served(
    app: ASGIApp,
    *,
    tls: ssl.SSLContext | None = None,
    client_tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[Served]:
    """Serve `app` meanwhile."""
    listening = listen(f"127.0.0.1:{port}")
    port = listening.getsockname()[1]
    server = Server(app, listening, tls=tls)
    loop = asyncio.new_event_loop()
    ends: list[Any] = []

    def run() -> None:
        ends.append(loop.run_until_complete(server.serve()))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield Served(server, port, client_tls)
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)
        assert ends, "the server ended in order"
