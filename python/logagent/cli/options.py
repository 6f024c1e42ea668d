"""Options and behaviour that several commands share."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from logagent._core import Plan
from logagent.cli.terminal import is_terminal, say, write_lines

if TYPE_CHECKING:
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

config_option = click.option(
    "-c",
    "--config",
    metavar="CONFIG",
    help="The configuration file, instead of --format.",
)

source_option = click.option(
    "--source",
    metavar="NAME",
    help="The [[source]] of the configuration that the lines are of. [default: the first]",
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

written_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="A file, written anew; `-` is standard output, the default.",
)

files_argument = click.argument("files", nargs=-1, metavar="[FILE|-]...")


def plan_of(config: str | None, source: str | None, log_format: str) -> tuple[Plan, int]:
    """The plan of a configuration and the number of the source; without one the plan of a format.

    Raises a usage error for options that exclude each other.
    """
    if config is None:
        if source is not None:
            raise usage_error("--source is a name of a configuration; give it with -c")
        from logagent.query import compile_query

        return compile_query(log_format, by=(), option_prefix="--").plan, 0
    refuse_beside_config("log_format")
    from logagent.config import load, source_number  # start-up counts

    plan = load(config)
    return plan, source_number(plan, source)


def refuse_beside_config(*parameters: str) -> None:
    """Refuse options that have no place where a configuration says it all."""
    refuse("--config", *parameters)


def refuse(beside: str, *parameters: str) -> None:
    """Refuse parameters that were given and have no place beside `beside`."""
    for parameter in _given():
        if parameter.name in parameters:
            raise usage_error(f"{_shown(parameter)} and {beside} exclude each other")


def refuse_beside(option: str, *allowed: str) -> None:
    """Refuse all other parameters than the `allowed` ones beside `option`."""
    for parameter in _given():
        if parameter.name not in allowed:
            raise usage_error(f"{_shown(parameter)} and {option} exclude each other")


def refuse_without(option: str, *parameters: str) -> None:
    """Refuse parameters that mean something with `option` only."""
    for parameter in _given():
        if parameter.name in parameters:
            raise usage_error(f"{_shown(parameter)} goes with {option} only")


def _given() -> Iterator[click.Parameter]:
    """The parameters on the command line."""
    context = click.get_current_context()
    for parameter in context.command.params:
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            yield parameter


def _shown(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return parameter.make_metavar(click.get_current_context())
    return max(parameter.opts, key=len)


def usage_error(message: str) -> click.UsageError:
    """A usage error of the command that runs."""
    return click.UsageError(message, click.get_current_context())


def inputs_of(files: Sequence[str]) -> list[str]:
    """The inputs that `files` name; standard input without any, unless a person sits there."""
    if files:
        return list(files)
    if is_terminal(sys.stdin):
        raise usage_error("no FILE given; `-` reads what you type")
    return ["-"]


def write(output: str, lines: Sequence[str]) -> None:
    """Write the lines to the file that `written_option` names."""
    if output == "-":
        write_lines(lines)
    else:
        from pathlib import Path

        Path(output).write_text("\n".join([*lines, ""]))


def thread_count(threads: int) -> int:
    """The number of threads that `--threads` asks for."""
    return threads or len(os.sched_getaffinity(0))


def report_inputs(job: "Job[object]") -> int:
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
