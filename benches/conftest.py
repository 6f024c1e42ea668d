"""What the benchmarks share: the logs that they read, and tables of figures at the end."""

import gzip
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

ROOT = Path(__file__).parent.parent
LOGAGENT = Path(sys.executable).parent / "logagent"
CACHE = ROOT / ".cache" / "bench"
EXAMPLES = ROOT / "target" / "release" / "examples"
LINES = int(os.environ.get("BENCH_LINES", "1_000_000"))
IS_SMOKE = "BENCH_SMOKE" in os.environ
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))

Report = Callable[[str, Sequence[tuple[str, str]]], None]

_tables: list[tuple[str, Sequence[tuple[str, str]]]] = []


def run_seconds(command: Sequence[str]) -> float:
    """Wall time of a process, from its start to its end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def interleaved_medians(
    benchmark: BenchmarkFixture, programs: Mapping[str, Sequence[str]], rounds: int = ROUNDS
) -> dict[str, float]:
    """Median seconds of each program; every round runs each of them once, one after another.

    Absolute times differ between machines and between minutes on one machine; ratios of such
    medians differ by far less. The first round only fills the page cache.
    """
    seconds: dict[str, list[float]] = {name: [] for name in programs}

    def one_round() -> None:
        for name, command in programs.items():
            seconds[name].append(run_seconds(command))

    benchmark.pedantic(one_round, rounds=rounds, warmup_rounds=1)
    return {name: statistics.median(times[1:] or times) for name, times in seconds.items()}


def built_example(name: str) -> str:
    """The path of an example program of the Rust crates, built."""
    path = EXAMPLES / name
    if not path.exists():
        if IS_SMOKE:
            pytest.skip(f"the program {name} is not built for a mere look")
        pytest.fail(f"the program {name} is not built: run `make bench`")
    return str(path)


def find_program(name: str) -> str:
    """The path of a program that is compared with; skips if it is not to be had."""
    if IS_SMOKE:
        pytest.skip(f"{name} is not fetched for a mere look")
    found = found_program(name)
    if found is None:
        pytest.skip(f"{name} is not to be had here")
    return found


def found_program(name: str) -> str | None:
    """The same; None if it is not to be had, or this is but a mere look."""
    if IS_SMOKE:
        return None
    finder = ROOT / "scripts" / "find-program.sh"
    found = subprocess.run([str(finder), name], capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


def generated_log(log_format: str, lines: int) -> Path:
    """A generated log in a named format; kept between runs."""
    path = CACHE / f"{log_format}-{lines}.log"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        generate = [str(LOGAGENT), "generate", "--format", log_format, "--seed", "1"]
        subprocess.run([*generate, "--lines", str(lines), "-o", str(unfinished)], check=True)
        unfinished.rename(path)
    return path


def gzipped(log: Path) -> Path:
    """A log compressed as rotation does it; kept between runs."""
    packed = log.with_suffix(".log.gz")
    if not packed.exists():
        unfinished = packed.with_suffix(".part")
        with log.open("rb") as plain, gzip.open(unfinished, "wb", compresslevel=6) as out:
            shutil.copyfileobj(plain, out, 1 << 20)
        unfinished.rename(packed)
    return packed


@pytest.fixture(scope="session")
def logagent() -> str:
    """The path of the command that is measured."""
    return str(LOGAGENT)


@pytest.fixture(scope="session")
def combined_log() -> Path:
    """A generated log in the combined format, of `BENCH_LINES` lines; kept between runs."""
    return generated_log("combined", LINES)


@pytest.fixture(scope="session")
def large_log() -> Path:
    """The same, five times as long: about 1 GB."""
    return generated_log("combined", 5 * LINES)


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
