"""`logagent scan -c`: all metrics of a configuration, once."""

import sys
from collections.abc import Sequence

from logagent import job
from logagent._core import Plan, Scan, Snapshot
from logagent.cli import options, progress, slots
from logagent.cli.exposition import EXPOSITIONS, write_exposition
from logagent.cli.reading import Reading
from logagent.cli.terminal import glyphs, is_terminal, painted, say, width, write_lines
from logagent.config import load, source_number
from logagent.families import Family, families_of
from logagent.printable import printable
from logagent.report import totals
from logagent.table import Column, number, render

_TABLE_SERIES = 30


def scan(
    config: str,
    *,
    source: str | None,
    files: Sequence[str],
    reading: Reading,
    output: str,
    limit: int | None,
) -> int:
    """Count by the configuration and write the result; returns the exit code.

    `files` are of the source of this name, or the first one; without files every source (or the one
    named) reads its own.
    """
    plan = load(config)
    chosen = chosen_sources(plan, source, files)
    if reading.rejects is not None and len(chosen) > 1:
        raise options.usage_error("--rejects is of one source; name it with --source")
    if "-" in files and any(one["mined"] for one in plan.describe()["categories"]):
        raise options.usage_error(
            "groups of paths are learnt before lines are counted, and standard input cannot be read"
            " twice: name a file"
        )
    snapshot, exit_code = count(plan, chosen, files or None, reading)
    exit_code = max(exit_code, slots.report(snapshot, reading.slot_seconds))
    by_slot = reading.slot_seconds is not None
    if output in EXPOSITIONS:
        write_exposition(snapshot, output, by_slot=by_slot)
        return exit_code
    if output == "table" and exit_code and not snapshot.lines:
        return exit_code  # empty tables below the errors would only hide them
    families = families_of(plan, snapshot, by_slot=by_slot)
    if output == "json":
        _write_json(families, snapshot, limit or None, reading)
    elif output == "csv":
        _write_csv(families, limit or None)
    else:
        shown = _TABLE_SERIES if limit is None else limit or None
        _write_tables(families, snapshot, shown)
    return exit_code


def chosen_sources(plan: Plan, source: str | None, files: Sequence[str]) -> list[int]:
    """The numbers of the sources that are read: the one of this name, or all that name paths.

    Files are of the first one if none is named.
    """
    number_of_source = source_number(plan, source)
    described = plan.describe()["sources"]
    if files or source is not None:
        chosen = [number_of_source]
    else:
        chosen = [i for i, one in enumerate(described) if one["paths"]]
    unread = [one for one in described if one["type"] != "files" and not files]
    if not files and not any(described[i]["paths"] for i in chosen):
        message = "no source of the configuration names paths; give a FILE"
        if unread:
            message += f", or --incremental to read `{unread[0]['name']}` ({unread[0]['type']})"
        raise options.usage_error(message)
    for one in unread if source is None else ():
        text = (
            f"source {one['name']} ({one['type']}) is not read here, but by --incremental and run"
        )
        say("note", printable(text))
    return chosen


def count(
    plan: Plan, sources: Sequence[int], files: Sequence[str] | None, reading: Reading
) -> tuple[Snapshot, int]:
    """What the sources' files come to, and the exit code."""
    total: Snapshot | None = None
    exit_code = 0
    for source in sources:
        counting = Scan(
            plan,
            files,
            source=source,
            threads=reading.threads,
            since_ns=reading.since_ns,
            until_ns=reading.until_ns,
            slot_seconds=reading.slot_seconds,
            rejects=reading.rejects,
            mmap=reading.mapped,
        )
        snapshot = job.run(counting, watch=progress.watch)
        exit_code = max(exit_code, options.report_inputs(counting))
        if total is None:
            total = snapshot
        else:
            total.merge(snapshot)
    if total is None:
        raise ValueError("a scan has at least one source")
    return total, exit_code


def _write_tables(families: Sequence[Family], snapshot: Snapshot, limit: int | None) -> None:
    signs = glyphs(sys.stdout)
    for family in families:
        heading = [
            *([Column("slot")] if family.slots is not None else ()),
            *(Column(name) for name in family.labels),
            *(Column(name, "number") for name in family.values),
        ]
        rows = [
            [
                *([row["slot"]] if "slot" in row else ()),
                *("-" if label is None else label for label in row["labels"].values()),
                *(_cell(row[name]) for name in family.values),
            ]
            for row in family.rows(limit)
        ]
        title = f"{printable(family.name)} ({family.type})"
        write_lines([painted(title, "bold", sys.stdout)])
        write_lines(render(heading, rows, totals=None, width=width(sys.stdout), glyphs=signs))
        if len(rows) < len(family):
            write_lines([f"{signs.ellipsis} {number(len(family) - len(rows))} more series"])
        write_lines([""])
    write_lines(totals(snapshot, glyphs=signs))


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case int() | float():
            return number(value)
        case list():
            # The most frequent texts: (text, count, error).
            return ", ".join(f"{text} ({number(count)})" for text, count, *_ in value)
    return str(value)


def _write_json(
    families: Sequence[Family], snapshot: Snapshot, limit: int | None, reading: Reading
) -> None:
    import json  # start-up counts

    found = {
        **reading.figures(snapshot),
        "metrics": [
            {"name": family.name, "type": family.type, "series": list(family.rows(limit))}
            for family in families
        ],
        "rejects": snapshot.rejects,
    }
    # As in `scan --by`: nothing in a log can play with the terminal.
    text = json.dumps(found, separators=(",", ":"))
    write_lines([text.replace("\x7f", "\\u007f")])


def _write_csv(families: Sequence[Family], limit: int | None) -> None:
    """One table: the columns of all metrics, empty where a metric has none."""
    import csv  # start-up counts

    show = printable if is_terminal(sys.stdout) else str
    labels = list(dict.fromkeys(name for family in families for name in family.labels))
    values = list(dict.fromkeys(name for family in families for name in family.values))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    slot = ["slot"] if any(family.slots is not None for family in families) else []
    writer.writerow(map(show, ["metric", *slot, *labels, *values]))
    for family in families:
        for row in family.rows(limit):
            cells = [
                family.name,
                *map(row.get, slot),
                *map(row["labels"].get, labels),
                *map(row.get, values),
            ]
            writer.writerow("" if cell is None else show(_plain(cell)) for cell in cells)


def _plain(cell: object) -> str:
    """A cell as text; the most frequent texts, which are a list, as JSON."""
    if not isinstance(cell, list):
        return str(cell)
    import json  # start-up counts

    return json.dumps(cell, ensure_ascii=False)
