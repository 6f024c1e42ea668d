"""What globs find: one file by many names, names of what is no file, copies of what was read."""

import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent
from tests.faults.ledger import Ledger
from tests.faults.scale import pick
from tests.faults.writer import Rotation


def append(log: Path, block: bytes) -> None:
    with log.open("ab") as file:
        file.write(block)


def test_one_file_by_many_names(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """Hard links, symbolic links, globs that overlap, a directory by two paths."""
    (logs / "real").mkdir()
    (logs / "alias").symlink_to("real")
    log = logs / "real" / "access.log"
    log.write_bytes(ledger.lines(100))
    (logs / "real" / "hard.log").hardlink_to(log)
    (logs / "real" / "soft.log").symlink_to(log)
    agent = make_agent(
        [logs / "*" / "*.log", logs / "real" / "*", log, logs / "alias" / "access.log"]
    )
    agent.start()
    agent.wait_for(ledger.total)
    append(logs / "real" / "hard.log", ledger.lines(100))
    agent.wait_for(ledger.total)
    log.unlink()
    append(logs / "real" / "hard.log", ledger.lines(100))
    agent.settles_at(ledger.total)


def test_a_link_that_points_elsewhere(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """A server that writes a file a day and links the newest; the old one still grows a little."""
    link = logs / "current"
    agent = make_agent([link])
    previous = None
    for day in range(pick(5, 50)):
        log = logs / f"day-{day}.log"
        log.write_bytes(ledger.lines(100))
        following = logs / "following"
        following.symlink_to(log.name)
        following.rename(link)
        if day == 0:
            agent.start()
        if previous is not None:
            append(previous, ledger.lines(10))
        agent.wait_for(ledger.total)
        previous = log
    agent.settles_at(ledger.total)


def test_names_of_no_file(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """Loops, dangling links, pipes, devices, directories: none blocks or fails the others."""
    os.mkfifo(logs / "pipe.log")
    (logs / "directory.log").mkdir()
    (logs / "loop.log").symlink_to("loop.log")
    (logs / "dangling.log").symlink_to("nowhere")
    (logs / "device.log").symlink_to("/dev/zero")
    (logs / "terminal.log").symlink_to("/dev/tty")
    log = logs / "access.log"
    log.write_bytes(ledger.lines(100))
    agent = make_agent([logs / "*.log"])
    agent.start()
    agent.wait_for(ledger.total)
    append(log, ledger.lines(100))
    agent.wait_for(ledger.total)
    (logs / "nowhere").write_bytes(ledger.lines(100))
    agent.settles_at(ledger.total)


@pytest.mark.parametrize("moment", ["running", "stopped"])
def test_copies_of_what_was_counted(
    make_agent: StartAgent, logs: Path, ledger: Ledger, moment: str
) -> None:
    """A backup that is put beside the finished log, with its times or without; none counts anew."""
    agent = make_agent([logs / "access.log*"])
    log = logs / "access.log"
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    Rotation(log, keep=9, gzip=False).rotate()
    log.write_bytes(ledger.lines(100))
    agent.wait_for(ledger.total)
    if moment == "stopped":
        agent.stop()
    shutil.copy2(logs / "access.log.1", logs / "access.log.1.backup")
    shutil.copy(logs / "access.log.1", logs / "access.log.copy")
    if moment == "stopped":
        agent.start()
    time.sleep(1)
    agent.settles_at(ledger.total)


def test_a_file_that_is_restored(agent: Agent, log: Path, ledger: Ledger) -> None:
    """The log itself comes back from a backup, under another inode, and grows on."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    agent.stop()
    backup = log.with_name("backup")
    shutil.copy2(log, backup)
    log.unlink()
    backup.rename(log)
    append(log, ledger.lines(100))
    agent.start()
    agent.settles_at(ledger.total)


def test_files_that_leave_and_return(
    make_agent: StartAgent, logs: Path, ledger: Ledger, choose: random.Random
) -> None:
    """By the glob of a reloaded configuration, and by being moved; both go on where they were."""
    agent = make_agent([logs / "a.log"])
    elsewhere = logs / "elsewhere"
    elsewhere.mkdir()
    for name in ("a.log", "b.log"):
        (logs / name).write_bytes(ledger.lines(100))
    agent.start()
    for turn in range(pick(15, 100)):
        agent.paths = [str(logs / ("?.log" if turn % 2 == 0 else "a.log"))]
        agent.configure()
        agent.reload()
        if turn % 2 == 1:
            (logs / "b.log").rename(elsewhere / "b.log")
        append(logs / "a.log", ledger.lines(10))
        time.sleep(0.1 * choose.random())
        if turn % 2 == 1:
            append(elsewhere / "b.log", ledger.lines(10))
            (elsewhere / "b.log").rename(logs / "b.log")
    agent.paths = [str(logs / "?.log")]
    agent.configure()
    agent.reload()
    agent.settles_at(ledger.total)
