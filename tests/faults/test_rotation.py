"""Every way to rotate a log: each line is counted once, whatever it is called by then."""

import gzip
import os
import random
import time
from pathlib import Path

import pytest

from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent
from tests.faults.ledger import Ledger
from tests.faults.scale import pick
from tests.faults.writer import Rotation, writing


def append(log: Path, block: bytes) -> None:
    with log.open("ab") as file:
        file.write(block)


@pytest.mark.parametrize("glob", ["access.log", "access.log*"])
def test_three_rotations_while_stopped(
    make_agent: StartAgent, logs: Path, ledger: Ledger, glob: str
) -> None:
    """The half-read file is found as the third, compressed; those between were never seen."""
    agent = make_agent([logs / glob])
    log = logs / "access.log"
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    agent.stop()
    rotation = Rotation(log, keep=9, gzip=True)
    for _ in range(3):
        append(log, ledger.lines(1000))
        rotation.rotate()
    append(log, ledger.lines(1000))
    rotation.finish()
    agent.start()
    agent.settles_at(ledger.total)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_compressed_while_half_read(
    agent: Agent, log: Path, ledger: Ledger, choose: random.Random, ending: str
) -> None:
    """It ends somewhere in a file, which is compressed before it starts again."""
    rotation = Rotation(log, keep=50, gzip=True)
    for _ in range(pick(2, 20)):
        before = ledger.total.lines
        append(log, ledger.lines(200_000))
        agent.start()
        agent.wait_until(lambda: agent.total().lines > before, "nothing is counted")  # noqa: B023
        time.sleep(0.1 * choose.random())
        agent.stop() if ending == "stop" else agent.kill()
        append(log, ledger.lines(100))
        rotation.rotate()
        rotation.finish()
    log.touch()
    agent.start()
    agent.settles_at(ledger.total)


def test_half_written_compressed_sibling(agent: Agent, log: Path, ledger: Ledger) -> None:
    """A copy whose compression has not ended is left alone until it has."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(before := ledger.total)
    agent.stop()
    append(log, ledger.lines(5000))
    compressed = gzip.compress(log.read_bytes())
    log.unlink()
    sibling = log.with_name("access.log.1.gz")
    sibling.write_bytes(compressed[: len(compressed) // 2])
    agent.start()
    time.sleep(pick(1, 30))
    assert agent.total() == before
    append(sibling, compressed[len(compressed) // 2 :])
    agent.settles_at(ledger.total)


def test_the_writer_keeps_the_old_file(agent: Agent, log: Path, ledger: Ledger) -> None:
    """A server that was not told yet goes on writing into what is now called `.1`."""
    old = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(old, ledger.lines(1000))
    agent.start()
    Rotation(log, keep=9, gzip=False).rotate()
    deadline = time.monotonic() + pick(3, 15)
    while time.monotonic() < deadline:
        os.write(old, ledger.lines(100))
        append(log, ledger.lines(100))
        time.sleep(0.1)
    os.close(old)
    agent.settles_at(ledger.total)


def test_the_file_is_deleted_while_it_is_written(agent: Agent, log: Path, ledger: Ledger) -> None:
    """What has no name any more is read to its end, and let go when its writer is gone."""
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    log.unlink()
    deadline = time.monotonic() + pick(3, 30)
    while time.monotonic() < deadline:
        os.write(descriptor, ledger.lines(100))
        time.sleep(0.1)
    os.close(descriptor)
    agent.wait_for(ledger.total)
    agent.wait_until(
        lambda: not any("access.log" in target for target in agent.descriptors()),
        "a deleted file is held",
    )
    agent.settles_at(ledger.total)


def test_frozen_over_rotations(agent: Agent, log: Path, ledger: Ledger) -> None:
    """The process does not run for longer than three rotations with compression take."""
    agent.start()
    with writing(log, rate=20_000, rotate_seconds=pick(1, 15), gzip=True) as writer:
        time.sleep(1)
        agent.freeze()
        time.sleep(pick(4, 60))
        agent.thaw()
        time.sleep(1)
        ledger.add(writer.stop())
    agent.settles_at(ledger.total)


def test_a_line_that_comes_slowly(agent: Agent, log: Path, ledger: Ledger) -> None:
    """Byte by byte, with a kill in its middle."""
    log.write_bytes(ledger.lines(10))
    agent.start()
    line = ledger.lines(1)
    for place, byte in enumerate(line):
        append(log, bytes([byte]))
        time.sleep(0.01)
        if place == len(line) // 2:
            agent.kill()
            agent.start()
    agent.settles_at(ledger.total)


def test_a_line_that_ends_behind_rotation_and_restart(
    agent: Agent, log: Path, ledger: Ledger
) -> None:
    """Its second half is written into the renamed file, while nobody watches."""
    log.write_bytes(ledger.lines(10))
    line = ledger.lines(1)
    old = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.write(old, line[:30])
    agent.start()
    agent.wait_until(lambda: agent.total().lines == 10, "the whole lines are not counted")
    Rotation(log, keep=9, gzip=False).rotate()
    log.write_bytes(ledger.lines(10))
    agent.wait_until(lambda: agent.total().lines == 20, "the new file is not counted")
    agent.kill()
    os.write(old, line[30:])
    os.close(old)
    agent.start()
    agent.settles_at(ledger.total)


def test_a_last_line_without_its_end(agent: Agent, log: Path, ledger: Ledger) -> None:
    """It counts once, when its file is finished; what is added later belongs to it."""
    log.write_bytes(ledger.lines(11).removesuffix(b"\n"))
    agent.start()
    Rotation(log, keep=9, gzip=False).rotate()
    log.write_bytes(ledger.lines(10))
    agent.wait_for(ledger.total)
    append(log.with_name("access.log.1"), b" and more of it\n" + ledger.lines(3))
    agent.settles_at(ledger.total)
