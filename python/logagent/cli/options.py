"""Options and behaviour that several commands share."""

from __future__ import annotations

import os
import sys

from logagent.cli.command import arguments, option
from logagent.cli.terminal import is_terminal, say, write_lines

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logagent._core import Plan
    from logagent.errors import UsageError
    from logagent.job import Job

FORMAT = option(
    "-f",
    "--format",
    name="log_format",
    default="auto",
    metavar="FORMAT",
    help="A name (common, combined, combined_vhost, json), `auto`, nginx:…, apache:…, regex:…, or a"
    " bare log_format or LogFormat string.",
)

CONFIG = option(
    "-c",
    "--config",
    help="The configuration file, instead of --format.",
)

SOURCE = option(
    "--source",
    metavar="NAME",
    help="The [[source]] of the configuration that the lines are of. [default: the first]",
)

THREADS = option(
    "-j",
    "--threads",
    within=(0, 256),
    default=1,
    metavar="N",
    help="Threads that read; 0: one for each processor. The result is the same for any number.",
)

WRITTEN = option(
    "-o",
    "--output",
    metavar="FILE",
    default="-",
    help="A file, written anew; `-` is standard output.",
)

FILES = arguments("files", "FILE|-", help="Files, globs, or `-`: standard input, the default.")


class Given:
    """The parameters that stood on the command line, for those that exclude each other."""

    def __init__(self, shown: Mapping[str, str]) -> None:
        """`shown` is how each is called on the command line, by its name."""
        self._shown = shown

    def refuse_beside_config(self, *parameters: str) -> None:
        """Refuse options that have no place where a configuration says it all."""
        self.refuse("--config", *parameters)

    def refuse(self, beside: str, *parameters: str) -> None:
        """Refuse parameters that were given and have no place beside `beside`."""
        for name, shown in self._shown.items():
            if name in parameters:
                raise usage_error(f"{shown} and {beside} exclude each other")

    def refuse_others(self, option: str, *allowed: str) -> None:
        """Refuse all other parameters than the `allowed` ones beside `option`."""
        self.refuse(option, *(name for name in self._shown if name not in allowed))

    def refuse_without(self, option: str, *parameters: str) -> None:
        """Refuse parameters that mean something with `option` only."""
        for name, shown in self._shown.items():
            if name in parameters:
                raise usage_error(f"{shown} goes with {option} only")


def plan_of(
    config: str | None, source: str | None, log_format: str, given: Given
) -> tuple[Plan, int]:
    """The plan of a configuration and the number of the source; without one the plan of a format.

    Raises a usage error for options that exclude each other.
    """
    if config is None:
        if source is not None:
            raise usage_error("--source is a name of a configuration; give it with -c")
        from logagent.query import compile_query

        return compile_query(log_format, by=(), option_prefix="--").plan, 0
    given.refuse_beside_config("log_format")
    from logagent.config import load, source_number  # start-up counts

    plan = load(config)
    return plan, source_number(plan, source)


def usage_error(message: str) -> UsageError:
    """A usage error of the command that runs."""
    from logagent.errors import UsageError

    return UsageError(message)


def inputs_of(files: Sequence[str]) -> list[str]:
    """The inputs that `files` name; standard input without any, unless a person sits there."""
    if files:
        return list(files)
    if is_terminal(sys.stdin):
        raise usage_error("no FILE given; `-` reads what you type")
    return ["-"]


def write(output: str, lines: Sequence[str]) -> None:
    """Write the lines to the file that `WRITTEN` names."""
    if output == "-":
        write_lines(lines)
    else:
        from pathlib import Path

        Path(output).write_text("\n".join([*lines, ""]))


def thread_count(threads: int) -> int:
    """The number of threads that `--threads` asks for."""
    return threads or len(os.sched_getaffinity(0))


def report_inputs(job: Job[object]) -> int:
    """Say which formats were detected and which inputs failed; returns the exit code."""
    inputs_by_format: dict[str, list[tuple[str, str]]] = {}
    for path, detected in job.formats():
        if detected.startswith("later "):
            say("note", f"{path} changes its format: {detected}")
            continue
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
