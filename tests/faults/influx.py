"""A real InfluxDB 1, started and asked by tests."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.faults.agent import free_port

START_SECONDS = 60


class InfluxServer:
    """A server with its files in a directory; the ports stay over restarts."""

    def __init__(self, program: str, directory: Path, *, settings: str = "") -> None:
        """`settings` are further lines of the table `[http]`."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
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

    def query(self, text: str, *, database: str = "", user: str = "", password: str = "") -> Any:  # noqa: ANN401
        """The first result of a query."""
        names = {"db": database, "u": user, "p": password, "q": text, "epoch": "ns"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", f"/query?{urlencode(names)}")
            answer = connection.getresponse()
            found = json.loads(answer.read())
        assert answer.status == 200, found
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

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/ping")
            return connection.getresponse().status == 204
        return False


@contextlib.contextmanager
def influx(program: str, directory: Path, *, settings: str = "") -> Iterator[InfluxServer]:
    """A running server, ended at last."""
    server = InfluxServer(program, directory, settings=settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
