"""A process that writes a log, rotates it and compresses what it rotated, as web servers' hosts do.

    python -m tests.faults.writer --path access.log --rate 20000 --rotate-seconds 2 --gzip

It ends on SIGTERM, after a whole line, and prints the range of numbers that it wrote.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from tests.faults.ledger import Ledger, Total

TICK_SECONDS = 0.01
SATURATING_LINES = 500  # per write, when no rate is given


class Rotation:
    """Renames `access.log` to `.1`, `.1` to `.2` and so on; keeps `keep` of them."""

    def __init__(self, path: Path, *, keep: int, gzip: bool) -> None:
        self.path = path
        self.keep = keep
        self.gzip = gzip
        self._compressing: subprocess.Popen[bytes] | None = None

    def rotate(self) -> None:
        """One rotation; the compression goes on while the next file is written."""
        self.finish()
        for number in range(self.keep, 0, -1):
            for suffix in ("", ".gz"):
                older = self._sibling(number, suffix)
                if older.exists():
                    older.rename(self._sibling(number + 1, suffix))
        for suffix in ("", ".gz"):
            self._sibling(self.keep + 1, suffix).unlink(missing_ok=True)
        self.path.rename(self._sibling(1))
        if self.gzip:
            self._compressing = subprocess.Popen(["gzip", "-1", str(self._sibling(1))])  # noqa: S607

    def finish(self) -> None:
        """Waits for the compression."""
        if self._compressing is not None:
            assert self._compressing.wait() == 0
            self._compressing = None

    def _sibling(self, number: int, suffix: str = "") -> Path:
        return self.path.with_name(f"{self.path.name}.{number}{suffix}")


class BackgroundWriter:
    """The process, started and ended by a test."""

    def __init__(self, path: Path, *, first: int = 1, **options: float | bool) -> None:
        """`options` are those of the command line, such as `rate=20_000, gzip=True`."""
        command = [sys.executable, "-m", "tests.faults.writer", "--path", str(path)]
        command += ["--first", str(first)]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            command += [flag] if value is True else [flag, str(value)]
        self.first = self.end = first
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def stop(self) -> Total:
        """Ends it; what it wrote."""
        self.process.send_signal(signal.SIGTERM)
        report, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, "the writer failed"
        self.end = json.loads(report)["end"]
        return Total.of_range(self.first, self.end)


@contextlib.contextmanager
def writing(path: Path, **options: float | bool) -> Iterator[BackgroundWriter]:
    """A writer that is killed in the end, if the test did not stop it."""
    writer = BackgroundWriter(path, **options)  # type: ignore[arg-type] # `first` is one of them
    try:
        yield writer
    finally:
        if writer.process.poll() is None:
            writer.process.kill()
            writer.process.communicate()


def write(arguments: argparse.Namespace) -> int:
    """Writes until SIGTERM comes; the number behind the last line's."""
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    choose = random.Random(arguments.first)  # noqa: S311 - no secret
    ledger = Ledger(arguments.first)
    rotation = Rotation(arguments.path, keep=arguments.keep, gzip=arguments.gzip)
    log = _open(arguments.path)
    started = rotated = time.monotonic()
    while not stopping:
        now = time.monotonic()
        if arguments.rotate_seconds and now - rotated >= arguments.rotate_seconds:
            os.close(log)
            rotation.rotate()
            log = _open(arguments.path)
            rotated = now
        if arguments.rate:
            due = int((now - started) * arguments.rate) - (ledger.next - arguments.first)
        else:
            due = SATURATING_LINES
        if due > 0:
            _write_in_two(log, ledger.lines(due), choose)
        if arguments.rate:
            time.sleep(TICK_SECONDS)
    os.close(log)
    rotation.finish()
    return ledger.next


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)


def _write_in_two(log: int, block: bytes, choose: random.Random) -> None:
    """Buffered servers write parts of lines: cuts the block anywhere."""
    cut = choose.randrange(len(block) + 1)
    for part in (block[:cut], block[cut:]):
        if part:
            assert os.write(log, part) == len(part)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--rate", type=int, default=0, help="lines per second; 0: all it can")
    parser.add_argument("--rotate-seconds", type=float, default=0, help="0: never")
    parser.add_argument("--keep", type=int, default=50, help="rotated files")
    parser.add_argument("--gzip", action="store_true", help="compress what was rotated")
    end = write(parser.parse_args())
    sys.stdout.write(json.dumps({"end": end}))


if __name__ == "__main__":
    main()
