"""Peak private memory of `logagent scan`: the same for every size of file.

Private memory is what the process itself allocated (`RssAnon` of /proc/PID/status), sampled while
it runs. Mapped pages of the log are left out: the page cache owns them and can take them back.
"""

import subprocess
import time
from pathlib import Path

import pytest
from benches.conftest import Report
from pytest_benchmark.fixture import BenchmarkFixture

SAMPLE_SECONDS = 0.001


@pytest.mark.parametrize("threads", [1, 2])
def bench_peak_memory(
    benchmark: BenchmarkFixture,
    report: Report,
    logagent: str,
    combined_log: Path,
    large_log: Path,
    threads: int,
) -> None:
    """The log and one five times as long; at most 60 MB each."""
    rows = []

    def measure() -> None:
        for log in (combined_log, large_log):
            peak_mb = _peak_private_bytes(logagent, log, threads) / 1e6
            log_mb = log.stat().st_size / 1e6
            benchmark.extra_info[f"{log_mb:.0f} MB"] = {"peak_mb": peak_mb}
            rows.append((f"log of {log_mb:5.0f} MB", f"{peak_mb:6.1f} MB"))

    benchmark.pedantic(measure, rounds=1)
    report(f"peak private memory, scan -j{threads}", rows)


def _peak_private_bytes(logagent: str, log: Path, threads: int) -> int:
    """The largest `RssAnon` seen while the log is scanned."""
    command = [logagent, "scan", "--format", "combined", "--by", "method,status,section"]
    command += ["-o", "json", "-j", str(threads), str(log)]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            peak = max(peak, _private_bytes(status.read_text()))
            time.sleep(SAMPLE_SECONDS)
    assert process.returncode == 0
    return peak


def _private_bytes(status: str) -> int:
    """`RssAnon` of a /proc/PID/status, in bytes; 0 once the process has ended."""
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0
