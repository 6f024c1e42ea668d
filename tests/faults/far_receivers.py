"""Who is told of findings: a server of HTTP that is strict, and a real Alertmanager."""

import contextlib
import json
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.faults.agent import free_port


class Hook:
    """Takes findings; answers with `status` while that is set."""

    def __init__(self) -> None:
        self.findings: list[dict[str, Any]] = []
        self.requests = 0
        self.status = 200
        self.port = 0

    def keys(self) -> list[str]:
        """Each finding once, in the order of their first arrival."""
        return list(dict.fromkeys(finding["key"] for finding in self.findings))

    def phases(self, checker: str) -> list[str]:
        """The phases of a checker's findings, each finding once."""
        found = {one["key"]: one["phase"] for one in self.findings if one["checker"] == checker}
        return list(found.values())


@contextlib.contextmanager
def hook() -> Iterator[Hook]:
    """A webhook, meanwhile."""
    taken = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.requests += 1
            if taken.status == 200:
                assert self.headers["Content-Type"] == "application/json"
                taken.findings += json.loads(body)["findings"]
            self.send_response(taken.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    taken.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Manager:
    """Alertmanager's API."""

    def __init__(self, port: int) -> None:
        self.port = port

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that are active; none while it starts."""
        url = f"http://127.0.0.1:{self.port}/api/v2/alerts?silenced=false&inhibited=false"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found: list[dict[str, Any]] = json.load(answer)
        except OSError:
            return []
        return found

    def is_ready(self) -> bool:
        """Whether it answers."""
        url = f"http://127.0.0.1:{self.port}/-/ready"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextlib.contextmanager
def alertmanager(binary: str, directory: Path) -> Iterator[Manager]:
    """A real one with nobody behind it, meanwhile."""
    directory.mkdir()
    config = directory / "alertmanager.yml"
    config.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    port = free_port()
    # Debian's reads its templates from a fixed place; an unpacked one sees its own there.
    share = Path(binary).parent / "usr" / "share"
    mount = ["unshare", "-m", "sh", "-c", f'mount --bind "{share}" /usr/share && exec "$@"', "sh"]
    command = [
        *(mount if share.is_dir() else []),
        binary,
        f"--config.file={config}",
        f"--storage.path={directory / 'storage'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Manager(port)
    finally:
        server.terminate()
        server.wait(timeout=30)
