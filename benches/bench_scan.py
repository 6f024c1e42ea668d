"""Throughput of `logagent scan`, as ratios against `wc -l`, `rg -c` and the regex crate.

All of them are measured in the same run.
Absolute times differ between machines and between minutes on one machine. So every round runs each
program once, one after another, and what is reported is the ratio of their medians.
"""

from pathlib import Path

import pytest
from benches.conftest import Report, built_example, found_program, interleaved_medians
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.parametrize("size", ["usual", "large"])
def bench_scan_throughput(
    benchmark: BenchmarkFixture,
    report: Report,
    logagent: str,
    size: str,
    request: pytest.FixtureRequest,
) -> None:
    """Whole processes over one log in the page cache, interleaved.

    In the usual log (about 200 MB) the start of the process is a third of the time; the large one
    (about 1 GB) shows the throughput. `rg -c` counts the lines of one status.
    """
    log = Path(request.getfixturevalue("combined_log" if size == "usual" else "large_log"))
    scan = [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]
    rg = found_program("rg")
    programs = {
        "wc -l": ["wc", "-l", str(log)],
        "regex captures": [built_example("regex_captures"), str(log)],
        **({"rg -c": [rg, "--no-config", "-c", '" 200 ', str(log)]} if rg else {}),
        "scan -j1": [*scan, "-j", "1", str(log)],
        "scan -j2": [*scan, "-j", "2", str(log)],
    }
    medians = interleaved_medians(benchmark, programs)
    log_bytes = log.stat().st_size
    rows = []
    for name, median in medians.items():
        against_wc = medians["wc -l"] / median
        against_regex = medians["regex captures"] / median
        benchmark.extra_info[name] = {
            "median_seconds": median,
            "throughput_against_wc": against_wc,
            "throughput_against_regex": against_regex,
        }
        figure = (
            f"{median * 1e3:8.1f} ms {log_bytes / median / 1e9:6.2f} GB/s"
            f" {against_wc:6.2f} x wc -l {against_regex:6.2f} x regex"
        )
        rows.append((name, figure))
    report(f"throughput over {log_bytes / 1e6:.0f} MB, medians of interleaved rounds", rows)
