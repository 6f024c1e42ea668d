"""Throughput against the size of the file, the number of rules, of series, and of threads.

The figures go to .cache/bench/curves.json; `make plots` draws them into benches/plots.
"""

import itertools
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benches.conftest import CACHE, IS_SMOKE, LINES, Report, interleaved_medians
from pytest_benchmark.fixture import BenchmarkFixture

CURVES = CACHE / "curves.json"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))

SOURCE = '[[source]]\nname = "log"\nformat = "combined"\n'
LINE = (
    '203.0.113.9 - - [22/Nov/2026:03:05:35 +0000] "GET /item-{number}/page HTTP/1.1" 200 7173 "-" '
    '"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"\n'
)


def bench_sizes(
    benchmark: BenchmarkFixture, report: Report, logagent: str, large_log: Path, tmp_path: Path
) -> None:
    """From 1 MB to 4 GB. Aim: no fall by more than a tenth from 100 MB on."""
    logs = {}
    for part in (0.001, 0.01, 0.1, 0.4, 1, 4):
        megabytes = large_log.stat().st_size * part / 1e6
        name = f"{megabytes:.{0 if megabytes >= 10 else 2}f}"
        log = logs[name] = tmp_path / f"{part}.log"
        with log.open("wb") as out, large_log.open("rb") as whole:
            if part < 1:
                out.write(whole.read(int(large_log.stat().st_size * part)))
            for _ in range(int(part)):
                whole.seek(0)
                shutil.copyfileobj(whole, out, 1 << 20)
    scan = [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]
    commands = {size: [*scan, str(log)] for size, log in logs.items()}
    sizes = {size: log.stat().st_size for size, log in logs.items()}
    _measure(benchmark, report, "size of the file in MB", commands, sizes)
    for log in logs.values():
        log.unlink()


def bench_rule_counts(
    benchmark: BenchmarkFixture, report: Report, logagent: str, combined_log: Path, tmp_path: Path
) -> None:
    """From 1 rule to 1000. Aim: no fall by more than 30 % from 5 to 500."""
    commands = {}
    for count in (1, 5, 50, 500, 1000):
        rules = "".join(
            f'  {{ name = "group-{number}", regex = "^/(?:product|{number})/{number}[0-9]*" }},\n'
            for number in range(count)
        )
        commands[str(count)] = _scan(
            logagent,
            tmp_path / f"{count}.toml",
            f'[categories.group]\non = "path"\ndefault = "other"\nrules = [\n{rules}]\n'
            '[[metric]]\nname = "requests_total"\nlabels = ["method", "status", "group"]\n'
            "series_limit = 100000\n",
            combined_log,
        )
    sizes = dict.fromkeys(commands, combined_log.stat().st_size)
    _measure(benchmark, report, "rules", commands, sizes)


def bench_series(
    benchmark: BenchmarkFixture, report: Report, logagent: str, tmp_path: Path
) -> None:
    """From 10 series to 100,000, each with as many records as the others."""
    commands, sizes = {}, {}
    for count in (10, 100, 1_000, 10_000, 100_000):
        log = tmp_path / f"{count}.log"
        with log.open("w") as out:
            # A prime step, so that no series comes twice in a row.
            numbers = itertools.islice(_stepped(count), max(LINES, 1))
            out.writelines(LINE.format(number=number) for number in numbers)
        metric = (
            '[[metric]]\nname = "requests_total"\nlabels = ["section"]\nseries_limit = 100000\n'
        )
        commands[str(count)] = _scan(logagent, tmp_path / f"{count}.toml", metric, log)
        sizes[str(count)] = log.stat().st_size
    _measure(benchmark, report, "series", commands, sizes)


def bench_threads(
    benchmark: BenchmarkFixture, report: Report, logagent: str, large_log: Path
) -> None:
    """As many as the machine has processors, and twice that."""
    scan = [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]
    processors = os.cpu_count() or 1
    counts = sorted({1, 2, processors, 2 * processors})
    commands = {str(count): [*scan, "-j", str(count), str(large_log)] for count in counts}
    sizes = dict.fromkeys(commands, large_log.stat().st_size)
    _measure(benchmark, report, "threads", commands, sizes)


def _stepped(count: int) -> Iterator[int]:
    """Numbers below `count`, all of them over and over."""
    number = 0
    while True:
        yield number
        number = (number + 7919) % count


def _scan(logagent: str, configuration: Path, text: str, log: Path) -> list[str]:
    configuration.write_text(SOURCE + text)
    return [logagent, "scan", "-j", "1", "-o", "json", "-c", str(configuration), str(log)]


def _measure(
    benchmark: BenchmarkFixture,
    report: Report,
    name: str,
    commands: dict[str, list[str]],
    sizes: dict[str, int],
) -> None:
    """Measures the points of a curve, each by its value on the axis, and keeps them."""
    medians = interleaved_medians(benchmark, commands, ROUNDS)
    points = {value: sizes[value] / median / 1e9 for value, median in medians.items()}
    benchmark.extra_info["gigabytes_a_second"] = points
    if IS_SMOKE:
        return
    curves = json.loads(CURVES.read_text()) if CURVES.exists() else {}
    curves[name] = {value: round(rate, 3) for value, rate in points.items()}
    CURVES.write_text(json.dumps(curves, indent=2) + "\n")
    report(
        f"throughput by {name}", [(value, f"{rate:6.2f} GB/s") for value, rate in points.items()]
    )
