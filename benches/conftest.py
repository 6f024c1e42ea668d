"""What the benchmarks share: the logs that they read, and tables of figures at the end."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOGAGENT = Path(sys.executable).parent / "logagent"
CACHE = ROOT / ".cache" / "bench"

Report = Callable[[str, Sequence[tuple[str, str]]], None]

_tables: list[tuple[str, Sequence[tuple[str, str]]]] = []


def run_seconds(command: Sequence[str]) -> float:
    """Wall time of a process, from its start to its end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


@pytest.fixture(scope="session")
def logagent() -> str:
    """The path of the command that is measured."""
    return str(LOGAGENT)


@pytest.fixture(scope="session")
def combined_log() -> Path:
    """A generated log in the combined format, of `BENCH_LINES` lines; kept between runs."""
    return _generated(int(os.environ.get("BENCH_LINES", "1_000_000")))


@pytest.fixture(scope="session")
def large_log() -> Path:
    """The same, five times as long: about 1 GB."""
    return _generated(5 * int(os.environ.get("BENCH_LINES", "1_000_000")))


@pytest.fixture
def report() -> Report:
    """Adds a titled table of (name, figure) to the end of the run."""

    def add(title: str, rows: Sequence[tuple[str, str]]) -> None:
        _tables.append((title, rows))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the tables after pytest-benchmark's own."""
    for title, rows in _tables:
        terminalreporter.section(title)
        width = max(len(name) for name, _ in rows)
        for name, figure in rows:
            terminalreporter.write_line(f"{name:<{width}}  {figure}")


def _generated(lines: int) -> Path:
    path = CACHE / f"combined-{lines}.log"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        generate = [str(LOGAGENT), "generate", "--format", "combined", "--seed", "1"]
        subprocess.run([*generate, "--lines", str(lines), "-o", str(unfinished)], check=True)
        unfinished.rename(path)
    return path
