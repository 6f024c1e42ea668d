"""Options and behaviour that several commands share."""

import os
import sys
from collections.abc import Sequence

import click

from logagent.cli.terminal import is_terminal, say
from logagent.job import Job

format_option = click.option(
    "-f",
    "--format",
    "log_format",
    default="auto",
    show_default=True,
    metavar="FORMAT",
    help="A name (common, combined, combined_vhost, json), `auto`, nginx:…, apache:…, regex:…, or a"
    " bare log_format or LogFormat string.",
)

threads_option = click.option(
    "-j",
    "--threads",
    type=click.IntRange(0, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="Threads that read; 0: one for each processor. The result is the same for any number.",
)

files_argument = click.argument("files", nargs=-1, metavar="[FILE|-]...")


def inputs_of(files: Sequence[str]) -> list[str]:
    """The inputs that `files` name; standard input without any, unless a person sits there."""
    if files:
        return list(files)
    if is_terminal(sys.stdin):
        raise click.UsageError(
            "no FILE given; `-` reads what you type", click.get_current_context()
        )
    return ["-"]


def thread_count(threads: int) -> int:
    """The number of threads that `--threads` asks for."""
    return threads or len(os.sched_getaffinity(0))


def report_inputs(job: Job) -> int:
    """Say which formats were detected and which inputs failed; returns the exit code."""
    inputs_by_format: dict[str, list[tuple[str, str]]] = {}
    for path, detected in job.formats():
        # What follows the name, such as how many lines match, is of that file alone.
        inputs_by_format.setdefault(detected.partition(" (")[0], []).append((path, detected))
    for name, inputs in inputs_by_format.items():
        path, detected = inputs[0]
        if len(inputs) == 1:
            say("note", f"{path}: format {detected}")
        else:
            say("note", f"{path} and {len(inputs) - 1} more: format {name}")
    errors = job.errors()
    for path, what in errors:
        say("error", f"{path}: {what}")
    return 1 if errors else 0
