import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from logagent.http import server as under_test
from logagent.http.server import MOST_CONNECTIONS, listen
from logagent.http.streaming import EventStream, Piece
from tests.python.http.served import served
from tests.python.waiting import wait_until

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
    )
    await send({"type": "http.response.body", "body": b"hello"})


async def endless(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(10_000):
        await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    async def pieces() -> AsyncIterator[Piece]:
        yield Piece(b"data: hello\n\n")
        await asyncio.Event().wait()

    await EventStream(pieces(), scope["state"]["connection"], lambda: None)(scope, receive, send)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def receive(client: socket.socket, *, answers: int) -> None:
    received = b""
    while received.count(b"hello") < answers:
        part = client.recv(1000)
        assert part, f"closed after {received!r}"
        received += part


def send_headers_for_ever(client: socket.socket) -> None:
    while True:
        client.sendall(b"A: b\r\n")  # a little now and then is no reason to wait longer
        time.sleep(0.05)


def test_connections_are_kept() -> None:
    with served(hello) as server, connect(server.port) as client:
        for _ in range(3):
            client.sendall(REQUEST)
            receive(client, answers=1)


def test_requests_that_are_sent_ahead_are_answered() -> None:
    with served(hello) as server, connect(server.port) as client:
        client.sendall(REQUEST * 5)
        receive(client, answers=5)


def test_a_request_that_does_not_come_whole_is_not_awaited_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(under_test, "EXCHANGE_SECONDS", 0.2)
    with served(hello) as server, connect(server.port) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            send_headers_for_ever(client)


def test_an_answer_that_is_not_read_is_not_sent_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "EXCHANGE_SECONDS", 0.2)
    with served(endless) as server, connect(server.port) as client:
        client.sendall(REQUEST)
        connections = server.server.server_state.connections
        wait_until(lambda: len(connections) == 1)
        wait_until(lambda: len(connections) == 0)


def test_idle_clients_may_ask_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "EXCHANGE_SECONDS", 0.2)
    with served(hello) as server, connect(server.port) as client:
        for _ in range(3):
            client.sendall(REQUEST)
            receive(client, answers=1)
            time.sleep(0.3)


def test_more_connections_than_allowed_are_closed() -> None:
    with served(hello) as server:
        clients = [connect(server.port) for _ in range(MOST_CONNECTIONS + 20)]
        try:
            closed = 0
            for client in clients[-20:]:
                try:
                    closed += client.recv(1) == b""
                except ConnectionError:
                    closed += 1
            assert closed == 20
        finally:
            for client in clients:
                client.close()
        wait_until(lambda: not server.server.server_state.connections)
        assert server.ask("/").status == 200, "there is room again"


def test_garbage_is_answered() -> None:
    with served(hello) as server, connect(server.port) as client:
        client.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert b" 400 " in client.recv(1000)


def test_an_idle_server_does_nothing() -> None:
    with served(hello) as server:
        assert server.ask("/").status == 200
        before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        time.sleep(1)
        # This thread's own sleep is one; a server that ticks adds ten.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before < 8


def test_addresses() -> None:
    for address in ("127.0.0.1:0", "localhost:0"):
        with listen(address) as listening:
            assert listening.getsockname()[1] > 0
    with listen("127.0.0.1:0") as taken, pytest.raises(OSError, match="in use"):
        listen(f"127.0.0.1:{taken.getsockname()[1]}")


def test_a_stream_ends_with_the_server(caplog: pytest.LogCaptureFixture) -> None:
    with served(live) as server:
        client = connect(server.port)
        client.sendall(REQUEST)
        receive(client, answers=1)
    with client:
        client.settimeout(10)
        assert client.recv(1000).endswith(b"0\r\n\r\n")
        assert client.recv(1000) == b""
    assert not caplog.records, "nobody has to be cancelled"
