"""What is in the state is damaged, old or newer than the logs."""

import random
import shutil
import time
from pathlib import Path

import pytest

from tests.faults import mounts
from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent
from tests.faults.ledger import Ledger
from tests.faults.scale import pick
from tests.faults.writer import writing

UNUSABLE = 78


def append(log: Path, block: bytes) -> None:
    with log.open("ab") as file:
        file.write(block)


def test_damaged(agent: Agent, log: Path, ledger: Ledger, choose: random.Random) -> None:
    """Bytes flipped, cut off or zeroed: the same counts as before, or an end with the way out."""
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    agent.kill()  # its write-ahead log is still there
    whole = agent.directory / "whole"
    shutil.copytree(agent.state, whole)
    append(log, ledger.lines(100))
    refused = 0
    for _ in range(pick(20, 500)):
        shutil.rmtree(agent.state)
        shutil.copytree(whole, agent.state)
        victim = choose.choice(sorted(agent.state.glob("*.sqlite*")))
        _damage(victim, choose)
        agent.start(ready=False)
        try:
            agent.wait_for(ledger.total)
        except AssertionError:
            assert not agent.is_running(), "it counts from a damaged state"
            assert agent.wait_for_end() == UNUSABLE, agent.said()
            assert "--fresh-state" in agent.said()
            refused += 1
        else:
            agent.kill()
    assert refused > 0, "no damage was seen"


def _damage(path: Path, choose: random.Random) -> None:
    content = bytearray(path.read_bytes())
    if not content:
        return
    place = choose.randrange(len(content))
    match choose.randrange(3):
        case 0:
            content[place] ^= 1 << choose.randrange(8)
        case 1:
            del content[place:]
        case 2:
            content[place : place + 4096] = bytes(len(content[place : place + 4096]))
    path.write_bytes(content)


def test_fresh_state(agent: Agent, log: Path, ledger: Ledger) -> None:
    """The way out: counts begin anew, the damaged database is kept."""
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    agent.stop()
    for path in agent.state.glob("*.sqlite*"):
        path.write_bytes(b"no database" * 1000)
    agent.start(ready=False)
    assert agent.wait_for_end() == UNUSABLE
    agent.start(arguments=["--fresh-state"])
    agent.wait_for(ledger.total)
    files = [path for path in agent.state.iterdir() if path.is_file()]
    kept = [path for path in files if path.read_bytes().startswith(b"no database")]
    assert kept, "the damaged database is gone"
    agent.settles_at(ledger.total)


def test_a_newer_state_is_refused(agent: Agent, log: Path, ledger: Ledger) -> None:
    """After a downgrade: it does not guess what a later version wrote."""
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    agent.stop()
    (database,) = agent.state.glob("*.sqlite")
    content = bytearray(database.read_bytes())
    assert content[60:64] != b"\0\0\0\0", "user_version of SQLite's header"
    content[60:64] = (9999).to_bytes(4, "big")
    database.write_bytes(content)
    agent.start(ready=False)
    assert agent.wait_for_end() == UNUSABLE
    assert "newer" in agent.said()


@pytest.mark.usefixtures("root")
def test_power_loss(
    make_agent: StartAgent,
    tmp_path: Path,
    log: Path,
    ledger: Ledger,
    choose: random.Random,
) -> None:
    """The disk of the state as it is at some moment, without what the kernel still held back.

    The image of the disk is copied while the service writes to it; mounting the copy replays its
    journal, as the next boot would.
    """
    image, copy = tmp_path / "image", tmp_path / "copy"
    agent = make_agent([log], state=tmp_path / "disk" / "state")
    with mounts.ext4(tmp_path / "disk", image, 32 << 20):
        agent.start()  # before the first rotation
        log.write_bytes(ledger.lines(100))
        agent.wait_for(ledger.total)
        agent.kill()
    with writing(log, first=ledger.next, rate=5000, rotate_seconds=1) as writer:
        for _ in range(pick(4, 50)):
            with mounts.mounted_image(tmp_path / "disk", image):
                agent.start()
                time.sleep(choose.random())
                shown = agent.total().lines
                shutil.copyfile(image, copy)
                agent.kill()
            copy.rename(image)
            with mounts.mounted_image(tmp_path / "disk", image):
                agent.start()
                assert agent.total().lines >= shown, "something that was shown is forgotten"
                agent.kill()
        ledger.add(writer.stop())
        with mounts.mounted_image(tmp_path / "disk", image):
            agent.start()
            agent.settles_at(ledger.total)
            agent.kill()
