"""Throughput of other ways to read: JSON, a regex, compressed files."""

import gzip
import shutil
from pathlib import Path

import pytest
from benches.conftest import LINES, Report, built_example, generated_log, interleaved_medians
from pytest_benchmark.fixture import BenchmarkFixture

REGEX = (
    r"^(?P<remote_addr>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<target>[^ "]+) [^"]*" (?P<status>[0-9]+) .*$'
)


@pytest.mark.parametrize("log_format", ["nginx_json", "cloudflare_json", "envoy_json"])
def bench_json(benchmark: BenchmarkFixture, report: Report, logagent: str, log_format: str) -> None:
    """Aim: 0.15 of `wc -l` over the same file."""
    log = generated_log(log_format, LINES)
    scan = [logagent, "scan", "--format", log_format, "--by", "method,status,section", "-o", "json"]
    programs = {"wc -l": ["wc", "-l", str(log)], "scan -j1": [*scan, "-j", "1", str(log)]}
    _report(benchmark, report, log_format, log, programs)


def bench_regex(
    benchmark: BenchmarkFixture, report: Report, logagent: str, large_log: Path
) -> None:
    """A user's regex that is read from delimiter to delimiter. Aim: 0.25 of `wc -l`."""
    scan = [logagent, "scan", "--format", f"regex:{REGEX}", "--by", "method,status", "-o", "json"]
    programs = {"wc -l": ["wc", "-l", str(large_log)], "scan -j1": [*scan, str(large_log)]}
    _report(benchmark, report, "a regex", large_log, programs)


def bench_gzip(
    benchmark: BenchmarkFixture, report: Report, logagent: str, combined_log: Path
) -> None:
    """Aim: 0.9 of the same decompressor when lines are but counted (`examples/newlines.rs`)."""
    packed = combined_log.with_suffix(".log.gz")
    if not packed.exists():
        unfinished = packed.with_suffix(".part")
        with combined_log.open("rb") as plain, gzip.open(unfinished, "wb", compresslevel=6) as out:
            shutil.copyfileobj(plain, out, 1 << 20)
        unfinished.rename(packed)
    scan = [logagent, "scan", "--format", "combined", "--by", "method,status,section", "-o", "json"]
    programs = {
        "lines alone": [built_example("newlines"), "-j1", str(packed)],
        "gzip -dc": ["gzip", "-dc", str(packed)],
        "scan -j1": [*scan, "-j", "1", str(packed)],
        "scan -j2": [*scan, "-j", "2", str(packed)],
    }
    _report(benchmark, report, "gzip", combined_log, programs)


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
