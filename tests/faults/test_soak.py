"""Everything together, in a random order: faults one after the other under load."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import mounts
from tests.faults.agent import Agent
from tests.faults.conftest import StartAgent
from tests.faults.injecting import injected
from tests.faults.monotone import watching
from tests.faults.scale import pick
from tests.faults.writer import writing


@pytest.mark.usefixtures("root")
def test_soak(
    make_agent: StartAgent,
    tmp_path: Path,
    log: Path,
    strace: str,
    choose: random.Random,
) -> None:
    """Kills, freezes, full and failing disks, reloads and restarts while files rotate."""
    with mounts.tmpfs(tmp_path / "disk", "24M") as disk:
        agent = make_agent([log], state=disk / "state", commit_interval="500ms")
        faults = _faults(agent, disk, strace)
        agent.start()
        with (
            writing(log, rate=20_000, rotate_seconds=2, gzip=True, keep=200) as writer,
            watching(agent),
        ):
            deadline = time.monotonic() + pick(15, 1800)
            while time.monotonic() < deadline:
                choose.choice(faults)(choose)
                time.sleep(choose.random())
            total = writer.stop()
            agent.wait_for(total)
        agent.settles_at(total)
        agent.kill()


def _faults(agent: Agent, disk: Path, strace: str) -> list[Callable[[random.Random], None]]:
    def kill(_choose: random.Random) -> None:
        agent.kill()
        agent.start()

    def restart(_choose: random.Random) -> None:
        agent.stop()
        agent.start()

    def freeze(choose: random.Random) -> None:
        agent.freeze()
        time.sleep(5 * choose.random())
        agent.thaw()

    def reload(_choose: random.Random) -> None:
        agent.reload()

    def fill(choose: random.Random) -> None:
        filler = mounts.fill(disk / "filler")
        time.sleep(3 * choose.random())
        if choose.random() < 0.3:
            agent.kill()
        filler.unlink()
        if not agent.is_running():
            agent.start()

    def fail(choose: random.Random) -> None:
        with injected(strace, agent.pid, ["pwrite64", "fdatasync"], "error=EIO:when=2+2"):
            time.sleep(2 * choose.random())

    return [kill, kill, restart, freeze, reload, fill, fail]
