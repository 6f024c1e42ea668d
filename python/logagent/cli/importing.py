"""`logagent import`: the rules of other tools as a configuration."""

import sys
from typing import TYPE_CHECKING

from logagent import config
from logagent.cli.command import Command, argument, option, takes
from logagent.cli.terminal import say, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from logagent.importers.imported import Imported

_FILE = argument(
    "file", "FILE|-", is_required=True, help="The other tool's file; `-` is standard input."
)


@takes(
    _FILE,
    examples="""\
  logagent import edgesense mapping.csv""",
)
def _edgesense(*, file: str) -> int:
    """Import edgesense's mapping of URLs, a CSV file with the header Id,Regex,Rank."""
    from logagent.importers.edgesense import import_mapping

    return _write(file, import_mapping)


@takes(
    option(
        "--option-map",
        metavar="NAME=MEANING",
        many=True,
        help="What an option of the loader means: log, state, job, influx-url, influx-database or"
        " ignored. May be given several times.",
    ),
    _FILE,
    examples="""\
  logagent import multibrain multibrain.json
  logagent import multibrain --option-map --file=log --option-map --name=job sites.json""",
)
def _multibrain(*, file: str, option_map: tuple[str, ...]) -> int:
    """Import the pipelines of Loway's loader, a JSON array of command lines.

    --log, --brain, --job, --influx and --db are known; --option-map names others.
    """
    from logagent.importers.multibrain import import_multibrain, option_table

    options = option_table(option_map)
    return _write(file, lambda text, origin: import_multibrain(text, origin, options))


@takes(
    _FILE,
    examples="""\
  logagent import mtail requests.mtail""",
)
def _mtail(*, file: str) -> int:
    """Import an mtail program: its pattern, and the metrics that this moves."""
    from logagent.importers.mtail import import_program

    return _write(file, import_program)


@takes(
    _FILE,
    examples="""\
  logagent import nginxlog-exporter exporter.yaml""",
)
def _nginxlog_exporter(*, file: str) -> int:
    """Import the YAML configuration of prometheus-nginxlog-exporter."""
    from logagent.importers.nginxlog_exporter import import_exporter

    return _write(file, import_exporter)


def _write(file: str, convert: "Callable[[str, str], Imported]") -> int:
    """Convert a file, write the result, and say what was left out; returns the exit code."""
    text = sys.stdin.read() if file == "-" else config.read_text(file)
    imported = convert(text, file)
    write_lines(imported.toml.splitlines())
    for problem in imported.left_out:
        say("note", problem.render())
    return 1 if imported.left_out else 0


command = Command(
    """Turn the rules of another tool into a configuration, on standard output.

    What has no counterpart is named on standard error, with its line and the reason.

    Exit code: 0 all was imported, 1 something was left out.
    """,
    commands=[
        ("edgesense", _edgesense),
        ("multibrain", _multibrain),
        ("mtail", _mtail),
        ("nginxlog-exporter", _nginxlog_exporter),
    ],
    examples="""\
  logagent import edgesense mapping.csv
  logagent import multibrain multibrain.json
  logagent import mtail requests.mtail""",
)
