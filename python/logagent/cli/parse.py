"""`logagent parse`: each line as a line of JSON."""

import sys

from logagent import job
from logagent._core import Parse
from logagent.cli import options, progress
from logagent.cli.command import option, takes
from logagent.cli.terminal import is_terminal
from logagent.query import compile_query


@takes(
    options.FORMAT,
    option(
        "-o",
        "--output",
        name="_output",
        default="jsonl",
        choices=("jsonl",),
        help="How the lines are written.",
    ),
    option(
        "--schema",
        default="own",
        choices=("own", "ecs", "otel"),
        help="Whose names fields have: ours, the Elastic Common Schema's, OpenTelemetry's.",
    ),
    option(
        "--year",
        metavar="YEAR",
        within=(1970, 9999),
        help="The year of times that are logged without one. [default: this year]",
    ),
    options.THREADS,
    options.FILES,
    examples="""\
  logagent parse access.log
  tail -n 2 access.log | logagent parse --format combined
  logagent parse --format 'regex:^(?P<remote_addr>[^ ]+) (?P<rest>.*)$' access.log""",
)
def command(
    *,
    log_format: str,
    _output: str,
    schema: str,
    year: int | None,
    threads: int,
    files: tuple[str, ...],
) -> int:
    """Turn each log line into a line of JSON, in order.

    A line that matches becomes {"matched":true,"fields":{…}}, with numbers as numbers, durations
    in seconds (in ECS: nanoseconds) and time in UTC; any other one becomes {"matched":false,…} with
    the reason, the column where it left the format and what was expected there. Without FILE,
    standard input is read.
    """
    query = compile_query(log_format, by=(), option_prefix="--")
    sys.stdout.flush()
    parsing = Parse(
        query.plan,
        options.inputs_of(files),
        output_fd=sys.stdout.fileno(),
        threads=options.thread_count(threads),
        schema=schema,
        year=year,
    )
    # A bar between the lines on the same terminal would only disturb.
    job.run(parsing, watch=None if is_terminal(sys.stdout) else progress.watch)
    return options.report_inputs(parsing)
