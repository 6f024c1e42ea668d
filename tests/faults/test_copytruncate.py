"""Logs that are copied and truncated under their writer, by the real logrotate."""

import random
import time
from pathlib import Path

import pytest

from tests.faults.agent import EACH_LINE, MANY_SERIES, Agent
from tests.faults.conftest import StartAgent
from tests.faults.copytruncate import CopyTruncate
from tests.faults.ledger import Ledger
from tests.faults.scale import pick
from tests.faults.writer import writing


@pytest.mark.parametrize("compress", [False, True])
def test_quiet_writer(
    agent: Agent,
    log: Path,
    ledger: Ledger,
    choose: random.Random,
    logrotate: str,
    tmp_path: Path,
    *,
    compress: bool,
) -> None:
    """Nothing is written during the rotation; whether all was read by then does not matter."""
    rotation = CopyTruncate(logrotate, log, tmp_path / "logrotate", compress=compress)
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    for _ in range(pick(10, 100)):
        with log.open("ab") as file:
            file.write(ledger.lines(choose.randrange(1, 2000)))
        if choose.random() < 0.5:
            agent.wait_for(ledger.total)
        rotation.rotate()
    agent.settles_at(ledger.total)


def test_quiet_writer_while_stopped(
    agent: Agent, log: Path, ledger: Ledger, logrotate: str, tmp_path: Path
) -> None:
    """The copy of a half-read file is finished after the next start, beside what came since."""
    rotation = CopyTruncate(logrotate, log, tmp_path / "logrotate", compress=False)
    log.write_bytes(ledger.lines(100))
    agent.start()
    for _ in range(pick(3, 20)):
        agent.wait_for(ledger.total)
        agent.kill()
        for _ in range(2):
            with log.open("ab") as file:
                file.write(ledger.lines(300))
            rotation.rotate()
        with log.open("ab") as file:
            file.write(ledger.lines(10))
        agent.start()
    agent.settles_at(ledger.total)


def test_busy_writer(make_agent: StartAgent, log: Path, logrotate: str, tmp_path: Path) -> None:
    """What is written between copy and truncation is on no disk: it may be missing.

    Each line has a series of its own here, so that one that is counted twice shows.
    """
    agent = make_agent([log], metrics=EACH_LINE, settings=MANY_SERIES)
    rotation = CopyTruncate(logrotate, log, tmp_path / "logrotate", compress=False)
    agent.start()
    with writing(log, rate=pick(5000, 2000)) as writer:
        for _ in range(pick(8, 100)):
            time.sleep(0.2)
            rotation.rotate()
        written = writer.stop()
    on_disk = {
        int(line.split()[-2])
        for path in log.parent.iterdir()
        for line in path.read_bytes().split(b"\n")
        if line.count(b" ") == 8  # a line that the truncation cut has fewer
    }

    agent.wait_for_each(on_disk)
    scrape = agent.scrape()
    assert len(on_disk) <= scrape.sum("lines_total") <= written.lines
