"""A log whose lines have times, and what its windows add up to."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.writer import Rotation

WINDOW_SECONDS = 10
PATHS = ("/json/a", "/shop/7", "/shop/8", "/img/x.png", "/")
STATUSES = (200, 200, 200, 304, 404, 500)

Key = tuple[int, str, str]
"""Start of the window in Unix seconds, status, group of URLs."""


class Traffic:
    """Appends lines in the combined format, in the order of time but for late ones."""

    def __init__(self, log: Path, choose: random.Random, *, start: int) -> None:
        """`start` is the time of the first line, in Unix seconds."""
        self.log = log
        self.time = float(start)
        self.group: Callable[[str], str] = lambda _: "all"
        """What the rules in force make of a path."""
        self.expected: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
        """Lines and bytes by window and series."""
        self._choose = choose
        self._rotation = Rotation(log, keep=90, gzip=True)

    def append(self, lines: int, *, seconds: float, late_seconds: float = 0.0) -> None:
        """Append lines of the next `seconds`; one in ten comes up to `late_seconds` late."""
        texts = []
        for _ in range(lines):
            self.time += seconds / lines
            late = self._choose.random() * late_seconds if self._choose.random() < 0.1 else 0
            at = int(self.time - late)
            path, status = self._choose.choice(PATHS), self._choose.choice(STATUSES)
            size = self._choose.randrange(10_000)
            stamp = datetime.fromtimestamp(at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
            texts.append(
                f'192.0.2.1 - - [{stamp}] "GET {path} HTTP/1.1" {status} {size} "-" "probe"\n'
            )
            key = (at - at % WINDOW_SECONDS, str(status), self.group(path))
            self.expected[key][0] += 1
            self.expected[key][1] += size
        with self.log.open("a") as file:
            file.write("".join(texts))

    def rotate(self) -> None:
        """Rename and compress the log; the next lines go to a new one."""
        self._rotation.rotate()
        self._rotation.finish()
        self.log.touch()

    def sums(self) -> Mapping[Key, tuple[int, int]]:
        """What was written: lines and bytes."""
        return {key: (lines, size) for key, (lines, size) in self.expected.items()}
