"""Start-up: whole processes that have nothing to do, as cron starts them."""

import subprocess
import sys
from pathlib import Path

import pytest
from benches.conftest import Report
from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 20
DEAREST = 12


@pytest.fixture
def empty_log(tmp_path: Path) -> Path:
    """A log without a line."""
    path = tmp_path / "empty.log"
    path.touch()
    return path


def bench_version(benchmark: BenchmarkFixture, logagent: str) -> None:
    """`logagent --version`."""
    benchmark.pedantic(_run, args=([logagent, "--version"],), rounds=ROUNDS, warmup_rounds=1)


def bench_scan_of_nothing(benchmark: BenchmarkFixture, logagent: str, empty_log: Path) -> None:
    """`logagent scan` of an empty file: at most 25 ms on a quiet machine."""
    command = [logagent, "scan", "--format", "combined", "--by", "method,status", str(empty_log)]
    benchmark.pedantic(_run, args=(command,), rounds=ROUNDS, warmup_rounds=1)


def bench_imports(benchmark: BenchmarkFixture, report: Report, empty_log: Path) -> None:
    """What a scan imports (`-X importtime`): the dearest modules with what they import in turn."""
    scan = ["-m", "logagent", "scan", "--format", "combined", str(empty_log)]
    command = [sys.executable, "-X", "importtime", *scan]

    def imports() -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stderr

    said = benchmark.pedantic(imports, rounds=ROUNDS, warmup_rounds=1)
    # "import time: self [us] | cumulative | imported package", indented by depth.
    lines = [line.removeprefix("import time:").split("|") for line in said.splitlines()[1:]]
    times = [(int(cumulative), name.strip()) for _, cumulative, name in lines if cumulative]
    dearest = sorted(times, reverse=True)[:DEAREST]
    rows = [(name, f"{microseconds / 1e3:6.1f} ms") for microseconds, name in dearest]
    report(f"imports of a scan: {len(times)} modules, the dearest", rows)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
