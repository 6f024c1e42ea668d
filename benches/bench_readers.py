"""Throughput of other ways to read: JSON, a regex, compressed files."""

from pathlib import Path

import pytest
from benches.conftest import (
    LINES,
    Report,
    built_example,
    generated_log,
    gzipped,
    interleaved_medians,
)
from pytest_benchmark.fixture import BenchmarkFixture

# As Loway published it for combined logs, with names for its nine groups.
LOWAY_FIELDS = "remote_addr,date,time_of_day,method,target,status,bytes,referer,user_agent"
LOWAY = (
    r"^(\S+) \S+ \S+ \[(...........):(........).+?\] .(\S+) (\S+) \S+ (\d+) (\d+)"
    r" \"(\S+)\" \"(.+?)\""
)
LOWAY_METHOD, LOWAY_STATUS = 4, 6


@pytest.mark.parametrize(
    "log_format", ["nginx_json", "akamai_datastream2", "cloudflare_json", "envoy_json"]
)
def bench_json(benchmark: BenchmarkFixture, report: Report, logagent: str, log_format: str) -> None:
    """Aim: 0.15 of `wc -l` over the same file."""
    log = generated_log(log_format, LINES)
    scan = [logagent, "scan", "--format", log_format, "--by", "method,status,section", "-o", "json"]
    programs = {"wc -l": ["wc", "-l", str(log)], "scan -j1": [*scan, "-j", "1", str(log)]}
    _report(benchmark, report, log_format, log, programs)


def bench_regex(
    benchmark: BenchmarkFixture, report: Report, logagent: str, combined_log: Path
) -> None:
    """Loway's regex. Aims: 0.25 of `wc -l`, and 12 times the regex crate's captures."""
    regex = f"regex({LOWAY_FIELDS}):{LOWAY}"
    scan = [logagent, "scan", "--format", regex, "--by", "method,status", "-o", "json"]
    groups = [str(LOWAY_METHOD), str(LOWAY_STATUS)]
    programs = {
        "regex captures": [built_example("regex_captures"), str(combined_log), LOWAY, *groups],
        "wc -l": ["wc", "-l", str(combined_log)],
        "scan -j1": [*scan, "-j", "1", str(combined_log)],
    }
    _report(benchmark, report, "Loway's regex", combined_log, programs)


def bench_gzip(benchmark: BenchmarkFixture, report: Report, logagent: str, large_log: Path) -> None:
    """Aim: 0.9 of the same decompressor when lines are but counted (`examples/newlines.rs`).

    With two threads one decompresses while the other counts. With one the bound is the harmonic
    one: that program's time, and that of a scan of the log unpacked.
    """
    packed = gzipped(large_log)
    scan = [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]
    programs = {
        "lines alone": [built_example("newlines"), "-j1", str(packed)],
        "gzip -dc": ["gzip", "-dc", str(packed)],
        "scan -j1": [*scan, "-j", "1", str(packed)],
        "scan -j2": [*scan, "-j", "2", str(packed)],
        "scan -j1, unpacked": [*scan, "-j", "1", str(large_log)],
    }
    _report(benchmark, report, "gzip", large_log, programs)


def _report(
    benchmark: BenchmarkFixture,
    report: Report,
    name: str,
    log: Path,
    programs: dict[str, list[str]],
) -> None:
    """Ratios to the first program; bytes are those of the log, unpacked."""
    medians = interleaved_medians(benchmark, programs)
    first, log_bytes = next(iter(medians)), log.stat().st_size
    rows = []
    for program, median in medians.items():
        ratio = medians[first] / median
        benchmark.extra_info[program] = {"median_seconds": median, "ratio": ratio}
        rate = log_bytes / median / 1e9
        rows.append((program, f"{median * 1e3:8.1f} ms {rate:6.2f} GB/s {ratio:6.2f} x {first}"))
    report(f"{name}, {log_bytes / 1e6:.0f} MB, medians of interleaved rounds", rows)
