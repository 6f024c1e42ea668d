"""Throughput of `logagent patterns` on raw lines, against drain3 in the same run.

The labelled logs of Loghub beside the repository are repeated to a million lines each; without them
there is nothing to measure. drain3 is installed into an environment of its own.
"""

import os
import random
import statistics
import string
import subprocess
import time
import venv
from pathlib import Path

import pytest
from benches.conftest import CACHE, ROOT, Report
from pytest_benchmark.fixture import BenchmarkFixture

LINES = int(os.environ.get("BENCH_LINES", "1_000_000"))
DRAIN3_LINES = LINES // 20
"""It is slow; its throughput does not depend on the number of lines."""
DRAIN3 = "drain3==0.9.11"
ROUNDS = 3

_DRAIN3_PROGRAM = """
import sys, time
from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig
lines = open(sys.argv[1], encoding="utf-8", errors="replace").read().splitlines()[:int(sys.argv[2])]
config = TemplateMinerConfig()
config.profiling_enabled = False
miner = TemplateMiner(config=config)
start = time.perf_counter()
for line in lines:
    miner.add_log_message(line)
print(len(lines) / (time.perf_counter() - start))
"""


@pytest.fixture(scope="module")
def logs() -> list[Path]:
    """Each labelled log, repeated."""
    shared = Path(os.environ.get("LOGAGENT_SHARED") or ROOT.parent / "shared")
    sources = sorted((shared / "patterns" / "datasets").glob("*/*_2k.log"))
    if not sources:
        pytest.skip(f"labelled logs are not in {shared}/patterns: set LOGAGENT_SHARED")
    return [_repeated(source) for source in sources]


@pytest.fixture(scope="module")
def drain3_python(request: pytest.FixtureRequest) -> Path | None:
    """An interpreter that has drain3; none is installed only to see whether benchmarks run."""
    if request.config.getoption("benchmark_disable"):
        return None
    environment = CACHE / "drain3"
    python = environment / "bin" / "python"
    if not (environment / "installed").exists():
        venv.create(environment, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", DRAIN3], check=True)
        (environment / "installed").touch()
    return python


def bench_patterns_throughput(
    benchmark: BenchmarkFixture,
    report: Report,
    logagent: str,
    logs: list[Path],
    drain3_python: Path | None,
) -> None:
    """Whole processes of ours, the best of three rounds, and the loop of drain3 alone."""
    seconds: dict[Path, list[float]] = {log: [] for log in logs}
    start_seconds: list[float] = []

    def one_round() -> None:
        start_seconds.append(_run_seconds([logagent, "patterns", "-o", "csv", os.devnull]))
        for log in logs:
            seconds[log].append(_run_seconds([logagent, "patterns", "-o", "csv", str(log)]))

    benchmark.pedantic(one_round, rounds=ROUNDS, warmup_rounds=0)
    if drain3_python is None:
        return
    rows = []
    ours, ratios = [], []
    for log in logs:
        program = [str(drain3_python), "-c", _DRAIN3_PROGRAM, str(log), str(DRAIN3_LINES)]
        output = subprocess.run(program, check=True, capture_output=True, text=True).stdout
        theirs = float(output)
        ours.append(LINES / (min(seconds[log]) - min(start_seconds)))
        ratios.append(ours[-1] / theirs)
        figure = f"{ours[-1] / 1e6:6.2f} M lines/s {ratios[-1]:6.1f} x drain3"
        rows.append((log.stem, figure))
    median = (
        f"{statistics.median(ours) / 1e6:6.2f} M lines/s {statistics.median(ratios):6.1f} x drain3"
    )
    rows.append(("median", median))
    benchmark.extra_info["median_lines_per_second"] = statistics.median(ours)
    benchmark.extra_info["median_ratio_to_drain3"] = statistics.median(ratios)
    report(f"patterns of {LINES:,} raw lines each, without the start of the process", rows)


@pytest.mark.parametrize("vocabulary", [None, 300])
def bench_patterns_flood(
    benchmark: BenchmarkFixture, report: Report, logagent: str, vocabulary: int | None
) -> None:
    """Lines of eight random words, hardly two of one shape: throughput, and memory beyond a start.

    Words that never come again, and such of a small vocabulary, which every line shares with many.
    """
    log = _flood(vocabulary)
    runs = []

    def one_round() -> None:
        runs.append(_run_with_memory([logagent, "patterns", "-o", "csv", str(log)]))

    benchmark.pedantic(one_round, rounds=1, warmup_rounds=0)
    start_seconds, start_bytes = _run_with_memory([logagent, "patterns", "-o", "csv", os.devnull])
    seconds, peak_bytes = min(runs)
    words = "words that are all new" if vocabulary is None else f"{vocabulary} words"
    rate = LINES / (seconds - start_seconds)
    figure = f"{rate / 1e6:6.2f} M lines/s {(peak_bytes - start_bytes) / 2**20:6.1f} MiB"
    report(f"patterns of a flood of {LINES:,} random lines", [(words, figure)])
    benchmark.extra_info["lines_per_second"] = rate
    benchmark.extra_info["peak_bytes_beyond_start"] = peak_bytes - start_bytes


def _flood(vocabulary: int | None) -> Path:
    path = CACHE / f"flood-{vocabulary or 'new'}-{LINES}.log"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        choose = random.Random(1)  # noqa: S311 - the same lines every time

        def new_word() -> str:
            return "".join(choose.choices(string.ascii_lowercase, k=choose.randint(3, 9)))

        words = [new_word() for _ in range(vocabulary or 0)]
        unfinished = path.with_suffix(".part")
        with unfinished.open("w") as file:
            for _ in range(LINES):
                line = choose.choices(words, k=8) if words else [new_word() for _ in range(8)]
                file.write(f"2026-11-22 10:00:00 INFO {' '.join(line)}\n")
        unfinished.rename(path)
    return path


def _run_with_memory(command: list[str]) -> tuple[float, int]:
    """Wall time of a process, and its peak memory in bytes."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def _repeated(source: Path) -> Path:
    path = CACHE / f"{source.stem}-{LINES}.log"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        lines = [line + b"\n" for line in source.read_bytes().splitlines()]
        whole, rest = divmod(LINES, len(lines))
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            for _ in range(whole):
                file.writelines(lines)
            file.writelines(lines[:rest])
        unfinished.rename(path)
    return path


def _run_seconds(command: list[str]) -> float:
    """Wall time of a process, from its start to its end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
