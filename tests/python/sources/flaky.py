"""A proxy before a server that fails as services do: throttled, refused, cut in the middle."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_SLOW_DOWN = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"""
_HOP = {"connection", "transfer-encoding", "content-length", "server", "date"}


class Proxy(ThreadingHTTPServer):
    """Passes requests on, but for a share that fails."""

    daemon_threads = True

    def __init__(self, server: str, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.server_host = urlsplit(server).netloc
        self.share = 0.0
        self.is_down = False
        self.failures = 0
        self.requests: list[str] = []
        self._choose = random.Random(seed)  # noqa: S311 - no secret
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def failure(self, request: str) -> str | None:
        """What becomes of a request: None is well."""
        with self._lock:
            self.requests.append(request)
            if self.is_down:
                return "cut off"
            if self._choose.random() >= self.share:
                return None
            self.failures += 1
            return self._choose.choice(["throttled", "error", "cut off", "cut in the middle"])


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.0"  # a connection for each request, so none is left open

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        action = self.headers.get("x-amz-target") or ""
        failure = self.server.failure(f"{self.command} {self.path} {action}")
        if failure == "cut off":
            self.close_connection = True
            return
        if failure in {"throttled", "error"}:
            self._answer(503 if failure == "throttled" else 500, {}, _SLOW_DOWN)
            return
        behind = HTTPConnection(self.server.server_host, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        behind.request(self.command, self.path, body, {**headers, "Host": self.server.server_host})
        answer = behind.getresponse()
        content = answer.read()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        kept["Date"] = answer.getheader("date") or ""
        behind.close()
        self._answer(answer.status, kept, content, is_cut=failure is not None)

    do_POST = do_PUT = do_HEAD = do_DELETE = do_GET  # noqa: N815 - names of the base

    def _answer(
        self, status: int, headers: dict[str, str], content: bytes, *, is_cut: bool = False
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if is_cut else content)
        self.close_connection = is_cut

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@contextmanager
def before(server: str, *, seed: int = 7) -> Iterator[Proxy]:
    """A proxy meanwhile."""
    proxy = Proxy(server, seed)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
