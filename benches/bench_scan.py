"""Throughput of `logagent scan`, as ratios against `wc -l` and the regex crate in the same run.

Absolute times differ between machines and between minutes on one machine. So every round runs each
program once, one after another, and what is reported is the ratio of their medians.
"""

import statistics
from pathlib import Path

import pytest
from benches.conftest import ROOT, Report, run_seconds
from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 7
REGEX_CAPTURES = ROOT / "target" / "release" / "examples" / "regex_captures"


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
    (about 1 GB) shows the throughput.
    """
    log = Path(request.getfixturevalue("combined_log" if size == "usual" else "large_log"))
    if not REGEX_CAPTURES.exists():
        pytest.fail("the baseline is not built: run `make bench`")
    scan = [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]
    programs = {
        "wc -l": ["wc", "-l", str(log)],
        "regex captures": [str(REGEX_CAPTURES), str(log)],
        "scan -j1": [*scan, "-j", "1", str(log)],
        "scan -j2": [*scan, "-j", "2", str(log)],
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}

    def one_round() -> None:
        for name, command in programs.items():
            seconds[name].append(run_seconds(command))

    benchmark.pedantic(one_round, rounds=ROUNDS, warmup_rounds=1)

    log_bytes = log.stat().st_size
    # The first round only fills the page cache.
    medians = {name: statistics.median(times[1:] or times) for name, times in seconds.items()}
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
