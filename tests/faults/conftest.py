"""Services, logs and servers of the fault tests."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import scale
from tests.faults.agent import Agent
from tests.faults.ledger import Ledger

REPOSITORY = Path(__file__).parents[2]

StartAgent = Callable[..., Agent]


def pytest_report_header() -> str:
    """The seed, so that a failure can be repeated."""
    long = ", long form" if scale.LONG else ""
    return f"faults: FAULTS_SEED={scale.SEED}{long}"


@pytest.fixture
def choose(request: pytest.FixtureRequest) -> random.Random:
    """The random choices of the test."""
    return scale.choices(request.node.name)


@pytest.fixture
def ledger() -> Ledger:
    """What the test writes."""
    return Ledger()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The directory of the logs."""
    directory = tmp_path / "logs"
    directory.mkdir()
    return directory


@pytest.fixture
def make_agent(tmp_path: Path) -> Iterator[StartAgent]:
    """Makes services; what they said is looked through in the end. Takes what `Agent` takes."""
    agents: list[Agent] = []

    def make(*arguments: object, name: str = "agent", **options: object) -> Agent:
        agent = Agent(tmp_path / name, *arguments, **options)  # type: ignore[arg-type]
        agents.append(agent)
        return agent

    yield make
    for agent in agents:
        agent.clean_up()


@pytest.fixture
def log(logs: Path) -> Path:
    """The log that the one source of most tests names; not there yet."""
    return logs / "access.log"


@pytest.fixture
def agent(make_agent: StartAgent, log: Path) -> Agent:
    """A service that follows `log`; not started yet."""
    return make_agent([log])


@pytest.fixture(scope="session")
def root() -> None:
    """Mounts and control groups need it; without it these tests are left out, but fail in CI."""
    if os.geteuid() != 0:
        _missing("only root can mount file systems")


def server(name: str) -> str:
    """The path of a program from a Debian package; in CI a missing one fails the test."""
    found = shutil.which(name)
    if found is None:
        script = REPOSITORY / "scripts" / "find-program.sh"
        process = subprocess.run([str(script), name], capture_output=True, text=True, check=False)
        found = process.stdout.strip()
    if not found:
        _missing(f"{name} could not be had here")
    return found


def _missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def strace() -> str:
    """Its path."""
    return server("strace")


@pytest.fixture(scope="session")
def logrotate() -> str:
    """Its path."""
    return server("logrotate")


@pytest.fixture(scope="session")
def promtool() -> str:
    """Its path."""
    return server("promtool")


@pytest.fixture(scope="session")
def prometheus() -> str:
    """Its path."""
    return server("prometheus")


@pytest.fixture(scope="session")
def influxd() -> str:
    """Its path."""
    return server("influxd")
