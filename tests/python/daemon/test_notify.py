import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from logagent.daemon.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "socket")
    if request.param == "abstract":
        address = f"@logagent-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.settimeout(10)
        bound.bind(address.replace("@", "\0"))
        yield bound, address


def test_what_is_told(listener: tuple[socket.socket, str]) -> None:
    bound, address = listener
    notifier = Notifier({"NOTIFY_SOCKET": address})
    assert notifier.is_heard
    notifier.ready()
    assert bound.recv(1000) == b"READY=1"
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    state, moment = bound.recv(1000).split(b"\n")
    assert state == b"RELOADING=1"
    assert before <= int(moment.removeprefix(b"MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
    notifier.status("reading\nREADY=0")
    assert bound.recv(1000) == b"STATUS=reading READY=0"
    notifier.alive()
    assert bound.recv(1000) == b"WATCHDOG=1"
    notifier.stopping()
    assert bound.recv(1000) == b"STOPPING=1"


def test_without_a_service_manager_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).ready()
    assert not Notifier({}).is_heard
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


def test_the_watchdog() -> None:
    def seconds(**environment: str) -> float | None:
        return Notifier({"NOTIFY_SOCKET": "@x", **environment}).watchdog_seconds

    assert seconds(WATCHDOG_USEC="30000000") == 30
    assert seconds(WATCHDOG_USEC="30000000", WATCHDOG_PID=str(os.getpid())) == 30
    assert seconds(WATCHDOG_USEC="30000000", WATCHDOG_PID="1") is None
    assert seconds(WATCHDOG_USEC="soon") is None
    assert seconds(WATCHDOG_USEC="0") is None
    assert seconds() is None
    assert Notifier({"WATCHDOG_USEC": "30000000"}).watchdog_seconds is None
