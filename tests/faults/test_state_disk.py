"""The disk of the state is full, failing, slow or gone: reading goes on, and nothing is lost."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import mounts
from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent
from tests.faults.injecting import injected
from tests.faults.ledger import Ledger, Total
from tests.faults.monotone import watching
from tests.faults.scale import pick

WRITING = ("pwrite64", "fdatasync", "fsync", "ftruncate")


def append(log: Path, block: bytes) -> None:
    with log.open("ab") as file:
        file.write(block)


def work_through_it(agent: Agent, log: Path, ledger: Ledger, seconds: float) -> None:
    """Lines come; the service lives, answers, and shows only what it made durable."""
    deadline = time.monotonic() + seconds
    shown = agent.total().lines
    while time.monotonic() < deadline:
        append(log, ledger.lines(200))
        assert agent.is_running(), agent.said()
        assert agent.ask("/-/healthy")[0] == 200
        now = agent.total().lines
        assert shown <= now <= ledger.total.lines
        shown = now
        time.sleep(0.05)


def failures(agent: Agent) -> int:
    """Commits that failed, as the service counts them."""
    return agent.scrape().sum("logagent_commit_failures_total")


@pytest.mark.parametrize("file_system", ["tmpfs", "ext4"])
@pytest.mark.usefixtures("root")
def test_full(
    make_agent: StartAgent,
    tmp_path: Path,
    log: Path,
    ledger: Ledger,
    file_system: str,
) -> None:
    """Full for a minute; what the service keeps in reserve is filled up too."""
    with _small_disk(tmp_path, file_system) as disk:
        agent = make_agent([log], state=disk / "state")
        log.write_bytes(ledger.lines(1000))
        agent.start()
        agent.wait_for(ledger.total)
        fillers = [mounts.fill(disk / "filler-0")]
        with watching(agent):
            for turn in range(pick(5, 60)):
                work_through_it(agent, log, ledger, 1)
                fillers.append(mounts.fill(disk / f"filler-{turn + 1}"))
            assert failures(agent) > 0, "it was never full"
            for filler in fillers:
                filler.unlink(missing_ok=True)
            agent.wait_for(ledger.total)
        agent.settles_at(ledger.total)
        agent.kill()


@contextmanager
def _small_disk(tmp_path: Path, file_system: str) -> Iterator[Path]:
    disk = tmp_path / "disk"
    if file_system == "tmpfs":
        with mounts.tmpfs(disk, "24M"):
            yield disk
    else:
        with mounts.ext4(disk, tmp_path / "image", 32 << 20):
            yield disk


@pytest.mark.usefixtures("root")
def test_full_when_it_is_killed(
    make_agent: StartAgent, tmp_path: Path, log: Path, ledger: Ledger
) -> None:
    """What was not durable is read again."""
    with _small_disk(tmp_path, "tmpfs") as disk:
        agent = make_agent([log], state=disk / "state")
        log.write_bytes(ledger.lines(1000))
        agent.start()
        agent.wait_for(ledger.total)
        fillers = [mounts.fill(disk / "filler-0")]
        work_through_it(agent, log, ledger, 1)
        fillers.append(mounts.fill(disk / "filler-1"))
        work_through_it(agent, log, ledger, 1)
        agent.kill()
        for filler in fillers:
            filler.unlink()
        agent.start()
        agent.settles_at(ledger.total)
        agent.kill()


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EROFS"])
@pytest.mark.parametrize("calls", [WRITING, ("fdatasync",), ("pwrite64",)])
def test_failing(
    agent: Agent, log: Path, ledger: Ledger, strace: str, error: str, calls: tuple[str, ...]
) -> None:
    """Every write, every flush, or both, until it heals; then the same again and a kill."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    with watching(agent):
        with injected(strace, agent.pid, calls, f"error={error}"):
            work_through_it(agent, log, ledger, pick(1, 10))
            agent.wait_until(lambda: failures(agent) > 0, "no commit failed")
        agent.wait_for(ledger.total)
        with injected(strace, agent.pid, calls, f"error={error}"):
            work_through_it(agent, log, ledger, pick(1, 10))
            agent.kill()
        agent.start()
        agent.wait_for(ledger.total)
    agent.settles_at(ledger.total)


def test_failing_now_and_then(agent: Agent, log: Path, ledger: Ledger, strace: str) -> None:
    """The second call of each kind and every third behind it."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    with watching(agent):
        with injected(strace, agent.pid, WRITING, "error=EIO:when=2+3"):
            work_through_it(agent, log, ledger, pick(3, 30))
        agent.wait_for(ledger.total)
    agent.settles_at(ledger.total)


def test_slow(agent: Agent, log: Path, ledger: Ledger, strace: str) -> None:
    """A flush takes seconds: neither reading nor answering waits for it."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    slowest = 0.0
    with injected(strace, agent.pid, ["fdatasync", "fsync"], f"delay_enter={pick(3, 30)}000000"):
        deadline = time.monotonic() + pick(8, 90)
        while time.monotonic() < deadline:
            append(log, ledger.lines(200))
            asked = time.monotonic()
            agent.total()
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.5)
            behind = sum(file["behind_bytes"] for file in agent.status()["files"])
            assert behind == 0, f"{behind} bytes are not read while a flush takes long"
    assert slowest < 1, f"a scrape took {slowest:.1f} s"
    agent.settles_at(ledger.total)


@pytest.mark.parametrize("how", ["removed", "moved", "database removed"])
def test_gone(agent: Agent, log: Path, ledger: Ledger, how: str) -> None:
    """The directory is taken away and comes back, empty; all that is known is written anew."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    with watching(agent):
        if how == "removed":
            shutil.rmtree(agent.state)
        elif how == "moved":
            agent.state.rename(agent.state.with_name("moved"))
        else:
            for path in agent.state.glob("*.sqlite*"):
                path.unlink()
        work_through_it(agent, log, ledger, 2)
        agent.state.mkdir(exist_ok=True)
        agent.wait_for(ledger.total)
        agent.kill()
        agent.start()
        agent.wait_for(ledger.total)
    agent.settles_at(ledger.total)


def test_not_writable_at_the_start(agent: Agent, log: Path, ledger: Ledger) -> None:
    """It says so and ends, instead of counting what it cannot keep."""
    log.write_bytes(ledger.lines(10))
    agent.state.parent.mkdir(exist_ok=True)
    agent.state.write_text("this is no directory")
    agent.start(ready=False)
    assert agent.wait_for_end() == 78
    assert str(agent.state) in agent.said()


def test_nothing_was_committed_yet(agent: Agent, log: Path, strace: str) -> None:
    """Only what is durable is shown: as long as no flush ends, nothing is."""
    agent.start()
    with injected(strace, agent.pid, ["fdatasync", "fsync"], "delay_enter=3000000"):
        log.write_bytes(Ledger().lines(1000))
        time.sleep(1.5)
        assert agent.total() == Total()
        agent.kill()
