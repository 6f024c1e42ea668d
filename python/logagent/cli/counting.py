"""`logagent scan` of files by options: what is counted, and how it is written."""

from __future__ import annotations

import sys

from logagent import job
from logagent._core import Scan
from logagent.cli import options, progress, slots
from logagent.cli.exposition import EXPOSITIONS, write_exposition
from logagent.cli.reading import TABLE_GROUPS
from logagent.cli.terminal import glyphs, is_terminal, painted, say, width, write_lines
from logagent.printable import printable
from logagent.query import compile_query
from logagent.report import table, totals
from logagent.result import ScanResult

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Sequence

    from logagent.cli.reading import Reading
    from logagent.cli.terminal import Colour

_STATUS_COLOURS: dict[str, Colour] = {"4": "yellow", "5": "red"}


def scan(
    files: Sequence[str],
    reading: Reading,
    *,
    log_format: str,
    by: str | None,
    sums: str,
    where: str | None,
    output: str,
    limit: int | None,
) -> int:
    """Count and write; returns the exit code."""
    query = compile_query(
        log_format,
        by=None if by is None else by.split(","),
        sums=sums.split(","),
        where=where,
        option_prefix="--",
    )
    counting = Scan(
        query.plan,
        options.inputs_of(files),
        threads=reading.threads,
        since_ns=reading.since_ns,
        until_ns=reading.until_ns,
        slot_seconds=reading.slot_seconds,
        rejects=reading.rejects,
        mmap=reading.mapped,
    )
    snapshot = job.run(counting, watch=progress.watch)
    reported = (options.report_inputs(counting), slots.report(snapshot, reading.slot_seconds))
    exit_code, by_slot = max(reported), reading.slot_seconds is not None
    if output in EXPOSITIONS:
        write_exposition(snapshot, output, by_slot=by_slot)
        return exit_code
    result = ScanResult(snapshot, by=query.by, sums=query.sums, by_slot=by_slot)
    if limit is None and output == "table":
        limit = TABLE_GROUPS
    if by is None and not query.by:
        say("note", "the format has no method and status; --by names the fields to count by")
    if output == "table" and exit_code and not result.lines:
        return exit_code  # an empty table below the errors would only hide them
    if output == "json":
        _write_json(result, limit or None, reading)
    else:
        _WRITERS[output](result, limit or None)
    if output == "table" and result.rejected and reading.rejects is None:
        say("hint", "logagent explain says why lines are rejected; --rejects FILE keeps them")
    return exit_code


def _write_table(result: ScanResult, limit: int | None) -> None:
    signs = glyphs(sys.stdout)
    columns = result.columns()
    statuses = columns.get("status") or columns.get("status_class")

    def paint(line: str, row: int | None) -> str:
        if row is None:
            return painted(line, "bold", sys.stdout)
        status = statuses[row] if statuses else None
        return painted(line, _STATUS_COLOURS.get((status or " ")[0]), sys.stdout)

    lines = table(result, limit=limit, width=width(sys.stdout), glyphs=signs, paint=paint)
    write_lines([*lines, "", *totals(result, glyphs=signs)])


def _write_json(result: ScanResult, limit: int | None, reading: Reading) -> None:
    import json  # start-up counts

    found = {
        **reading.figures(result),
        "groups": result.to_dicts(limit),
        "rejects": result.rejects,
    }
    # Escapes all but ASCII, so that nothing in a log can play with the terminal; DEL is ASCII.
    text = json.dumps(found, separators=(",", ":"))
    write_lines([text.replace("\x7f", "\\u007f")])


def _write_csv(result: ScanResult, limit: int | None) -> None:
    import csv  # start-up counts

    show = printable if is_terminal(sys.stdout) else str
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(show, result.columns()))
    for row in result.rows(limit):
        writer.writerow("" if cell is None else show(str(cell)) for cell in row)


_WRITERS = {"table": _write_table, "csv": _write_csv}
