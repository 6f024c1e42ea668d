"""The service: started, killed, frozen, ended and asked by tests."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from tests.faults.ledger import FORMAT, Total
from tests.faults.scraped import Scrape

START_SECONDS = 30
STOP_SECONDS = 30
COUNT_SECONDS = 60
ASK_SECONDS = 10
POLL_SECONDS = 0.03

METRICS = """
[[metric]]
name = "lines_total"

[[metric]]
name = "n_total"
value = "n"

[[metric]]
name = "n2_total"
value = "n2"

[[metric]]
name = "by_status_total"
labels = ["status"]
"""

EACH_LINE = """
[[metric]]
name = "lines_total"

[[metric]]
name = "each_total"
labels = ["n"]
series_limit = 1_000_000
"""
"""A series for each line, where sums cannot tell: lines may be missing, but none come twice."""

MANY_SERIES = "series_limit = 1_000_000"
"""The setting of `[agent]` that goes with it."""


def free_port() -> int:
    """A port that nobody listens on now; the same one serves over restarts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class EndedError(AssertionError):
    """The service ended while a test waited for it."""


class Agent:
    """One service with a configuration of its own; its sources are read as the ledger's lines."""

    def __init__(
        self,
        directory: Path,
        paths: Sequence[str | Path],
        *,
        exclude: Sequence[str | Path] = (),
        commit_interval: str = "100ms",
        state: Path | None = None,
        settings: str = "",
        metrics: str = METRICS,
    ) -> None:
        """`settings` are further lines of the table `[agent]`."""
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.paths = [str(path) for path in paths]
        self.exclude = [str(path) for path in exclude]
        self.commit_interval = commit_interval
        self.state = state or directory / "state"
        self.settings = settings
        self.metrics = metrics
        self.port = free_port()
        self.config = directory / "config.toml"
        self.log = directory / "agent.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.pid = 0
        self.configure()

    def configure(self) -> None:
        """Writes the configuration; whole, since a reload may be under way."""
        unfinished = self.config.with_suffix(".new")
        unfinished.write_text(
            f"[agent]\n"
            f'listen = "127.0.0.1:{self.port}"\n'
            f"state_dir = {json.dumps(str(self.state))}\n"
            f'commit_interval = "{self.commit_interval}"\n'
            f"{self.settings}\n"
            f"[formats.numbered]\n"
            f"nginx = '{FORMAT}'\n"
            f"[[source]]\n"
            f'name = "numbered"\n'
            f"paths = {json.dumps(self.paths)}\n"
            f"exclude = {json.dumps(self.exclude)}\n"
            f'format = "numbered"\n'
            f"{self.metrics}"
        )
        unfinished.rename(self.config)

    def start(
        self,
        *,
        under: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        before_exec: Callable[[], None] | None = None,
        arguments: Sequence[str] = (),
        ready: bool = True,
    ) -> None:
        """Starts it and, if `ready`, waits until it says so; `under` is a tracer's command."""
        assert not self.is_running(), "it runs already"
        command = [*under, sys.executable, "-m", "logagent", "run", "-c", str(self.config)]
        command += arguments
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                preexec_fn=before_exec,  # noqa: PLW1509 - a call or two into the kernel
            )
        self.pid = self.process.pid
        if under:
            self.pid = _started_by(self.process)
        if ready:
            self.wait_until(self.is_ready, "not ready", seconds=START_SECONDS)

    def is_ready(self) -> bool:
        """What `/-/ready` says; OSError where nobody listens."""
        return self.ask("/-/ready")[0] == 200

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL."""
        self._signal(signal.SIGKILL)
        self.wait_for_end()

    def freeze(self) -> None:
        """SIGSTOP."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def reload(self) -> None:
        """SIGHUP."""
        self._signal(signal.SIGHUP)

    def stop(self) -> None:
        """SIGTERM; it has to end well."""
        self._signal(signal.SIGTERM)
        code = self.wait_for_end()
        assert code == 0, f"it ended with {code}: {self.said()}"

    def wait_for_end(self, seconds: float = STOP_SECONDS) -> int:
        """Waits for the process; its exit code, negative for a signal."""
        assert self.process is not None
        return self.process.wait(timeout=seconds)

    def clean_up(self) -> None:
        """Ends whatever runs, and looks through what it said."""
        if self.is_running() and self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        said = self.log.read_text(errors="replace") if self.log.exists() else ""
        assert "panicked" not in said, said[-5000:]
        assert "Traceback" not in said, said[-5000:]

    def said(self) -> str:
        """The end of its log, for messages."""
        return self.log.read_text(errors="replace")[-2000:]

    def ask(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ASK_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()

    def scrape(self) -> Scrape:
        """`/metrics`, read."""
        status, body = self.ask("/metrics")
        assert status == 200, body
        return Scrape.read(body)

    def each(self) -> dict[int, int]:
        """How often each line was counted, with the metrics of `EACH_LINE`."""
        found = self.scrape().family("each_total")
        return {int(dict(labels)["n"]): int(value) for labels, value in found.items()}

    def wait_for_each(self, numbers: AbstractSet[int]) -> None:
        """Waits until these lines are counted, whatever others are; fails if one is twice."""

        def counted() -> bool:
            each = self.each()
            doubled = [n for n, count in each.items() if count != 1]
            assert not doubled, f"{len(doubled)} lines twice, such as {doubled[:3]}"
            return numbers <= each.keys()

        self.wait_until(counted, lambda: f"{len(numbers - self.each().keys())} lines are missing")

    def status(self) -> dict[str, Any]:
        """`/api/v1/status`."""
        code, body = self.ask("/api/v1/status")
        assert code == 200, body
        answer: dict[str, Any] = json.loads(body)
        return answer

    def errors(self) -> list[str]:
        """What it says that is wrong, with its place."""
        return [str(problem) for problem in self.status()["problems"]]

    def has_caught_up(self) -> bool:
        """Whether all that it has found is read."""
        return all(file["behind_bytes"] == 0 for file in self.status()["files"])

    def headers(self, path: str) -> tuple[Mapping[str, str], bytes]:
        """Headers, by their names in lower case, and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ASK_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def total(self) -> Total:
        """What it counted so far."""
        return self.scrape().total()

    def wait_for(self, total: Total, *, seconds: float = COUNT_SECONDS) -> None:
        """Waits until it has counted just this; more or less than this until then is a failure."""
        seen = Total()

        def equal() -> bool:
            nonlocal seen
            seen = self.total()
            assert seen.lines <= total.lines, f"counted {seen}, written {total}"
            return seen == total

        self.wait_until(equal, lambda: f"counted {seen}, written {total}", seconds=seconds)

    def wait_until(
        self,
        condition: Callable[[], bool],
        otherwise: str | Callable[[], str],
        *,
        seconds: float = COUNT_SECONDS,
    ) -> None:
        """Polls while the process lives; fails with `otherwise` behind the deadline."""
        deadline = time.monotonic() + seconds
        while True:
            # An answer breaks off where the process ends.
            with contextlib.suppress(OSError, http.client.HTTPException):
                if condition():
                    return
            text = otherwise if isinstance(otherwise, str) else otherwise()
            if not self.is_running():
                raise EndedError(f"it ended; {text}; it said: {self.said()}")
            assert time.monotonic() < deadline, f"{text} after {seconds} s; it said: {self.said()}"
            time.sleep(POLL_SECONDS)

    def settles_at(self, total: Total) -> None:
        """Counts just this now, after a proper end and after another start.

        What was counted twice shows at the latest when the files are looked through anew.
        """
        self.wait_for(total)
        self.stop()
        self.start()
        self.wait_for(total)
        time.sleep(0.3)
        seen = self.total()
        assert seen == total, f"counted {seen} in the end, written {total}"

    def memory_bytes(self) -> int:
        """Resident memory."""
        return self._memory("VmRSS")

    def peak_memory_bytes(self) -> int:
        """The most resident memory that it has had."""
        return self._memory("VmHWM")

    def cpu_seconds(self) -> float:
        """The CPU time of all its threads so far, to the nanosecond (clock_getcpuclockid(3))."""
        return time.clock_gettime(~self.pid << 3 | 2)

    def descriptors(self) -> list[str]:
        """What its open descriptors are."""
        targets = []
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                targets.append(str(link.readlink()))
        return targets

    def _memory(self, kind: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        (found,) = [line for line in status.splitlines() if line.startswith(kind + ":")]
        return int(found.split()[1]) * 1024

    def _signal(self, which: signal.Signals) -> None:
        try:
            os.kill(self.pid, which)
        except ProcessLookupError:
            raise EndedError(f"it does not run: {self.said()}") from None


def _started_by(tracer: subprocess.Popen[bytes]) -> int:
    """The service that a tracer started, or became."""
    children = Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            # strace has short-lived children too, which try out what the kernel can do.
            for pid in [str(tracer.pid), *children.read_text().split()]:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if command[0] == os.fsencode(sys.executable):
                    return int(pid)
        if tracer.poll() is not None:
            return tracer.pid
        time.sleep(POLL_SECONDS)
    raise AssertionError("the tracer started nothing")
