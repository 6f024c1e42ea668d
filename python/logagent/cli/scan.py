"""`logagent scan`: count once."""

from __future__ import annotations

from logagent.cli import options, slots
from logagent.cli.command import flag, option, takes
from logagent.cli.reading import TABLE_GROUPS, Reading

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Sequence


@takes(
    option(
        "-c",
        "--config",
        name="configs",
        metavar="CONFIG",
        many=True,
        help="The configuration file, instead of --format; several with --incremental.",
    ),
    options.SOURCE,
    options.FORMAT,
    option(
        "--by",
        metavar="FIELD,...",
        help="Count by these fields; '' counts all together. [default: method,status]",
    ),
    option(
        "--sum",
        name="sums",
        metavar="FIELD,...",
        default="",
        help="Add up these fields, as `bytes`.",
    ),
    option(
        "--where",
        metavar="CONDITION",
        help="Only lines that this CEL condition holds for, as `status >= 500`.",
    ),
    option("--since", metavar="TIME", help="Only lines of this instant and later."),
    option(
        "--until",
        metavar="TIME",
        help="Only lines before it: 2026-11-21, 2026-11-21T10:00:00Z, Unix seconds, or -90m. Local"
        " time unless it names a zone.",
    ),
    slots.SLOT,
    option(
        "--limit",
        metavar="N",
        within=(0, None),
        help="Show the N largest groups; 0: all. Totals are not touched."
        f" [default: {TABLE_GROUPS} in a table, else all]",
    ),
    option(
        "-o",
        "--output",
        default="table",
        choices=("table", "json", "csv", "prometheus", "openmetrics", "influx"),
        help="How the result is written.",
    ),
    option("--rejects", metavar="FILE", help="Write the lines that do not match to this file."),
    options.THREADS,
    flag("--no-mmap", help="Read files without mapping them, as on a network file system."),
    flag(
        "--incremental",
        help="Count what came since the last run into the state of the configuration, hand it to"
        " its sinks, and end.",
    ),
    option(
        "--wait",
        metavar="DURATION",
        default="0s",
        help="How long another incremental run may go on before this one gives up.",
    ),
    options.FILES,
    examples="""\
  logagent scan access.log
  logagent scan --by status_class,section --sum bytes --limit 10 access.log
  logagent scan --format '$remote_addr $remote_user [$time_local] "$request" $status' timed.log
  logagent scan --since -1h --by path -o json access.log
  logagent scan --rejects refused.log -j 2 'access*.log'
  logagent scan --where 'status >= 500' --by path access.log
  logagent scan -c config.toml -o json access.log
  logagent scan -c config.toml --slot 1m -o openmetrics 'access.log*' >history.om
  logagent scan -c config.toml --incremental      # what is new, to the sinks: for cron""",
    sees_given=True,
)
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
    no_mmap: bool,
    incremental: bool,
    wait: str,
    files: tuple[str, ...],
    given: options.Given,
) -> int:
    """Count the lines of log files in groups.

    FILE may be a glob, a .gz or .zst file, or `-` for standard input. A line counts only if the
    format matches it whole; the others are counted by the reason why not. Without --by, lines are
    counted by method and status, which is enough to see whether requests fail.

    With --incremental the exit code is 1 if a far end did not take everything: the next run sends
    what is left.
    """
    if incremental:
        return _count_new(configs, wait, given)
    config = _only(configs, given)
    since_ns, until_ns = _window(since, until)
    reading = Reading(
        threads=options.thread_count(threads),
        since_ns=since_ns,
        until_ns=until_ns,
        rejects=rejects,
        slot_seconds=slots.seconds_of(slot, output=output, by=by),
        mapped=not no_mmap,
    )
    if config is not None:
        given.refuse_beside_config("log_format", "by", "sums", "where")
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


def _window(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """The instants that the options name, in Unix nanoseconds."""
    if since is None and until is None:
        return None, None
    from logagent.instants import window_ns

    return window_ns(since, until)


def _count_new(configs: Sequence[str], wait: str, given: options.Given) -> int:
    """`scan --incremental`; returns the exit code."""
    given.refuse_others("--incremental", "configs", "incremental", "wait")
    if not configs:
        raise options.usage_error("--incremental needs a configuration; name it with -c")
    from logagent.cli import incremental
    from logagent.instants import duration_s

    return incremental.run(configs, wait_seconds=duration_s(wait, origin="--wait"))


def _only(configs: Sequence[str], given: options.Given) -> str | None:
    """The one configuration that a scan may have."""
    given.refuse_without("--incremental", "wait")
    if len(configs) > 1:
        raise options.usage_error("several configurations go with --incremental only")
    return configs[0] if configs else None
