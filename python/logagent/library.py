"""Counting from Python, as in a notebook."""

import os
import time
from collections.abc import Iterable, Sequence
from datetime import datetime

from logagent import job
from logagent._core import Scan
from logagent.errors import InputError
from logagent.instants import instant_ns
from logagent.query import compile_query
from logagent.result import ScanResult

Path = str | os.PathLike[str]
"""A path as text or as a path object."""


def scan(
    paths: Path | Iterable[Path],
    format: str = "auto",
    by: Sequence[str] | None = None,
    sum: Sequence[str] = (),  # noqa: A002 - as on the command line
    *,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    threads: int = 1,
) -> ScanResult:
    """Count the lines of log files in groups.

    Args:
        paths: Files, plain, ``.gz`` or ``.zst``; globs; ``-`` for standard input.
        format: ``auto``, a name such as ``combined``, ``nginx:…``, ``apache:…``, ``regex:…``, or a
            bare nginx ``log_format`` or Apache ``LogFormat`` string.
        by: The fields whose values make a group; method and status where nothing is said.
        sum: The fields to add up in each group, such as ``bytes``.
        since: Count only lines of this instant and later; see `logagent.instants.instant_ns`.
        until: Count only lines before this instant.
        threads: How many threads read; the result is the same for any number.

    Returns:
        The counts, which show themselves as a table. Inputs that could not be read whole are in its
        ``errors``.

    Raises:
        ArgumentError: A format, field or instant is wrong.
        InputError: Nothing could be read.
    """
    query = compile_query(format, by=by, sums=sum)
    now_ns = time.time_ns()
    inputs = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    counting = Scan(
        query.plan,
        [os.fspath(path) for path in inputs],
        threads=threads,
        since_ns=None if since is None else instant_ns(since, now_ns=now_ns, origin="since"),
        until_ns=None if until is None else instant_ns(until, now_ns=now_ns, origin="until"),
    )
    snapshot = job.run(counting)
    errors = counting.errors()
    if errors and snapshot.bytes == 0:
        raise InputError(errors)
    return ScanResult(
        snapshot, by=query.by, sums=query.sums, errors=errors, formats=counting.formats()
    )
