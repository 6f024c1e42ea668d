"""Instructions a line, as callgrind counts them: the same however busy the machine is.

On one thread, with AVX2: callgrind knows no wider vectors. The program reads the log five times
(`rust/engine/examples/count.rs`).
"""

import re
import subprocess
from pathlib import Path

from benches.bench_readers import LOWAY, LOWAY_FIELDS
from benches.bench_rules import CONFIGURATIONS
from benches.conftest import LINES, Report, built_example, find_program, generated_log, gzipped
from pytest_benchmark.fixture import BenchmarkFixture

TIMES_READ = 5

JOB = """
[[source]]
name = "log"
format = '{}'

[[metric]]
name = "requests_total"
labels = ["method", "status"]
"""


def bench_instructions(benchmark: BenchmarkFixture, report: Report, tmp_path: Path) -> None:
    """The jobs of bench_rules.py, and counts by method and status of what is read otherwise."""
    lines = LINES // 5
    combined, rows = generated_log("combined", lines), []
    jobs = [(name, text, combined) for name, text in CONFIGURATIONS.items()]
    jobs.append(("Loway's regex", JOB.format(f"regex({LOWAY_FIELDS}):{LOWAY}"), combined))
    jobs.append(("gzip", JOB.format("combined"), gzipped(combined)))
    jobs += [
        (name, JOB.format(name), generated_log(name, lines))
        for name in ("nginx_json", "akamai_datastream2")
    ]
    count = [
        find_program("valgrind"),
        "--tool=callgrind",
        f"--callgrind-out-file={tmp_path / 'callgrind.out'}",
    ]
    configuration = tmp_path / "config.toml"

    def measure() -> None:
        for name, text, log in jobs:
            configuration.write_text(text)
            command = [*count, built_example("count"), str(configuration), str(log)]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
            collected = re.search(r"Collected : (\d+)", said)
            assert collected, said
            a_line = int(collected[1]) / (TIMES_READ * lines)
            benchmark.extra_info[name] = {"instructions_a_line": a_line}
            rows.append((name, f"{a_line:8.0f}"))

    benchmark.pedantic(measure, rounds=1)
    report("instructions a line (callgrind)", rows)
