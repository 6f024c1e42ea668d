import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

import logagent
from logagent.errors import LogagentError
from logagent.eventlog import EventLog, Limits, tables
from logagent.http import events as routes_module
from logagent.http import posted, streaming
from logagent.http.access import Access
from logagent.http.app import create_app
from tests.python.eventlog.logs import append, numbers
from tests.python.http.served import Answer, Served, served
from tests.python.http.test_app import TOKEN, Offered
from tests.python.waiting import wait_until

JSON = {"Content-Type": "application/json"}


class Parts:
    """A served event log."""

    def __init__(self, log: EventLog, server: Served) -> None:
        self.log, self.server = log, server
        self.url = f"http://127.0.0.1:{server.port}"

    def get(self, query: str = "") -> dict[str, Any]:
        answer = self.server.ask(f"/api/v1/events?{query}")
        assert answer.status == 200, answer.body
        content: dict[str, Any] = json.loads(answer.body)
        return content

    def post(self, stream: str, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        headers = JSON if headers is None else headers
        path = f"/api/v1/events/{stream}"
        return self.server.ask(path, method="POST", body=body, headers=headers)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with serving(tmp_path) as found:
        yield found


@contextmanager
def serving(
    directory: Path, access: Access | None = None, limits: Limits | None = None
) -> Iterator[Parts]:
    log = EventLog(directory, limits)
    offered = Offered()
    offered.events = log
    try:
        with served(create_app(offered, lambda: access or Access())) as server:
            try:
                yield Parts(log, server)
            finally:
                log.end_subscriptions()
    finally:
        log.close()


def test_pages_lead_from_one_to_the_next(parts: Parts) -> None:
    append(parts.log, "a", 250)
    append(parts.log, "b", 5)
    found, query = [], "stream=a&limit=100"
    while query:
        page = parts.get(query)
        found += [entry["body"]["n"] for entry in page["events"]]
        query = page["next"].partition("?")[2] if page["next"] else ""
    assert found == list(range(250))
    assert len(parts.get()["events"]) == 100
    page = parts.get("stream=a,b&where=body.n%20%3E=%20248")
    assert [entry["body"]["n"] for entry in page["events"]] == [248, 249]
    assert parts.get(f"after={page['after']}") == {
        "events": [],
        "after": page["after"],
        "next": None,
    }
    assert parts.get("since=-1h&until=-1m")["events"] == []


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "limit=0",
        "limit=x",
        "limit=9999",
        "after=-1",
        "after=" + "9" * 30,
        "stream=../etc",
        "where=",
        "where=bodi.n%20==%201",
        "where=body.n%20=%201",
        "tail=1",
    ],
)
def test_what_is_wrong_in_a_question_is_told(parts: Parts, query: str) -> None:
    for headers in ({}, {"Accept": "text/event-stream"}):
        answer = parts.server.ask(f"/api/v1/events?{query}", headers=headers)
        assert answer.status == 400, answer.body
        assert json.loads(answer.body)["problems"][0]["message"]


def test_one_or_many_entries_are_posted(parts: Parts) -> None:
    one = b'{"body": {"n": 0}, "event_time": 1.5, "source": "s", "key": "k"}'
    sequences = []
    for body in (
        one,
        b'\n {"body":\n {"n": 1}}\n',
        b'[{"body": {"n": 2}}, {"body": {"n": 3}}]',
        b'{"body": {"n": 4}}\n\n{"body": {"n": 5}}\r\n',
        one,
    ):
        answer = parts.post("app", body)
        assert answer.status == 200, answer.body
        sequences += json.loads(answer.body)["sequences"]
    assert sequences[-1] == sequences[0], "its key is known"
    assert sequences[:-1] == [event.sequence for event in parts.log.read()]
    assert numbers(parts.log.read()) == list(range(6))


@pytest.mark.parametrize(
    ("stream", "body", "status", "what"),
    [
        ("app", b"", 400, "body"),
        ("app", b"[]", 400, "1 to"),
        ("app", b"{}", 400, "body"),
        ("app", b'{"body": 1}', 400, "object"),
        ("app", b'{"body": {}, "boddy": 1}', 400, "boddy"),
        ("app", b'{"body": {}}\n{"body": 1}', 400, "entry 2"),
        ("app", b'{"body": {}, "event_time": "now"}', 400, "float"),
        ("app", b"[" * 100_000, 400, ""),
        ("app", b'{"body": {"a": ' + b"[" * 600 + b"]" * 600 + b"}}", 200, "sequences"),
        ("app", b'{"body": {"a": "\xff"}}', 400, ""),
        ("UPPER", b'{"body": {}}', 400, "stream"),
        ("agent", b'{"body": {}}', 403, "agent itself"),
        ("alerts", b'{"body": {}}', 403, "agent itself"),
        ("app", b'{"body": {"a": "' + b"x" * 300_000 + b'"}}', 400, "256 KiB"),
        ("app", b" " * (posted.MOST_BODY_BYTES + 1), 400, "8 MiB"),
    ],
)
def test_what_is_wrong_in_a_posted_body_is_told(
    parts: Parts, stream: str, body: bytes, status: int, what: str
) -> None:
    answer = parts.post(stream, body)
    assert (answer.status, what in answer.body.decode()) == (status, True), answer.body
    assert len(list(parts.log.read())) == (status == 200)


def test_a_page_of_another_site_cannot_post(parts: Parts) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"):
        assert parts.post("app", b'{"body": {}}', {"Content-Type": kind}).status == 400
    assert list(parts.log.read()) == []


def test_streams_are_listed(parts: Parts) -> None:
    append(parts.log, "b", 2)
    append(parts.log, "a", 1)
    streams = json.loads(parts.server.ask("/api/v1/streams").body)["streams"]
    assert [(stream["name"], stream["count"]) for stream in streams] == [("a", 1), ("b", 2)]
    assert streams[1]["first"]["sequence"] < streams[1]["last"]["sequence"] < parts.log.last


class Raw:
    """A subscriber that sees bytes."""

    def __init__(
        self, parts: Parts, query: str = "", *, method: str = "GET", **headers: str
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", parts.server.port), 20)
        lines = [f"{method} /api/v1/events?{query} HTTP/1.1", "Host: x"]
        lines.append("Accept: text/event-stream")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.seen = b""

    def read_until(self, text: bytes) -> bytes:
        while text not in self.seen:
            piece = self.socket.recv(65536)
            assert piece, self.seen[-1000:]
            self.seen += piece
        return self.seen

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_a_stream_goes_on_live_and_is_resumed_by_the_last_id(parts: Parts) -> None:
    first = append(parts.log, "a", 3)
    with Raw(parts, "since=-1h") as raw:
        raw.read_until(b"id: %d\n" % first[2])
        last = append(parts.log, "a", 1, start=3)[0]
        seen = raw.read_until(b'"body":{"n":3}}\n\n')
    assert b"\ncontent-type: text/event-stream" in seen.lower()
    assert [seen.count(b'"n":%d}' % n) for n in range(4)] == [1, 1, 1, 1]
    with Raw(parts, "since=-1h", Last_Event_ID=str(first[1])) as raw:
        seen = raw.read_until(b"id: %d\ndata" % last)
        assert b"id: %d\ndata" % first[1] not in seen
        assert b"id: %d\ndata" % first[2] in seen
    with Raw(parts) as raw:
        raw.read_until(b"logagent\n\n")
        append(parts.log, "a", 1, start=9)
        assert b'"n":3}' not in raw.read_until(b'"n":9}')


def test_a_subscriber_is_told_what_was_removed_meanwhile(tmp_path: Path) -> None:
    limits = Limits(archive_after_seconds=0.001, part_bytes=1000, recent_bytes=1)
    with serving(tmp_path, limits=limits) as parts:
        sequences = append(parts.log, "a", 10)
        append(parts.log, "b", 1)  # a commit of its own: memory holds the last one alone
        forget = partial(tables.forget, stream="a", last=sequences[5])
        parts.log._writer.do(forget).result(10)
        with Raw(parts, Last_Event_ID=str(sequences[1])) as raw:
            seen = raw.read_until(b"event: gap\n")
            seen = raw.read_until(b'"n":9')
            assert b'data: {"after":%d,"until":%d}' % (sequences[1], sequences[5]) in seen
            assert (seen.count(b"event: gap"), seen.count(b'"n":9')) == (1, 1)
        page = parts.get(f"after={sequences[1]}")
        assert page["gap"] == {"after": sequences[1], "until": sequences[5]}
        with Raw(parts, "since=-1h") as raw:
            assert b"event: gap" not in raw.read_until(b'"n":9'), "it lost nothing"
        with Raw(parts, Last_Event_ID=str(parts.log.last + 10**9)) as raw:
            raw.read_until(b"event: gap\n")


def test_a_reader_is_told_when_the_database_was_lost(tmp_path: Path) -> None:
    with serving(tmp_path) as parts:
        before = append(parts.log, "a", 3)
    for path in tmp_path.glob("events.sqlite*"):
        path.unlink()
    with serving(tmp_path) as parts:
        beginning = parts.log.last
        append(parts.log, "a", 1, start=3)
        with Raw(parts, Last_Event_ID=str(before[1])) as raw:
            seen = raw.read_until(b'"n":3')
        assert seen.count(b"event: gap\n") == 1
        assert b'data: {"after":%d,"until":%d}' % (before[1], beginning) in seen
        with Raw(parts, "after=0") as raw:
            assert b"event: gap" not in raw.read_until(b'"n":3'), "it asks for what there is"


def test_a_reader_of_an_older_http_gets_no_chunks(parts: Parts) -> None:
    append(parts.log, "a", 1)
    with socket.create_connection(("127.0.0.1", parts.server.port), 20) as link:
        link.sendall(b"GET /api/v1/events?after=0 HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n")
        seen = b""
        while b"}}\n\n" not in seen:
            seen += link.recv(65536)
    head, _, body = seen.partition(b"\r\n\r\n")
    assert b"chunked" not in head.lower()
    assert body.startswith(b"retry: 1000\nid: 0\n: logagent\n\nid: ")
    with Raw(parts, "after=0", method="HEAD") as raw:
        raw.read_until(b"\r\n\r\n")
        raw.socket.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.read_until(b"ok\n").count(b"data:") == 0


def test_who_does_not_read_is_cut_and_told_where(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STALLED_SECONDS", 0.3)
    with Raw(parts) as raw:
        raw.read_until(b"logagent\n\n")
        sequences = [append(parts.log, "a", 250, text="x" * 4000)[-1] for _ in range(20)]
        time.sleep(1)
        seen = raw.seen + b"".join(iter(lambda: raw.socket.recv(1 << 20), b""))
    cut = json.loads(seen.partition(b"event: cut\ndata: ")[2].partition(b"\n")[0])
    ids = [int(part.partition(b"\n")[0]) for part in seen.split(b"\nid: ")[1:]]
    assert cut["after"] == ids[-1] < sequences[-1]
    assert "Last-Event-ID" in cut["reason"]
    page = parts.get(f"after={cut['after']}&limit=1")
    assert page["events"][0]["sequence"] == cut["after"] + 1


def test_subscribers_are_bounded_and_who_leaves_makes_room(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_module, "_MOST_SUBSCRIBERS", 2)
    with Raw(parts) as one, Raw(parts) as two:
        one.read_until(b"logagent\n\n")
        two.read_until(b"logagent\n\n")
        with Raw(parts) as three:
            assert b" 503 " in three.read_until(b"already")
    wait_until(lambda: subscribed(parts))


def subscribed(parts: Parts) -> bool:
    with Raw(parts) as raw:
        return b" 200 " in raw.read_until(b"\r\n\r\n")


def test_nothing_in_an_entry_ends_its_event_or_a_header(parts: Parts) -> None:
    hostile = "a\n\ndata: {}\n\nid: 7\r\rretry: 1\u2028\x1b]0;x\x07\x9b\x7f</script>"
    body = json.dumps({"body": {"t": hostile, hostile: "x"}, "source": hostile, "key": hostile})
    with Raw(parts) as raw:
        raw.read_until(b"logagent\n\n")
        assert parts.post("app", body.encode()).status == 200
        seen = raw.read_until(b"}}\n\n")
    frame = seen[seen.index(b"\ndata: ") :].split(b"\n\n")[0]
    entry = json.loads(frame.removeprefix(b"\ndata: "))
    assert entry["body"] == {"t": hostile, hostile: "x"}
    assert all(byte == 10 or 32 <= byte < 127 for byte in frame)
    for path in ("/api/v1/events?where=%0d%0aSet-Cookie:x", "/api/v1/events/%0d%0aX:y"):
        answer = parts.server.ask(
            path, method="POST" if path.endswith("y") else "GET", headers=JSON
        )
        assert answer.status == 400
        assert not {"set-cookie", "x"} & answer.headers.keys()
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_iterator_survives_the_server_and_misses_nothing(tmp_path: Path) -> None:
    found: list[int] = []
    with serving(tmp_path) as parts:
        append(parts.log, "a", 5)
        stream = iter(logagent.events(parts.url, since="-1h", where="body.n != 3"))
        found += [next(stream)["body"]["n"] for _ in range(4)]
        port = parts.server.port
    log = EventLog(tmp_path)
    append(log, "a", 2, start=5)
    offered = Offered()
    offered.events = log
    with served(create_app(offered, Access), port=port):
        found += [next(stream)["body"]["n"] for _ in range(2)]
        append(log, "a", 1, start=7)
        found.append(next(stream)["body"]["n"])
        log.end_subscriptions()
    log.close()
    assert found == [0, 1, 2, 4, 5, 6, 7]


def test_the_iterator_of_asyncio(parts: Parts) -> None:
    import asyncio

    async def run() -> list[int]:
        found = []
        async for entry in logagent.events(parts.url, after=0, streams=["a"]):
            found.append(entry["body"]["n"])
            if len(found) == 3:
                append(parts.log, "a", 2, start=3)
            if len(found) == 5:
                break
        return found

    append(parts.log, "b", 3)
    append(parts.log, "a", 3)
    assert asyncio.run(asyncio.wait_for(run(), 30)) == list(range(5))


def test_the_iterator_tells_what_is_wrong(tmp_path: Path) -> None:
    with serving(tmp_path, Access(token=TOKEN)) as parts:
        append(parts.log, "a", 1)
        for arguments, what in (
            ({}, "401"),
            ({"token": "x" * 20}, "401"),
            ({"token": TOKEN, "where": "boddy.n == 1"}, "boddy"),
            ({"token": TOKEN, "since": "soon"}, "soon"),
        ):
            with pytest.raises(LogagentError, match=what):
                next(iter(logagent.events(parts.url, **arguments)))  # type: ignore[arg-type]
        entries = iter(logagent.events(parts.url, token=TOKEN, after=0))
        assert next(entries)["body"] == {"n": 0}
    with pytest.raises(LogagentError, match="cannot reach"):
        next(iter(logagent.events(parts.url, token=TOKEN)))
    with pytest.raises(LogagentError, match="no address"):
        logagent.events("ftp://x")
