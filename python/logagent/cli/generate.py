"""`logagent generate`: realistic traffic."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from logagent._core import Generator
from logagent.cli import options
from logagent.cli.command import option, takes
from logagent.errors import ArgumentError, ConfigError
from logagent.instants import duration_s, instant_ns

_DEFAULT_LINES = 1000
_DEFAULT_RATE = 100.0
_BATCH_LINES = 10_000
_OBJECT_LINES = 500
_TICK_SECONDS = 0.05
_MAX_RATE = 1e7


def _lines_per_second(text: str | None) -> float | None:
    """The rate of `500` or `500/s`."""
    if text is None:
        return None
    try:
        rate = float(text.removesuffix("/s"))
    except ValueError:
        rate = 0.0
    if not 0 < rate <= _MAX_RATE:
        raise options.usage_error(
            f"--rate: `{text}` is not a number of lines per second, such as 500/s"
        )
    return rate


@takes(
    option(
        "-f",
        "--format",
        name="log_format",
        metavar="FORMAT",
        default="combined",
        help="As for `scan`, but `auto` and regex:….",
    ),
    option("--lines", metavar="N", within=(0, None), help="How many lines."),
    option("--duration", metavar="TIME", help="How long, as 10s or 5m, instead of --lines."),
    option(
        "--rate",
        metavar="N/s",
        help="Write in real time, at this rate; without --lines and --duration until Ctrl-C.",
    ),
    option("--seed", default=1, within=(0, 2**64 - 1), help="Equal seeds, equal traffic."),
    option(
        "--start",
        metavar="TIME",
        help="Time of the first line. [default: now with --rate, else so that the last line is of"
        " now]",
    ),
    option(
        "-o",
        "--output",
        default="-",
        metavar="FILE",
        help="A file, written anew; `-` is standard output, the default.",
    ),
    option(
        "--objects",
        metavar="PLACE",
        help="Write gzip objects instead: to a folder, or to s3://BUCKET/PREFIX.",
    ),
    option(
        "--object-lines",
        metavar="N",
        default=_OBJECT_LINES,
        within=(1, None),
        help="Lines of an object.",
    ),
    examples="""\
  logagent generate --lines 5
  logagent generate --lines 100000 --seed 7 --start 2026-11-21T00:00:00Z -o access.log
  logagent generate --format akamai --lines 5000 --objects objects/ --object-lines 500
  logagent generate --rate 200/s --duration 1s --format '$host "$request" $status $request_time'""",
)
def command(  # noqa: PLR0913 - an argument for each option
    *,
    log_format: str,
    lines: int | None,
    duration: str | None,
    rate: str | None,
    seed: int,
    start: str | None,
    output: str,
    objects: str | None,
    object_lines: int,
) -> None:
    """Write realistic, seeded traffic in a log format.

    Without --rate all lines are written at once and are stamped 100 a second; without --lines and
    --duration there are 1000.
    """
    if lines is not None and duration is not None:
        raise options.usage_error("--lines and --duration exclude each other")
    lines_per_second = _lines_per_second(rate)
    stamp_rate = lines_per_second or _DEFAULT_RATE
    if duration is not None:
        lines = round(duration_s(duration, origin="--duration") * stamp_rate)
    if lines is None and rate is None:
        lines = _DEFAULT_LINES
    now_ns = time.time_ns()
    if start is not None:
        start_ns = instant_ns(start, now_ns=now_ns, origin="--start")
    elif rate is None:
        start_ns = max(now_ns - int((lines or 0) / stamp_rate * 1e9), 0)
    else:
        start_ns = now_ns
    try:
        generator = Generator(log_format, seed=seed, start_ns=start_ns, rate=stamp_rate)
    except ConfigError as error:
        raise ArgumentError(
            problem._replace(origin="--format", line=None) for problem in error.problems
        ) from None
    if objects is not None:
        if output != "-" or rate is not None:
            raise options.usage_error("--objects excludes --output and --rate")
        from logagent.cli.objects import write_objects

        sizes = _at_once(lines or 0, object_lines)
        write_objects(objects, (generator.lines(size) for size in sizes))
        return
    with _open_output(output) as out:
        for due in _paced(lines, lines_per_second) if lines_per_second else _at_once(lines or 0):
            out.write(generator.lines(due))
            out.flush()


def _at_once(lines: int, batch_lines: int = _BATCH_LINES) -> Iterator[int]:
    """The sizes of the batches that make up `lines`."""
    for written in range(0, lines, batch_lines):
        yield min(batch_lines, lines - written)


def _paced(lines: int | None, rate: float) -> Iterator[int]:
    """The sizes of batches that are due, each at its time; without end if `lines` is None."""
    written = 0
    begin_s = time.monotonic()
    while lines is None or written < lines:
        due = int((time.monotonic() - begin_s) * rate) + 1 - written
        if lines is not None:
            due = min(due, lines - written)
        if due > 0:
            # A reader that fell behind gets what it missed in batches, not in one.
            yield min(due, _BATCH_LINES)
            written += min(due, _BATCH_LINES)
        else:
            next_line_s = begin_s + written / rate - time.monotonic()
            time.sleep(min(max(next_line_s, _TICK_SECONDS), 1.0))


@contextmanager
def _open_output(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdout.buffer
        return
    # Appending, as servers do: after `truncate` by another process no hole comes into being.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    with open(path, "wb", opener=lambda name, _flags: os.open(name, flags, 0o666)) as out:
        yield out
