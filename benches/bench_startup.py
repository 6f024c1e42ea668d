"""Start-up: whole processes that have nothing to do, as cron starts them."""

import subprocess
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 20


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
    """`logagent scan` of an empty file: at most 150 ms."""
    command = [logagent, "scan", "--format", "combined", "--by", "method,status", str(empty_log)]
    benchmark.pedantic(_run, args=(command,), rounds=ROUNDS, warmup_rounds=1)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
