"""A progress bar for people who wait."""

from __future__ import annotations

import sys

from logagent.cli.terminal import is_terminal

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from logagent.job import End, Job

_PATIENCE_SECONDS = 1.0
_REFRESH_SECONDS = 0.1


def watch(job: Job[object], ended: End) -> None:
    """Show how far `job` is, on standard error, if that is a terminal and the job takes a while."""
    if not is_terminal(sys.stderr) or ended.wait(_PATIENCE_SECONDS):
        return
    # Only now: importing rich takes as long as scanning 50 MB.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        while not ended.wait(_REFRESH_SECONDS):
            done_bytes, total_bytes = job.progress()
            progress.update(task, completed=done_bytes, total=total_bytes)
