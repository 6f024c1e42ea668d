"""SIGKILL, anywhere, again and again: nothing is lost or counted twice, no counter falls."""

import contextlib
import os
import random
import re
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.agent import Agent, EndedError
from tests.faults.conftest import StartAgent
from tests.faults.ledger import Ledger
from tests.faults.memory import limited_memory
from tests.faults.monotone import watching
from tests.faults.scale import pick
from tests.faults.writer import Rotation, writing

RATE = 20_000  # lines per second

# What can change the state or make it durable; kills between two others look the same afterwards.
STATE_CHANGING = (
    "pwrite64",
    "write",
    "fdatasync",
    "fsync",
    "ftruncate",
    "unlink",
    "rename",
    "openat",
    "close",
)


def test_random_kills(agent: Agent, log: Path, choose: random.Random) -> None:
    """Under load with rotation and compression, scraped all the time.

    Files that were rotated before it ever saw one are not its business: it is let see the first.
    """
    agent.commit_interval = "1s"
    agent.configure()
    log.touch()
    agent.start()
    with writing(log, rate=RATE, rotate_seconds=2, gzip=True, keep=1000) as writer:
        agent.wait_until(lambda: agent.total().lines > 0, "nothing is counted")
        agent.kill()
        with watching(agent) as watch:
            for _ in range(pick(60, 500)):
                agent.start(ready=False)
                # From the interpreter's own start until well behind the first commits.
                time.sleep(choose.choice([0.5, 1, 2]) * choose.random())
                agent.kill()
            agent.start()
            agent.wait_for(total := writer.stop())
        assert watch.scrapes > 0
    agent.settles_at(total)


def test_kills_while_commits_are_frequent(
    agent: Agent, log: Path, choose: random.Random, ledger: Ledger
) -> None:
    """Kills that come after the process is ready, so that each life reads and commits."""
    with watching(agent) as watch:
        for _ in range(pick(10, 100)):
            with log.open("ab") as file:
                file.write(ledger.lines(choose.randrange(3000)))
            agent.start()
            with log.open("ab") as file:
                file.write(ledger.lines(choose.randrange(3000)))
            time.sleep(0.2 * choose.random())
            agent.kill()
        agent.start()
        agent.wait_for(ledger.total)
    assert watch.scrapes > 0
    agent.settles_at(ledger.total)


def test_killed_before_each_system_call(
    make_agent: StartAgent, tmp_path: Path, strace: str, choose: random.Random
) -> None:
    """The calls of one whole life are recorded first; then a life for each of them ends before it.

    strace counts calls per thread and per name: so does the recording.
    """
    recorded = tmp_path / "calls"
    _one_life(make_agent, tmp_path / "recorded", [strace, *_tracing(recorded)])
    calls = sorted(_state_changing_calls(recorded))
    assert len(calls) > 20, f"only {calls} were recorded"
    for call, number in choose.sample(calls, min(pick(10, 200), len(calls))):
        inject = ["-e", f"inject={call}:signal=KILL:when={number}"]
        tracer = [strace, *_tracing(Path(os.devnull)), *inject]
        _one_life(make_agent, tmp_path / f"{call}-{number}", tracer)


def _tracing(output: Path) -> list[str]:
    calls = ",".join(STATE_CHANGING)
    return ["-f", "--seccomp-bpf", "-qq", "-y", "-o", str(output), "-e", f"trace={calls}"]


def _state_changing_calls(recorded: Path) -> set[tuple[str, int]]:
    """(name, which of its thread) of the calls that are about the state's directory."""
    numbers: Counter[tuple[str, str]] = Counter()
    calls = set()
    for line in recorded.read_text(errors="replace").splitlines():
        if match := re.match(r"(\d+) +(\w+)\(", line):
            thread, call = match.groups()
            numbers[thread, call] += 1
            if "/state" in line:
                calls.add((call, numbers[thread, call]))
    return calls


def _one_life(make_agent: StartAgent, directory: Path, tracer: list[str]) -> None:
    """Work under a tracer that may kill it anywhere; afterwards all is counted."""
    directory.mkdir()
    log = directory / "access.log"
    ledger = Ledger()
    log.write_bytes(ledger.lines(500))
    agent = make_agent([log], name=str(directory / "agent"))
    with contextlib.suppress(EndedError):
        agent.start(under=tracer)
        agent.wait_for(ledger.total)
        with log.open("ab") as file:
            file.write(ledger.lines(500))
        Rotation(log, keep=5, gzip=False).rotate()
        log.write_bytes(ledger.lines(500))
        agent.wait_for(ledger.total)
        agent.stop()
    with log.open("ab") as file:
        file.write(ledger.lines(500))
    agent.start()
    agent.settles_at(ledger.total)
    agent.kill()


def test_a_second_service_is_refused(agent: Agent, make_agent: StartAgent, log: Path) -> None:
    """It ends at once and says who holds the state; the first one goes on."""
    ledger = Ledger()
    log.write_bytes(ledger.lines(1000))
    agent.start()
    second = make_agent([log], name="second", state=agent.state)
    second.start(ready=False)
    assert second.wait_for_end() == 78
    assert str(agent.pid) in second.said()
    with log.open("ab") as file:
        file.write(ledger.lines(1000))
    agent.settles_at(ledger.total)


@pytest.mark.usefixtures("root")
def test_killed_for_its_memory(
    agent: Agent, log: Path, ledger: Ledger, choose: random.Random
) -> None:
    """The kernel kills it wherever it asks for one page too many."""
    kills = 0
    with limited_memory() as group:
        for _ in range(pick(4, 40)):
            with log.open("ab") as file:
                file.write(ledger.lines(20_000))
            group.allow(choose.randrange(8, 40) << 20)
            agent.start(before_exec=group.join, ready=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                agent.wait_for_end(seconds=1.5)
                kills += 1
            agent.clean_up()
    assert kills > 0, "it never needed more memory than it was allowed"
    agent.start()
    agent.settles_at(ledger.total)
