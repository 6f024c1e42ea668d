"""What the system refuses: descriptors, permissions, watches, reads."""

import os
import resource
from pathlib import Path

import pytest

from tests.faults import mounts
from tests.faults.conftest import StartAgent
from tests.faults.ledger import Ledger, total_of_lines
from tests.python.process import drop_privilege

FILES = 100
DESCRIPTORS = 40


def append(log: Path, block: bytes) -> None:
    with log.open("ab") as file:
        file.write(block)


def test_more_files_than_descriptors(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """They are read by turns."""
    names = [logs / f"{number}.log" for number in range(FILES)]
    agent = make_agent([logs / "*.log"])
    for log in names:
        log.write_bytes(ledger.lines(10))
    agent.start(
        before_exec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    )
    agent.wait_for(ledger.total)
    for log in names:
        append(log, ledger.lines(10))
    agent.wait_for(ledger.total)
    agent.settles_at(ledger.total)


def test_permission_revoked_and_restored(
    make_agent: StartAgent, logs: Path, ledger: Ledger
) -> None:
    """An open file goes on; one that cannot be opened waits; others do not notice."""
    closed, shut, other = logs / "closed.log", logs / "shut" / "a.log", logs / "other.log"
    shut.parent.mkdir()
    agent = make_agent([logs / "*.log", shut])
    for log in (closed, shut, other):
        log.write_bytes(ledger.lines(100))
    agent.start(before_exec=drop_privilege if os.geteuid() == 0 else None)
    agent.wait_for(ledger.total)
    held = closed.open("ab", buffering=0)
    closed.chmod(0)
    shut.parent.chmod(0)
    held.write(ledger.lines(100))
    append(other, ledger.lines(100))
    agent.wait_for(ledger.total)
    agent.kill()
    agent.start(before_exec=drop_privilege if os.geteuid() == 0 else None)
    before = ledger.total
    held.write(ledger.lines(100))
    held.close()
    append(other, readable := ledger.lines(100))
    agent.wait_for(before + total_of_lines(readable))
    assert any("closed.log" in text for text in agent.errors()), "nothing is said of it"
    closed.chmod(0o644)
    shut.parent.chmod(0o755)
    agent.settles_at(ledger.total)


@pytest.mark.usefixtures("root")
def test_a_disk_that_cannot_be_read(
    make_agent: StartAgent, tmp_path: Path, logs: Path, ledger: Ledger
) -> None:
    """Half of the disk is gone: its file is said to fail, the other file goes on."""
    other = logs / "other.log"
    image = tmp_path / "image"
    with mounts.ext4(tmp_path / "disk", image, 64 << 20) as disk:
        (disk / "filler").write_bytes(bytes(30 << 20))
        failing = disk / "failing.log"
        failing.write_bytes(Ledger(first=10**8).lines(100_000))
        os.sync()
        with failing.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        agent = make_agent([failing, other])
        os.truncate(image, 8 << 20)
        other.write_bytes(ledger.lines(100))
        agent.start()
        agent.wait_until(lambda: any("failing" in text for text in agent.errors()), "no error")
        append(other, ledger.lines(100))
        agent.settles_at(ledger.total)
        agent.stop()


@pytest.mark.usefixtures("root")
def test_too_few_watches(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """With one watch in its user namespace, it polls."""
    names = [logs / str(number) / "access.log" for number in range(5)]
    agent = make_agent([logs / "*" / "access.log"])
    for log in names:
        log.parent.mkdir()
        log.write_bytes(ledger.lines(100))
    limit = 'echo 1 > /proc/sys/user/max_inotify_watches && exec "$@"'
    agent.start(under=["unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh"])
    agent.wait_for(ledger.total)
    for log in names:
        append(log, ledger.lines(100))
    agent.wait_for(ledger.total, seconds=10)
    late = logs / "late" / "access.log"
    late.parent.mkdir()
    late.write_bytes(ledger.lines(100))
    agent.wait_for(ledger.total)
    agent.settles_at(ledger.total)


def test_too_many_events(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """The kernel's queue overflows while the process is frozen."""
    queue = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    first, second = logs / "first.log", logs / "second.log"
    agent = make_agent([logs / "*.log"])
    for log in (first, second):
        log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    agent.freeze()
    with first.open("ab", buffering=0) as one, second.open("ab", buffering=0) as two:
        for _ in range(queue // 2 + 1000):  # equal events in a row would be one
            one.write(ledger.lines(1))
            two.write(ledger.lines(1))
    (logs / "unseen.log").write_bytes(ledger.lines(100))
    agent.thaw()
    agent.wait_for(ledger.total)
    append(logs / "unseen.log", ledger.lines(100))
    agent.settles_at(ledger.total)
