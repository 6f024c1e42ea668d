"""The clock of the system is set, forwards and back."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.agent import Agent
from tests.faults.ledger import Ledger
from tests.faults.writer import Rotation

HOUR = 3600
YEAR = 365 * 24 * HOUR


@pytest.fixture(scope="session")
def shifted_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that adds the seconds in the file `CLOCK_OFFSET` to the time of day."""
    compiler = shutil.which("cc")
    assert compiler is not None, "needs a C compiler, as the build does"
    library = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("shifted_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


def test_steps(
    agent: Agent, log: Path, ledger: Ledger, shifted_clock: Path, tmp_path: Path
) -> None:
    """By an hour and by ten years, both ways, while it runs and while it is away."""
    offset = tmp_path / "offset"
    offset.write_text("0")
    environment = {"LD_PRELOAD": str(shifted_clock), "CLOCK_OFFSET": str(offset)}
    rotation = Rotation(log, keep=20, gzip=True)
    agent.start(environment=environment)
    for step in (HOUR, -HOUR, 10 * YEAR, -10 * YEAR, 0):
        with log.open("ab") as file:
            file.write(ledger.lines(1000))
        offset.write_text(str(step))
        with log.open("ab") as file:
            file.write(ledger.lines(1000))
        agent.wait_for(ledger.total, seconds=10)
        rotation.rotate()
        log.write_bytes(ledger.lines(100))
        agent.wait_for(ledger.total, seconds=10)
        agent.stop()
        offset.write_text(str(-step))
        agent.start(environment=environment)
    rotation.finish()
    assert abs(_started(agent) - time.time()) < HOUR
    agent.settles_at(ledger.total)


def _started(agent: Agent) -> float:
    """When it started, as it says: shows that the last step was back to the true time."""
    (value,) = agent.scrape().family("process_start_time_seconds").values()
    return float(value)
