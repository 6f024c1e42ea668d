"""`logagent replay`: the alerts of old logs."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from logagent.cli import configured, options
from logagent.cli.command import option, takes
from logagent.cli.reading import Reading
from logagent.cli.terminal import glyphs, painted, say, width, write_lines
from logagent.config import load
from logagent.instants import window_ns
from logagent.printable import printable
from logagent.table import Column, render

if TYPE_CHECKING:
    from logagent.cli.terminal import Colour

_PHASES: dict[str, tuple[str, "Colour | None"]] = {
    "open": ("firing", "red"),
    "update": ("still firing", "yellow"),
    "close": ("recovered", None),
}


@takes(
    options.CONFIG,
    options.SOURCE,
    option(
        "--checker",
        name="names",
        metavar="NAME",
        many=True,
        help="Only this [[checker]]; repeatable.",
    ),
    option("--since", metavar="TIME", help="Only lines of this instant and later."),
    option("--until", metavar="TIME", help="Only lines before it; as for `scan`."),
    option(
        "-o",
        "--output",
        default="table",
        choices=("table", "json"),
        help="How the result is written.",
    ),
    options.THREADS,
    options.FILES,
    examples="""\
  logagent replay -c config.toml access.log
  logagent replay -c config.toml 'access.log*'
  logagent replay -c config.toml --checker busy --since 2026-11-21 -o json access.log""",
)
def command(
    *,
    config: str | None,
    source: str | None,
    names: tuple[str, ...],
    since: str | None,
    until: str | None,
    output: str,
    threads: int,
    files: tuple[str, ...],
) -> int:
    """Say what the checkers of a configuration find in old logs.

    Alerts and recoveries come at the instants at which they came, or would have come, when the
    lines were written. Try a threshold so before it wakes somebody. Without a FILE the sources read
    their own. A line that matches no format counts at the time of the line before it.
    """
    if config is None:
        raise options.usage_error("name the configuration with -c")
    from logagent.checkers import Panel
    from logagent.checkers.replay import replay
    from logagent.cli.spool import FileSpool
    from logagent.extensions import Group, declared

    since_ns, until_ns = window_ns(since, until)
    plan = load(config)
    described = plan.describe()
    slot_seconds = int(described["agent"]["slot_seconds"])
    reading = Reading(
        threads=options.thread_count(threads),
        since_ns=since_ns,
        until_ns=until_ns,
        rejects=None,
        slot_seconds=slot_seconds,
        mapped=True,
    )
    checkers = declared(described)[0][Group.CHECKERS]
    _check_names(names, [one.name for one in checkers])
    panel = Panel([one for one in checkers if not names or one.name in names], plan)
    sources = configured.chosen_sources(plan, source, files)
    is_spooled = bool(panel.wishes or panel.wants_lines)
    if is_spooled and "-" in files:
        raise options.usage_error(
            "a checker that wants lines reads them twice, and standard input cannot be: name a file"
        )
    snapshot, exit_code = configured.count(plan, sources, files or None, reading)
    with FileSpool(panel, slot_seconds) as spool:
        for number in sources if is_spooled else ():
            spool.read(plan, number, files or None, reading)  # `count` has told what cannot be
        found = [noted.plain() for noted in replay(panel, snapshot, slot_seconds, spool)]
    notes = snapshot.slot_notes()
    for key, what in (("without_time", "have no time"), ("beyond_limit", "are too many to replay")):
        if notes[key]:
            say("note", f"{notes[key]} records {what} and are left out")
    if output == "json":
        content = {**reading.figures(snapshot), "findings": found}
        # In ASCII, so that nothing in a log can play with the terminal; DEL is ASCII.
        write_lines([json.dumps(content, separators=(",", ":")).replace("\x7f", "\\u007f")])
    else:
        _write_table(found)
    return max(exit_code, 1 if panel.failures else 0)


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    if not known:
        raise options.usage_error("the configuration has no [[checker]]")
    for name in names:
        if name not in known:
            raise options.usage_error(f"there is no checker `{name}`; there is: {', '.join(known)}")


def _write_table(found: Sequence[dict[str, object]]) -> None:
    if not found:
        write_lines(["nothing was found"])
        return
    rows = [
        [
            str(one["event_time"]),
            printable(str(one["checker"])),
            _PHASES[str(one["phase"])][0],
            printable(str(one["summary"])),
        ]
        for one in found
    ]

    def paint(line: str, row: int | None) -> str:
        if row is None:
            return painted(line, "bold", sys.stdout)
        return painted(line, _PHASES[str(found[row]["phase"])][1], sys.stdout)

    heading = [Column("time"), Column("checker"), Column(""), Column("what")]
    lines = render(
        heading, rows, totals=None, width=width(sys.stdout), glyphs=glyphs(sys.stdout), paint=paint
    )
    write_lines(lines)
