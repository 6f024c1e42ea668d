"""`logagent scan`: count once."""

import time
from collections.abc import Sequence

import click

from logagent.cli import options, slots
from logagent.cli.reading import TABLE_GROUPS, Reading
from logagent.instants import duration_s, instant_ns


@click.command(
    "scan",
    short_help="Count the lines of log files in groups.",
    epilog="""\b
Examples:
  logagent scan access.log
  logagent scan --by status_class,section --sum bytes --limit 10 access.log
  logagent scan --format '$remote_addr $remote_user [$time_local] "$request" $status' timed.log
  logagent scan --since -1h --by path -o json access.log
  logagent scan --rejects refused.log -j 2 'access*.log'
  logagent scan --where 'status >= 500' --by path access.log
  logagent scan -c config.toml -o json access.log
  logagent scan -c config.toml --slot 1m -o openmetrics 'access.log*' >history.om
  logagent scan -c config.toml --incremental      # what is new, to the sinks: for cron""",
)
@click.option(
    "-c",
    "--config",
    "configs",
    multiple=True,
    metavar="CONFIG",
    help="The configuration file, instead of --format; several with --incremental.",
)
@options.source_option
@options.format_option
@click.option(
    "--by",
    metavar="FIELD,...",
    help="Count by these fields; '' counts all together. [default: method,status]",
)
@click.option(
    "--sum", "sums", default="", metavar="FIELD,...", help="Add up these fields, as `bytes`."
)
@click.option(
    "--where",
    metavar="CONDITION",
    help="Only lines that this CEL condition holds for, as `status >= 500`.",
)
@click.option("--since", metavar="TIME", help="Only lines of this instant and later.")
@click.option(
    "--until",
    metavar="TIME",
    help="Only lines before it: 2026-11-21, 2026-11-21T10:00:00Z, Unix seconds, or -90m. Local time"
    " unless it names a zone.",
)
@slots.slot_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="Show the N largest groups; 0: all. Totals are not touched."
    f" [default: {TABLE_GROUPS} in a table, else all]",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "csv", "prometheus", "openmetrics", "influx"]),
    default="table",
    show_default=True,
    help="How the result is written.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False),
    help="Write the lines that do not match to this file.",
)
@options.threads_option
@click.option(
    "--no-mmap",
    "mapped",
    flag_value=False,
    default=True,
    help="Read files without mapping them, as on a network file system.",
)
@click.option(
    "--incremental",
    is_flag=True,
    help="Count what came since the last run into the state of the configuration, hand it to its"
    " sinks, and end.",
)
@click.option(
    "--wait",
    default="0s",
    metavar="DURATION",
    help="How long another incremental run may go on before this one gives up. [default: 0s]",
)
@options.files_argument
def command(  # noqa: PLR0913 - an argument for each option
    *,
    configs: tuple[str, ...],
    source: str | None,
    log_format: str,
    by: str | None,
    sums: str,
    where: str | None,
    since: str | None,
    until: str | None,
    slot: str | None,
    limit: int | None,
    output: str,
    rejects: str | None,
    threads: int,
    mapped: bool,
    incremental: bool,
    wait: str,
    files: tuple[str, ...],
) -> int:
    """Count the lines of log files in groups.

    FILE may be a glob, a .gz or .zst file, or `-` for standard input. A line counts only if the
    format matches it whole; the others are counted by the reason why not. Without --by, lines are
    counted by method and status, which is enough to see whether requests fail.

    With --incremental the exit code is 1 if a far end did not take everything: the next run sends
    what is left.
    """
    if incremental:
        return _count_new(configs, wait)
    config = _only(configs)
    now_ns = time.time_ns()
    reading = Reading(
        threads=options.thread_count(threads),
        since_ns=None if since is None else instant_ns(since, now_ns=now_ns, origin="--since"),
        until_ns=None if until is None else instant_ns(until, now_ns=now_ns, origin="--until"),
        rejects=rejects,
        slot_seconds=slots.seconds_of(slot, output=output, by=by),
        mapped=mapped,
    )
    if config is not None:
        options.refuse_beside_config("log_format", "by", "sums", "where")
        from logagent.cli import configured

        return configured.scan(
            config, source=source, files=files, reading=reading, output=output, limit=limit
        )
    if source is not None:
        raise options.usage_error("--source is a name of a configuration; give it with -c")
    from logagent.cli import counting

    return counting.scan(
        files,
        reading,
        log_format=log_format,
        by=by,
        sums=sums,
        where=where,
        output=output,
        limit=limit,
    )


def _count_new(configs: Sequence[str], wait: str) -> int:
    """`scan --incremental`; returns the exit code."""
    options.refuse_beside("--incremental", "configs", "incremental", "wait")
    if not configs:
        raise options.usage_error("--incremental needs a configuration; name it with -c")
    from logagent.cli import incremental

    return incremental.run(configs, wait_seconds=duration_s(wait, origin="--wait"))


def _only(configs: Sequence[str]) -> str | None:
    """The one configuration that a scan may have."""
    options.refuse_without("--incremental", "wait")
    if len(configs) > 1:
        raise options.usage_error("several configurations go with --incremental only")
    return configs[0] if configs else None
