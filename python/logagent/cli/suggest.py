"""`logagent suggest`: a configuration from a sample of logs."""

import os

from logagent.cli import options
from logagent.cli.command import option, takes
from logagent.cli.terminal import say, write_lines
from logagent.errors import LogagentError


@takes(
    options.FORMAT,
    option(
        "-o",
        "--output",
        default="-",
        metavar="FILE",
        help="A new file; `-` is standard output, the default.",
    ),
    options.FILES,
    examples="""\
  logagent suggest access.log
  logagent suggest -o proposed.toml access.log
  logagent suggest --format combined access.log""",
)
def command(*, log_format: str, output: str, files: tuple[str, ...]) -> int:
    """Propose a configuration from a sample of logs.

    Some megabytes of the beginning and end of each FILE are read: their format is detected, the
    URLs are put into at most 20 groups, monitoring and crawlers are told apart from customers, and
    metrics with few label values are chosen. Comments give the share of each rule. The same files
    give the same proposal.
    """
    from logagent.suggest import propose, read_sample

    sample = read_sample(options.inputs_of(files), log_format)
    for path, what in sample.errors:
        say("error", f"{path}: {what}")
    text = propose(sample, log_format)
    if output == "-":
        write_lines(text.splitlines())
    else:
        _write_new(output, text)
    return 1 if sample.errors else 0


def _write_new(path: str, text: str) -> None:
    """Write a file that is not there yet: a proposal never replaces a configuration."""
    try:
        with open(path, "x", encoding="utf-8") as file:  # noqa: PTH123 - mode `x` says it best
            file.write(text)
    except FileExistsError:
        raise LogagentError(
            f"{os.fsdecode(path)}: is there already", hint="name a new file with -o"
        ) from None
