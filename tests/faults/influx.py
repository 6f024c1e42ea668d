"""A real InfluxDB 1, started and asked by tests."""

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.faults.agent import free_port

START_SECONDS = 60


Identity = tuple[Path, Path]
"""Certificate and key."""


class InfluxServer:
    """A server with its files in a directory; the ports stay over restarts."""

    def __init__(
        self, program: str, directory: Path, identity: Identity | None, *, asks: bool
    ) -> None:
        """It speaks HTTPS with an `identity`, and `asks` whether it asks who somebody is."""
        self.port = free_port()
        self.url = f"http{'' if identity is None else 's'}://127.0.0.1:{self.port}"
        self._certificate = None if identity is None else identity[0]
        self._user = self._password = ""
        settings = ""
        if identity is not None:
            settings = f"""https-enabled = true
https-certificate = "{identity[0]}"
https-private-key = "{identity[1]}"
"""
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True)
        self._config = directory / "influxdb.conf"
        self._log = directory / "influxdb.log"
        self._config.write_text(f"""
reporting-disabled = true
bind-address = "127.0.0.1:{free_port()}"
[meta]
dir = "{directory}/meta"
[data]
dir = "{directory}/data"
wal-dir = "{directory}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{self.port}"
log-enabled = false
auth-enabled = {str(asks).lower()}
{settings}
""")

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-config", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "HOME": str(self._config.parent)},
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()[-2000:]
            assert time.monotonic() < deadline, "InfluxDB does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; what it has taken stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def add_user(self, user: str, password: str) -> None:
        """Make an administrator, who asks from now on."""
        self.query(f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
        self._user, self._password = user, password

    def query(self, text: str, *, database: str = "") -> Any:  # noqa: ANN401 - JSON
        """The first result of a query."""
        names = {"u": self._user, "p": self._password, "q": text, "epoch": "ns"}
        status, body = self._post("/query", names | {"db": database})
        found = json.loads(body)
        assert status == 200, found
        (result,) = found["results"]
        assert "error" not in result, result
        return result

    def points(self, database: str, measurement: str) -> list[dict[str, Any]]:
        """Every point, with its tags and fields by name and `time` in nanoseconds."""
        result = self.query(f'SELECT * FROM "{measurement}"', database=database)  # noqa: S608
        return [
            dict(zip(series["columns"], row, strict=True))
            for series in result.get("series", [])
            for row in series["values"]
        ]

    def write(self, database: str, lines: str) -> None:
        """Write points by hand."""
        status, body = self._post("/write", {"db": database}, lines.encode())
        assert status == 204, body

    def _post(self, path: str, names: Mapping[str, str], body: bytes = b"") -> tuple[int, bytes]:
        with contextlib.closing(self._connection()) as connection:
            connection.request("POST", f"{path}?{urlencode(names)}", body)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def _connection(self) -> http.client.HTTPConnection:
        if self._certificate is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        context = ssl.create_default_context(cafile=str(self._certificate))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)

    def _answers(self) -> bool:
        with contextlib.closing(self._connection()) as connection, contextlib.suppress(OSError):
            connection.request("GET", "/ping")
            return connection.getresponse().status == 204
        return False


@contextlib.contextmanager
def influx(
    program: str, directory: Path, *, identity: Identity | None = None, asks: bool = False
) -> Iterator[InfluxServer]:
    """A running server, ended at last."""
    server = InfluxServer(program, directory, identity, asks=asks)
    server.start()
    try:
        yield server
    finally:
        server.stop()
