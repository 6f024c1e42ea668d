"""A real Prometheus."""

import contextlib
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.agent import free_port


class Server:
    """Prometheus' API."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/query?"

    def ask(self, query: str, at: float | None = None) -> list[dict[str, Any]]:
        """The answer's results; none while it starts."""
        parameters = {"query": query} | ({} if at is None else {"time": f"{at:.3f}"})
        try:
            with urllib.request.urlopen(self._url + urllib.parse.urlencode(parameters)) as answer:  # noqa: S310 - loopback
                result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
                return result
        except OSError:
            return []

    def query(self, query: str, at: float) -> str:
        """A single value."""
        ((_, value),) = [result["value"] for result in self.ask(query, at)]
        return str(value)

    def samples(self, series: str) -> list[tuple[float, float]]:
        """All samples of one series: (Unix seconds, value)."""
        (result,) = self.ask(f"{series}[1d]")
        return [(time, float(value)) for time, value in result["values"]]

    def wait_for_sample(self, series: str, value: int) -> None:
        """Waits until the newest sample is this."""
        deadline = time.monotonic() + 60
        while not any(float(result["value"][1]) == value for result in self.ask(series)):
            assert time.monotonic() < deadline, f"Prometheus has {self.ask(series)}, not {value}"
            time.sleep(0.2)


def samples_of(directory: Path) -> Path:
    """Where the Prometheus of this directory keeps its samples."""
    return directory / "samples"


@contextlib.contextmanager
def serving(binary: str, directory: Path, target: int | None = None) -> Iterator[Server]:
    """Run it in `directory`; it scrapes the port `target`, or nothing."""
    directory.mkdir(exist_ok=True)
    config = directory / "prometheus.yml"
    jobs = f"{{job_name: logagent, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}"
    config.write_text(
        "global: {scrape_interval: 500ms, scrape_timeout: 400ms}\n"
        f"scrape_configs: [{'' if target is None else jobs}]\n"
    )
    port = free_port()
    command = [binary, f"--config.file={config}", f"--storage.tsdb.path={samples_of(directory)}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Server(port)
    finally:
        server.terminate()
        server.wait(timeout=30)
