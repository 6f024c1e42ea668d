"""Instructions a line, as callgrind counts them: the same however busy the machine is.

On one thread, with AVX2: callgrind knows no wider vectors. The program reads the log five times
(`rust/engine/examples/count.rs`).
"""

import re
import subprocess
from pathlib import Path

from benches.bench_rules import CONFIGURATIONS
from benches.conftest import LINES, Report, built_example, find_program, generated_log
from pytest_benchmark.fixture import BenchmarkFixture

TIMES_READ = 5


def bench_instructions(benchmark: BenchmarkFixture, report: Report, tmp_path: Path) -> None:
    """The jobs of bench_rules.py."""
    lines = LINES // 5
    log, rows = generated_log("combined", lines), []
    count = [
        find_program("valgrind"),
        "--tool=callgrind",
        f"--callgrind-out-file={tmp_path / 'callgrind.out'}",
    ]
    configuration = tmp_path / "config.toml"

    def measure() -> None:
        for name, text in CONFIGURATIONS.items():
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
