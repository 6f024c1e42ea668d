"""A Kafka broker for tests: one process, one partition log, nothing outside of a directory."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
START_SECONDS = 90.0
_META = """\
version=1
cluster.id=logagent-tests-00000001
node.id=1
directory.id=bG9nYWdlbnQtdGVzdHMtMQ
"""
_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={directory}
num.partitions=4
num.network.threads=1
num.io.threads=2
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""


class Broker:
    """A broker that can be stopped and started again; its address stays."""

    def __init__(self, directory: Path, command: list[str]) -> None:
        self._directory = directory
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.address = f"127.0.0.1:{self.port}"
        logs = directory / "logs"
        logs.mkdir(parents=True)
        (logs / "meta.properties").write_text(_META)
        (directory / "server.properties").write_text(
            _SETTINGS.format(port=self.port, controller=_free_port(), directory=logs)
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self._directory / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, str(self._directory / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def said(self) -> str:
        """The end of its log."""
        return (self._directory / "broker.log").read_text(errors="replace")[-3000:]

    def _answers(self) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) != 0:
                return False
        try:
            AdminClient({"bootstrap.servers": self.address}).list_topics(timeout=2)
        except KafkaException:
            return False
        return True


@contextmanager
def running(directory: Path) -> Iterator[Broker]:
    """A broker meanwhile; without one to be had the test is left out, but fails in CI."""
    found = subprocess.run(
        [REPOSITORY / "scripts" / "find-kafka.sh"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if found.returncode:
        missing = f"there is no Kafka to be had: {found.stderr.strip()}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    broker = Broker(directory, found.stdout.splitlines())
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
