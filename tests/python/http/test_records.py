import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from logagent._core import Engine, Plan
from logagent.http.access import Access
from logagent.http.app import create_app
from tests.python.http.served import Served, served
from tests.python.http.test_app import Offered

PLAN = """
[[source]]
name = "proxy"
type = "files"
paths = ["/nowhere/*.log"]
format = "$remote_addr $status $user_agent"
[[metric]]
name = "requests_total"
"""


@contextmanager
def following(plan: str = PLAN) -> Iterator[tuple[Engine, Served]]:
    offered = Offered()
    offered.engine = Engine(Plan.from_toml(plan, origin="test"))
    with served(create_app(offered, Access)) as server:
        yield offered.engine, server


def follow(server: Served, query: str, accept: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), 20)
    request = f"GET /api/v1/records?{query} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n"
    connection.sendall(request.encode())
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += connection.recv(4096)
    assert b" 200 " in seen
    return connection


def feed(engine: Engine, lines: bytes) -> None:
    engine.feed("proxy", ("key", "{}"), lines)


def test_records_are_followed_live_sampled_and_filtered() -> None:
    lines = b"".join(
        b"h%d %d curl/\x1b[3\xe2\x80\xae\n" % (n, 200 + 300 * (n % 2)) for n in range(20)
    )
    with following() as (engine, server):
        everything = follow(server, "source=proxy", "*/*")
        errors = follow(server, "where=status%20%3E=%20500&sample=5", "text/event-stream")
        feed(engine, lines + b"refused\n")
        seen = b""
        while b"h19" not in seen:
            seen += everything.recv(65536)
        found = [json.loads(line) for line in seen.splitlines() if line.startswith(b"{")]
        assert [record["fields"]["status"] for record in found] == [200, 500] * 10
        assert (found[0]["source"], found[0]["path"]) == ("proxy", "key")
        assert found[0]["fields"]["user_agent"] == "curl/\x1b[3\u202e"
        assert all(byte in (10, 13) or 32 <= byte < 127 for byte in seen)
        seen = b""
        while b"h11" not in seen:
            seen += errors.recv(65536)
        frames = [line for line in seen.splitlines() if line.startswith(b"data: ")]
        hosts = [json.loads(frame[6:])["fields"]["remote_addr"] for frame in frames]
        assert hosts == ["h1", "h11"], "each fifth error"
        everything.close()
        errors.close()


def test_records_of_a_row_come_with_their_lines() -> None:
    with following() as (engine, server):
        connection = follow(server, "table=status&row=503", "*/*")
        feed(engine, b"h1 200 x\nh2 503 \x1b\xff\nh3 404 x\nh4 503 y\n")
        seen = b""
        while b"h4" not in seen:
            seen += connection.recv(65536)
        connection.close()
    records = [json.loads(line) for line in seen.splitlines() if line.startswith(b"{")]
    assert [record["line"] for record in records] == ["h2 503 \x1b\ufffd", "h4 503 y"]
    assert [record["fields"]["status_class"] for record in records] == ["5xx"] * 2
    assert all(byte in (10, 13) or 32 <= byte < 127 for byte in seen)


def test_what_is_too_much_is_counted() -> None:
    with following() as (engine, server):
        connection = follow(server, "", "*/*")
        feed(engine, b"h 200 x\n" * 5000)
        seen = b""
        while b"left_out" not in seen:
            seen += connection.recv(65536)
        assert b'{"left_out": 4000}' in seen
        connection.close()


def test_records_since_an_instant_are_those_that_happened_then() -> None:
    plan = PLAN.replace("$remote_addr $status $user_agent", "common")
    line = '192.0.2.%d - - [01/Mar/2026:12:00:%02d +0000] "GET / HTTP/1.1" 200 1\n'
    with following(plan) as (engine, server):
        connection = follow(server, "since=2026-03-01T12:00:07Z&where=status==200", "*/*")
        feed(engine, "".join(line % (n, n) for n in range(10)).encode())
        seen = b""
        while b"192.0.2.9" not in seen:
            seen += connection.recv(65536)
        connection.close()
    assert seen.count(b'"time"') == 3


@pytest.mark.parametrize(
    "query",
    [
        "where=status",
        "where=status%20=%201",
        "sample=0",
        "since=soon",
        "tail=1",
        "row=200",
        "table=status",
        "table=stattus&row=200",
    ],
)
def test_what_is_wrong_in_a_question_is_told(query: str) -> None:
    with following() as (_, server):
        answer = server.ask(f"/api/v1/records?{query}")
        assert answer.status == 400
        assert json.loads(answer.body)["problems"]
