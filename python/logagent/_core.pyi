"""What crosses between Rust and Python: configuration in, snapshots out, never a line."""

import builtins
from collections.abc import Sequence
from typing import Any, final

__version__: str

@final
class Plan:
    """A compiled configuration: immutable, shared by every thread."""

    @staticmethod
    def from_toml(text: str, *, origin: str) -> Plan:
        """Compile a configuration text and the files that it names (docs/configuration.md).

        `origin` is the file's path, or another name for problems to carry; the files that the text
        names start beside it. Raises `logagent.errors.ConfigError` with every problem at once.
        """
    def explain(self, line: bytes, *, source: int = 0) -> dict[str, Any]:
        """What the plan makes of one line (without its line feed) of the source of this number.

        ``{"matched": bool, "format": str | None, "fields": […], "derived": […], "categories": […],
        "metrics": […], "mismatch": None | {…}}``: `format` is what was detected, where it had to
        be; a field is ``{"name", "value", "kind", "text"}``, value and text None when absent, a
        duration in seconds, an instant in ISO 8601; a category ``{"name", "value", "rule":
        {"index", "name", "test"} | None, "runners_up": [rule, …]}``; a metric ``{"name", "labels",
        "value"}``. A mismatch is as in `Diagnose.groups`, without a count.
        Raises ValueError when the format has to be detected and cannot be.
        """
    def describe(self) -> dict[str, Any]:
        """The resolved plan as plain values.

        ``agent`` is an object; ``sources``, ``categories`` and ``metrics`` are lists of objects in
        the order of the configuration. A source's ``scanner`` is ``pattern`` (the fast one),
        ``regex`` or ``json``, and None where the format is detected in each file.
        """
    def warnings(self) -> list[dict[str, Any]]:
        """What is probably not meant so, as `logagent.errors.Problem` takes it."""

@final
class Snapshot:
    """Counts, and what they were counted from; merging is associative and commutative."""

    lines: int
    matched: int
    selected: int
    """Matching lines within the window of time."""
    rejected: int
    bytes: int
    rejects: dict[str, int]
    unreadable: int
    """Values that are there and are no numbers, or below 0 where that cannot be."""
    def merge(self, other: Snapshot) -> None:
        """Add the other's counts to these."""
    def series(self, metric: int = 0) -> dict[str, Any]:
        """One metric's series as columns.

        ``{"labels": {name: [str | None, …]}, "count": [int, …], "sums": {name: [float, …]}}``, all
        lists of one length, ordered by count, descending, then by label values. Sums of which all
        are whole are int. An absent label value is None. Beside these, by the metric's type:

        - ``"value"``: the sum of the values (counter with a value, histogram, quantiles), or the
          last one (gauge): ``[int | float, …]``
        - ``"buckets"`` (histogram): ``{bound: [int, …]}``, the values of at most each bound
        - ``"quantiles"``: ``{quantile: [float | None, …]}``
        - ``"distinct"``: ``[int, …]``
        - ``"top"``: ``[[(text, count, error), …], …]``, most frequent first; the true count is
          between ``count - error`` and ``count``
        """
    def exposition(self, format: str) -> builtins.bytes:
        """All metrics as an exposition; `format` is ``prometheus`` or ``openmetrics``."""
    def to_bytes(self) -> builtins.bytes:
        """The counts as bytes: the same for the same counts."""
    @staticmethod
    def from_bytes(plan: Plan, encoded: builtins.bytes) -> Snapshot:
        """What `to_bytes` made of a snapshot of a plan with the same metrics; else `ValueError`."""

@final
class Scanner:
    """Scans chunks of bytes without files or threads; whole lines need not align with chunks."""

    def __init__(self, plan: Plan) -> None: ...
    def scan(self, chunk: bytes) -> int:
        """Count the chunk's lines (a last part without line feed waits); returns the lines seen."""
    def take(self) -> Snapshot:
        """End the input, hand over all counts and start anew."""

@final
class Scan:
    """One count over files. `run` blocks without the GIL; the rest may be called meanwhile."""

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[str] | None,
        *,
        source: int = 0,
        threads: int = 1,
        since_ns: int | None = None,
        until_ns: int | None = None,
        rejects: str | None = None,
        mmap: bool = True,
    ) -> None:
        """Prepare a count of lines of the source of this number; `run` does it.

        `inputs` are paths and globs, ``-`` is standard input; None: what the source itself names,
        but for what an earlier source names too. Counted is what happened at `since_ns` ≤ time <
        `until_ns`, in Unix nanoseconds. `rejects` is a file that takes the refused lines as they
        are.
        """
    def run(self) -> Snapshot: ...
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]:
        """Bytes read so far and in all (compressed size for compressed files; None if unknown)."""
    def errors(self) -> list[tuple[str, str]]:
        """Inputs that could not be read whole: (path, what happened)."""
    def formats(self) -> list[tuple[str, str]]:
        """Inputs whose format was detected: (path, format)."""

@final
class Parse:
    """Writes one JSON object per input line, in order, to a file descriptor."""

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[str],
        *,
        output_fd: int,
        threads: int = 1,
        schema: str = "own",
    ) -> None: ...
    def run(self) -> Snapshot: ...
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]: ...
    def errors(self) -> list[tuple[str, str]]: ...
    def formats(self) -> list[tuple[str, str]]: ...

@final
class Diagnose:
    """Groups refused lines by where they leave the format and what stands there."""

    def __init__(
        self, plan: Plan, inputs: Sequence[str], *, source: int = 0, threads: int = 1
    ) -> None: ...
    def run(self) -> Snapshot:
        """The counts of lines; it has no metrics."""
    def groups(self) -> list[dict[str, Any]]:
        """The groups, the largest first.

        ``{"count", "reason", "column", "expected", "got", "line", "line_column"}``: `line` holds
        the bytes of the first line of the group, or those around the place, from `line_column` on;
        columns count bytes from 1. `got` is the text that stands there, cut.
        """
    ungrouped: int
    """Refused lines beyond the most groups that are kept."""
    def first_line(self) -> bytes | None:
        """The first line of the inputs, without its line feed."""
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]: ...
    def errors(self) -> list[tuple[str, str]]: ...
    def formats(self) -> list[tuple[str, str]]: ...

@final
class Generator:
    """Realistic, seeded traffic in a format, as bytes."""

    def __init__(self, format: str, *, seed: int, start_ns: int, rate: float) -> None:
        """`format` as on the command line. Record `i` is stamped at ``start_ns + i / rate`` s."""
    def lines(self, count: int) -> bytes:
        """The next `count` lines."""

def formats() -> list[tuple[str, str, str, list[str]]]:
    """Name, description, example and fields of every named format."""
