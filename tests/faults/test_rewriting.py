"""Files that are cut, written anew, made of holes, or have another one's inode."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.faults import mounts
from tests.faults.agent import EACH_LINE, MANY_SERIES, Agent
from tests.faults.conftest import StartAgent
from tests.faults.ledger import Ledger, total_of_lines
from tests.faults.scale import pick

GIB = 1 << 30


def test_truncated_and_regrown_while_frozen(agent: Agent, log: Path, ledger: Ledger) -> None:
    """Beyond the size that it had: nothing but the content shows that it is another one."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    for _ in range(pick(5, 50)):
        agent.wait_for(ledger.total)
        agent.freeze()
        log.write_bytes(ledger.lines(log.read_bytes().count(b"\n") + 1000))
        agent.thaw()
        if log.stat().st_size > 10_000_000:
            agent.wait_for(ledger.total)
            log.write_bytes(ledger.lines(10))
    agent.settles_at(ledger.total)


def test_truncated_and_regrown_while_stopped(agent: Agent, log: Path, ledger: Ledger) -> None:
    """The same with a restart, to just the size that it had."""
    log.write_bytes(ledger.lines(1000))
    for _ in range(pick(4, 40)):
        agent.start()
        agent.wait_for(ledger.total)
        agent.kill()
        log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.settles_at(ledger.total)


def test_truncated_at_any_moment(
    make_agent: StartAgent, log: Path, ledger: Ledger, choose: random.Random
) -> None:
    """What was not read is gone, but nothing is made up: no line of zeros, none counted twice."""
    agent = make_agent([log], metrics=EACH_LINE, settings=MANY_SERIES)
    agent.start()
    numbers = range(0)
    for _ in range(pick(50, 500)):
        first = ledger.next
        log.write_bytes(ledger.lines(choose.randrange(1, 2000)))
        numbers = range(first, ledger.next)
        if choose.random() < 0.3:
            agent.wait_for_each(set(numbers))
        else:
            time.sleep(0.05 * choose.random())
    agent.wait_for_each(set(numbers))
    scrape = agent.scrape()
    assert scrape.sum("lines_total") <= ledger.total.lines
    assert scrape.rejected() == 0


def test_holes(agent: Agent, log: Path, ledger: Ledger) -> None:
    """A writer that does not append goes on at its old place after truncation: zeros in between.

    Reading them would take seconds and the page cache; they are skipped.
    """
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    before = agent.memory_bytes()
    descriptor = os.open(log, os.O_WRONLY)
    for hole_bytes in (5 * GIB, 5 * GIB + 123):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, hole_bytes, os.SEEK_SET)
        os.write(descriptor, ledger.lines(1000))
        agent.wait_for(ledger.total, seconds=10)
    os.close(descriptor)
    assert agent.memory_bytes() - before < 10_000_000
    agent.settles_at(ledger.total)


@pytest.mark.usefixtures("root")
def test_inodes_that_come_again(make_agent: StartAgent, tmp_path: Path, ledger: Ledger) -> None:
    """ext4 gives the inode of a removed file to the next one."""
    with mounts.ext4(tmp_path / "disk", tmp_path / "image", 64 << 20) as disk:
        log = disk / "access.log"
        agent = make_agent([log])
        log.write_bytes(ledger.lines(100))
        agent.start()
        for _ in range(pick(30, 200)):
            agent.wait_for(ledger.total)
            log.unlink()
            log.write_bytes(ledger.lines(100))
        reused = 0
        for _ in range(pick(4, 50)):
            agent.wait_for(ledger.total)
            agent.kill()
            inode = log.stat().st_ino
            log.unlink()
            log.write_bytes(ledger.lines(100))
            reused += log.stat().st_ino == inode
            agent.start()
        assert reused > 0, "no inode came again"
        agent.settles_at(ledger.total)
        agent.kill()


def test_equal_headers(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """The first 4 KiB of two files are the same: that does not make them one."""
    header = b"".join(b"# %064d\n" % number for number in range(62))
    assert len(header) > 4096
    agent = make_agent([logs / "*.log"])
    for name in ("a.log", "b.log"):
        (logs / name).write_bytes(header + ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    for name in ("a.log", "b.log"):
        with (logs / name).open("ab") as file:
            file.write(ledger.lines(100))
    agent.wait_for(ledger.total)
    agent.kill()
    for name in ("c.log", "b.log"):
        with (logs / name).open("ab") as file:
            file.write((header if name == "c.log" else b"") + ledger.lines(100))
    agent.start()
    agent.settles_at(ledger.total)


def test_equal_first_lines(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """Two files with the same lines, to begin with and wholly: each counts."""
    agent = make_agent([logs / "*.log"])
    for _ in range(2):
        start = ledger.lines(20)
        for name in ("a.log", "b.log"):
            with (logs / name).open("ab") as file:
                file.write(start)
        ledger.add(total_of_lines(start))
    agent.start()
    agent.wait_for(ledger.total)
    with (logs / "b.log").open("ab") as file:
        file.write(ledger.lines(100))
    agent.settles_at(ledger.total)
