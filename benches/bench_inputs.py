"""How the same lines are read from one file, from many, and beside a slow one.

With one thread and two, whole processes; throughput as ratios to one file on one thread.
"""

import gzip
import os
import shutil
import subprocess
import time
from pathlib import Path

from benches.conftest import Report, interleaved_medians
from pytest_benchmark.fixture import BenchmarkFixture

SMALL_BYTES = 20_000
WAIT_SECONDS = 0.05


def bench_inputs(
    benchmark: BenchmarkFixture, report: Report, logagent: str, combined_log: Path, tmp_path: Path
) -> None:
    """One file, sixteen, and many of 20 kB. Aim: half the time on two threads."""
    layouts = {
        "one file": [str(combined_log)],
        "sixteen files": [f"{tmp_path}/large/*"],
        "files of 20 kB": [f"{tmp_path}/small/*"],
    }
    _divide(combined_log, tmp_path / "large", combined_log.stat().st_size // 16 + 1)
    small = _divide(combined_log, tmp_path / "small", SMALL_BYTES)
    scan = _scan(logagent)
    programs = {
        f"{name}, -j{threads}": [*scan, "-j", threads, *inputs]
        for name, inputs in layouts.items()
        for threads in ("1", "2")
    }
    programs["files of 20 kB, -j1, any format"] = [
        *(word for word in scan if word not in {"--format", "combined"}),
        *("-j", "1", *layouts["files of 20 kB"]),
    ]
    medians = interleaved_medians(benchmark, programs)
    first, log_bytes = next(iter(medians.values())), combined_log.stat().st_size
    rows = [
        (name, f"{log_bytes / median / 1e9:6.2f} GB/s {first / median:6.2f} x one file")
        for name, median in medians.items()
    ]
    report(f"{log_bytes / 1e6:.0f} MB in one file, sixteen, and {small} of 20 kB", rows)


def bench_slow_input(
    benchmark: BenchmarkFixture, report: Report, logagent: str, combined_log: Path, tmp_path: Path
) -> None:
    """A pipe whose writer waits, and a compressed file, each before many files, on two threads.

    The pipe's writer waits until the other files are read (what the process has read does not grow
    any more): what comes after that is what they waited for. Aim: the time of a start.
    """
    files = _divide(combined_log, tmp_path / "small", SMALL_BYTES)
    pipe, packed = tmp_path / "pipe", tmp_path / "first.gz"
    os.mkfifo(pipe)
    with combined_log.open("rb") as log, gzip.open(packed, "wb", compresslevel=6) as out:
        shutil.copyfileobj(log, out, 1 << 20)
    command = [*_scan(logagent), "-j", "2"]
    small = f"{tmp_path}/small/*"
    times: dict[str, list[float]] = {"files alone": [], "after the pipe": [], "behind a .gz": []}
    times |= {"the .gz alone": []}

    def one_round() -> None:
        for name, inputs in {
            "files alone": [small],
            "the .gz alone": [str(packed)],
            "behind a .gz": [str(packed), small],
        }.items():
            start = time.perf_counter()
            subprocess.run([*command, *inputs], check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - start)
        scan = subprocess.Popen([*command, str(pipe), small], stdout=subprocess.DEVNULL)
        with pipe.open("wb"):
            _wait_until_read(scan.pid)
        start = time.perf_counter()
        assert scan.wait() == 0
        times["after the pipe"].append(time.perf_counter() - start)

    benchmark.pedantic(one_round, rounds=3, warmup_rounds=1)
    rows = [(name, f"{min(seconds) * 1e3:8.1f} ms") for name, seconds in times.items()]
    report(f"a slow input before {files} files, best of the rounds", rows)


def _scan(logagent: str) -> list[str]:
    return [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]


def _divide(log: Path, folder: Path, size: int) -> int:
    """Writes the lines of a log into files of about so many bytes; answers how many."""
    folder.mkdir()
    number = 0
    with log.open("rb") as lines:
        while content := lines.read(size) + lines.readline():
            (folder / f"{number:06}.log").write_bytes(content)
            number += 1
    return number


def _wait_until_read(pid: int) -> None:
    """Waits until a process has read nothing for a while."""
    read, still = "", 0
    while still < 5:
        time.sleep(WAIT_SECONDS)
        before, read = read, Path(f"/proc/{pid}/io").read_text().splitlines()[0]
        still = still + 1 if read == before else 0
