"""The service as a process of its own."""

import json
import os
import re
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.python.process import LOGAGENT
from tests.python.waiting import wait_until

_ADDRESS = re.compile(r"listens at (https?://\S+)")
_END_SECONDS = 20.0


class Running:
    """A service that was started."""

    def __init__(
        self, config: Path, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.log_path = config.with_name("service.err")
        self._begin = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*LOGAGENT, "run", "-c", str(config), *arguments],
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        self.tls: ssl.SSLContext | None = None
        self.headers: dict[str, str] = {}

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return self.log_path.read_bytes()[self._begin :].decode()

    @property
    def address(self) -> str:
        """Where it listens; waits until it does."""
        wait_until(lambda: _ADDRESS.search(self.log) or self.process.poll() is not None)
        found = _ADDRESS.search(self.log)
        assert found, self.log
        return found[1]

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        request = urllib.request.Request(  # noqa: S310 - its own address
            self.address + path, method=method, headers={**self.headers, **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.tls) as answer:  # noqa: S310
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()

    def status(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.ask("/api/v1/status")[1])
        return content

    def families(self) -> list[Metric]:
        return list(text_string_to_metric_families(self.ask("/metrics")[1].decode()))

    def value(self, name: str, **labels: str) -> float:
        """The sum over the samples of this name that have these labels."""
        return sum(
            sample.value
            for family in self.families()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def wait_for(self, name: str, value: float, **labels: str) -> None:
        wait_until(lambda: self.value(name, **labels) == value)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; how it ended."""
        self.process.send_signal(number)
        return self.process.wait(_END_SECONDS)


@contextmanager
def running(
    config: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A service, meanwhile; ready when it reads."""
    service = Running(config, *arguments, environment=environment)
    try:
        wait_until(lambda: _answers(service) or service.process.poll() is not None)
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()


def _answers(service: Running) -> bool:
    if not _ADDRESS.search(service.log):
        return False
    try:
        service.ask("/-/ready")
    except URLError as error:
        return isinstance(error.reason, ssl.SSLError)
    return True
