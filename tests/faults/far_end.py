"""A far end made for tests: takes requests, and answers as it is told, or not at all."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Taken(NamedTuple):
    """A request that came whole."""

    path: str
    headers: dict[str, str]
    """By names in lower case."""
    body: bytes


Answer = tuple[int, dict[str, str], bytes] | None
"""Status, headers and body; None resets the connection instead of answering."""


class FarEnd:
    """An HTTP server on a port of its own; `answer` says what becomes of each request."""

    def __init__(self, answer: Callable[[Taken], Answer] | None = None) -> None:
        self.answer = answer or (lambda _: (204, {}, b""))
        self.taken: list[Taken] = []
        self.hangs_up = False
        """Whether it closes connections behind an answer, without having said so."""
        self._lock = threading.Lock()
        far_end = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                far_end.serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """Take one request."""
        length = int(request.headers["Content-Length"])
        body = request.rfile.read(length)
        if len(body) < length:
            return  # its sender was killed
        headers = {name.lower(): value for name, value in request.headers.items()}
        taken = Taken(request.path, headers, body)
        with self._lock:
            self.taken.append(taken)
            answer = self.answer(taken)
        if answer is None:
            linger = struct.pack("ii", 1, 0)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.close_connection = True
            request.connection.close()
            return
        status, more, content = answer
        request.send_response(status)
        for name, value in {**more, "Content-Length": str(len(content))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)
        request.close_connection = self.hangs_up

    def points(self) -> dict[str, dict[str, Any]]:
        """What a receiver of webhooks holds: the last point of each key."""
        found: dict[str, dict[str, Any]] = {}
        for taken in sorted(self.taken, key=lambda one: int(one.headers["x-logagent-sequence"])):
            for point in json.loads(taken.body)["points"]:
                found[point["key"]] = point
        return found
