"""`logagent top` on a large file: when its first screen is there, and when all is counted."""

import os
import pty
import re
import select
import statistics
import struct
import subprocess
import termios
import time
from fcntl import ioctl
from pathlib import Path

from benches.conftest import IS_SMOKE, Report
from pytest_benchmark.fixture import BenchmarkFixture

from logagent._core import Scan
from logagent.tui.questions import Choice, ask

ROUNDS = 1 if IS_SMOKE else 5
LONGEST_SECONDS = 120
COLUMNS, ROWS = 120, 40
TABLES, WHOLE = re.compile(b"section"), re.compile(b"everything is counted|following")
"""What the screen says as soon as there are tables, and when everything is counted."""


def on_a_terminal(command: list[str]) -> dict[re.Pattern[bytes], float]:
    """Seconds from the start until the texts are on the screen."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    began = time.perf_counter()
    found: dict[re.Pattern[bytes], float] = {}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        seen = b""
        while len(found) < 2 and time.perf_counter() - began < LONGEST_SECONDS:
            if select.select([ours], [], [], 1)[0]:
                seen += os.read(ours, 65536)
            for text in {TABLES, WHOLE} - found.keys():
                if text.search(seen):
                    found[text] = time.perf_counter() - began
        process.kill()
    os.close(ours)
    return found


def scan_seconds(path: Path) -> float:
    """A scan that asks the same, in one thread, without a start-up."""
    scan = Scan(ask(Choice([str(path)])).plan, None)
    began = time.perf_counter()
    scan.run()
    return time.perf_counter() - began


def bench_first_screen(
    benchmark: BenchmarkFixture, report: Report, logagent: str, large_log: Path
) -> None:
    """The first screen within a second; the whole within the time of a scan, beside the start."""
    figures: dict[str, list[float]] = {}

    def one_round() -> None:
        shown = on_a_terminal([logagent, "top", "--refresh", "0.2", str(large_log)])
        figures.setdefault("first screen", []).append(shown[TABLES])
        figures.setdefault("everything counted", []).append(shown[WHOLE])
        figures.setdefault("scan of the same, one thread", []).append(scan_seconds(large_log))

    benchmark.pedantic(one_round, rounds=ROUNDS, warmup_rounds=1)
    medians = {name: statistics.median(seconds[1:] or seconds) for name, seconds in figures.items()}
    benchmark.extra_info.update(medians)
    megabytes = large_log.stat().st_size / 1e6
    rows = [(name, f"{seconds:6.2f} s") for name, seconds in medians.items()]
    report(f"top on {megabytes:,.0f} MB", rows)
