"""Nothing of a request gets into the head of an answer, or into a page, on any route."""

import socket
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from starlette.routing import Route

from logagent.http.access import Access
from logagent.http.app import create_app
from tests.python.daemon.running import Running, running
from tests.python.http.test_app import Offered

MARK = b"injected-mark"
IN_TARGETS = (
    b"%0d%0aInjected-Mark:%20yes",
    b"%0aInjected-Mark:%20yes",
    b"%E5%98%8A%E5%98%8DInjected-Mark:%20yes",
    b"%00injected-mark",
    b"<script>injected-mark</script>",
    b"%3Cscript%3Einjected-mark%3C/script%3E",
    b"..%2f..%2fetc%2fpasswd?injected-mark",
    b"../../etc/passwd?injected-mark",
    b"//evil.example/injected-mark",
    b"\\evil.example\\injected-mark",
    b"%2e%2e/%2e%2e/injected-mark",
    b"%ff%feinjected-mark",
    b"?injected-mark=%0d%0aInjected-Mark:%20yes",
    b"?stream=%0d%0aInjected-Mark:yes&since=injected-mark&where=%22injected-mark%22",
    b"?preview=%0d%0aInjected-Mark:%20yes",
)
IN_HEADERS = (
    b"injected-mark",
    b"text/event-stream\x0b\x0cinjected-mark",
    b"text/html, injected-mark/<script>",
    b"\xff\xfeinjected-mark",
    b"injected-mark\r\n\tfolded: yes",
    b"0\x00injected-mark",
    b'1; injected-mark="\\"',
)
HEADERS = (
    b"Accept",
    b"Accept-Encoding",
    b"Authorization",
    b"Content-Type",
    b"Cookie",
    b"Host",
    b"Last-Event-ID",
    b"Origin",
    b"Referer",
    b"User-Agent",
    b"X-Forwarded-Host",
)
ALLOWED = {
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "location",
    "permissions-policy",
    "referrer-policy",
    "retry-after",
    "transfer-encoding",
    "vary",
    "www-authenticate",
    "x-accel-buffering",
    "x-content-type-options",
    "x-frame-options",
}


class Head(NamedTuple):
    status: int
    fields: list[tuple[str, str]]
    raw: bytes
    body: bytes


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("injection")
    config = directory / "config.toml"
    config.write_text(
        f'[agent]\nlisten = "127.0.0.1:0"\nstate_dir = "{directory / "state"}"\n'
        f'[[source]]\nname = "a"\nformat = "common"\npaths = ["{directory}/a.log"]\n'
        '[[metric]]\nname = "n_total"\n'
    )
    with running(config) as one:
        yield one


def routes() -> list[tuple[str, bytes]]:
    """Each route as a path to ask for, and a method that it takes."""
    app: Any = create_app(Offered(), Access)
    found = []
    for route in app._app.routes:
        assert isinstance(route, Route)
        method = "POST" if "POST" in (route.methods or ()) else "GET"
        path = route.path.replace("{name}", "page.js").replace("{stream}", "of-a-test")
        found.append((method, path.encode()))
    return found


def ask(service: Running, head: bytes) -> Head | None:
    """The answer to a raw request; None if there was none but the end of the connection."""
    place = urlsplit(service.address)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as link:
        link.sendall(head)
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = link.recv(65536)
            if not part:
                break
            answer += part
        link.settimeout(0.05)
        try:
            while len(answer) < 1 << 16 and (part := link.recv(65536)):
                answer += part
        except TimeoutError:
            pass
    if not answer:
        return None
    raw, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = raw.decode("latin-1").split("\r\n")
    pairs = [(name.lower(), value.strip()) for name, _, value in (f.partition(":") for f in fields)]
    return Head(int(first.split()[1]), pairs, raw, body)


def check(head: Head | None) -> None:
    if head is None:
        return
    names = {name for name, _ in head.fields}
    assert names <= ALLOWED
    assert MARK not in head.raw.lower()
    assert b"root:" not in head.body
    kinds = [value for name, value in head.fields if name == "content-type"]
    if MARK in head.body.lower():  # said in an error, but never as a page
        assert kinds
        assert not kinds[0].startswith(("text/html", "image/svg", "text/javascript"))
        assert ("x-content-type-options", "nosniff") in head.fields
    assert head.status != 500


@pytest.mark.parametrize(("method", "path"), routes(), ids=str)
def test_targets(service: Running, method: str, path: bytes) -> None:
    for text in IN_TARGETS:
        for target in (path + text, path + b"/" + text):
            request = b"%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            check(ask(service, request % (method.encode(), target)))


@pytest.mark.parametrize(("method", "path"), routes(), ids=str)
def test_headers(service: Running, method: str, path: bytes) -> None:
    for text in IN_HEADERS:
        lines = b"".join(
            b"%s: %s\r\n" % (name, text) for name in HEADERS if text.isascii() or name != b"Host"
        )
        hosts = b"" if b"Host: " in lines else b"Host: a\r\n"
        request = b"%s %s HTTP/1.1\r\n%s%sConnection: close\r\n\r\n"
        check(ask(service, request % (method.encode(), path, hosts, lines)))


def test_every_route_is_asked() -> None:
    paths = {path for _, path in routes()}
    assert {b"/", b"/assets/page.js", b"/metrics", b"/api/v1/live", b"/api/v1/events"} <= paths
