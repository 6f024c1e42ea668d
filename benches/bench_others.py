"""Lines a second of mtail and GoAccess, and of `scan` on one thread beside them.

The job: requests by method, section and status, and bytes by section. The others read a tenth of
the log: they take seconds for that.
"""

from pathlib import Path

from benches.conftest import LINES, Report, find_program, generated_log, interleaved_medians
from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 3

MTAIL_PROGRAM = r"""
counter requests_total by method, section, status
counter sent_bytes_total by section

const REQUEST /"(?P<method>[A-Z]+) (?P<section>\/[^\/? ]*)\S* \S+" /
const ANSWER /(?P<status>\d+) (?P<bytes>\d+) /

/^\S+ \S+ \S+ \[[^\]]+\] / + REQUEST + ANSWER {
  requests_total[$method][$section][$status]++
  sent_bytes_total[$section] += $bytes
}
"""

SCAN_CONFIGURATION = """
[[source]]
name = "log"
format = "combined"

[[metric]]
name = "requests_total"
labels = ["method", "section", "status"]

[[metric]]
name = "sent_bytes_total"
labels = ["section"]
value = "bytes"
"""


def bench_mtail(benchmark: BenchmarkFixture, report: Report, logagent: str, tmp_path: Path) -> None:
    """Aim: 60 times as many lines a second as mtail."""
    program = tmp_path / "access.mtail"
    program.write_text(MTAIL_PROGRAM)
    log = generated_log("combined", LINES // 10)
    mtail = [find_program("mtail"), "--one_shot", "--progs", str(program), "--logs", str(log)]
    _compare(benchmark, report, "mtail", [*mtail, "--log_dir", str(tmp_path)], logagent, tmp_path)


def bench_goaccess(
    benchmark: BenchmarkFixture, report: Report, logagent: str, tmp_path: Path
) -> None:
    """Aim: 100 times as many lines a second as GoAccess."""
    log = generated_log("combined", LINES // 10)
    goaccess = [find_program("goaccess"), str(log), "--log-format=COMBINED", "--no-progress"]
    goaccess += ["--no-global-config", "-o", str(tmp_path / "report.json")]
    _compare(benchmark, report, "goaccess", goaccess, logagent, tmp_path)


def _compare(
    benchmark: BenchmarkFixture,
    report: Report,
    name: str,
    command: list[str],
    logagent: str,
    folder: Path,
) -> None:
    configuration = folder / "config.toml"
    configuration.write_text(SCAN_CONFIGURATION)
    log = generated_log("combined", LINES)
    scan = [logagent, "scan", "-j", "1", "-o", "json", "-c", str(configuration), str(log)]
    medians = interleaved_medians(benchmark, {name: command, "scan -j1": scan}, ROUNDS)
    lines_a_second = {name: LINES / 10 / medians[name], "scan -j1": LINES / medians["scan -j1"]}
    rows = []
    for program, rate in lines_a_second.items():
        ratio = rate / lines_a_second[name]
        benchmark.extra_info[program] = {"lines_a_second": rate, "ratio": ratio}
        rows.append((program, f"{rate / 1e6:8.3f} M lines/s {ratio:6.1f} x {name}"))
    report(f"counts by method, section, status; bytes by section: beside {name}", rows)
