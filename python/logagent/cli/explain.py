"""`logagent explain`: what becomes of a line, and why lines are refused."""

import json
import sys
from pathlib import Path
from typing import Any

from logagent import job
from logagent._core import Diagnose, Plan
from logagent.cli import options, progress
from logagent.cli.command import arguments, option, takes
from logagent.cli.terminal import glyphs, painted, say, width, write_lines
from logagent.errors import LogagentError
from logagent.explanation import edit_line, lines_of, mismatch_lines, plain
from logagent.table import Column, byte_count, number, render

_SHOWN_GROUPS = 20
_SHOWN_PATTERNS = 10


@takes(
    options.CONFIG,
    options.SOURCE,
    options.FORMAT,
    option(
        "-o",
        "--output",
        default="text",
        choices=("text", "json"),
        help="How the result is written.",
    ),
    options.THREADS,
    arguments(
        "targets", "LINE|FILE|-", help="A line, or files; `-` is standard input, the default."
    ),
    examples="""\
  logagent explain access.log
  logagent explain --format '$remote_addr $status' '192.0.2.1 404'
  tail -n 1 access.log | logagent explain -o json""",
    sees_given=True,
)
def command(
    *,
    config: str | None,
    source: str | None,
    log_format: str,
    output: str,
    threads: int,
    targets: tuple[str, ...],
    given: options.Given,
) -> int:
    """Say what becomes of a line, or why lines are refused.

    Of one line: its fields with their values, the value of each category with the rule that gave
    it, the metrics that it moves; or where it stops matching and what was expected there. Of
    several lines: how many match, and the others grouped by where and why they do not, each group
    with an example. An argument that is no file and holds a space is a LINE.

    Exit code: 0 all lines match, 1 some do not.
    """
    plan, number_of_source = options.plan_of(config, source, log_format, given)
    if line := _line(targets):
        found = _explained(plan, line, number_of_source)
        if found["format"]:
            say("note", f"format {found['format'].partition(' (')[0]}")
        return _write_explanation(found, output)
    diagnosing = Diagnose(
        plan,
        options.inputs_of(targets),
        source=number_of_source,
        threads=options.thread_count(threads),
    )
    counts = job.run(diagnosing, watch=progress.watch)
    exit_code = options.report_inputs(diagnosing)
    first_line = diagnosing.first_line()
    if counts.lines == 1 and first_line is not None:
        found = _explained(plan, first_line, number_of_source)
        return _write_explanation(found, output) or exit_code
    found = {
        "lines": counts.lines,
        "matched": counts.matched,
        "rejected": counts.rejected,
        "groups": diagnosing.groups(),
        "ungrouped": diagnosing.ungrouped,
        "edit": diagnosing.edit(),
        "patterns": diagnosing.patterns(),
    }
    if output == "json":
        _write_json(found)
    elif counts.lines:
        _write_groups(found, counts.bytes)
        if not counts.rejected and first_line is not None:
            write_lines(["", "the first line:"])
            _write_explanation(_explained(plan, first_line, number_of_source), output)
    return 1 if counts.rejected else exit_code


def _line(targets: tuple[str, ...]) -> bytes | None:
    """The argument if it is a line of a log rather than the name of a file."""
    if len(targets) != 1:
        return None
    (target,) = targets
    has_shape_of_a_line = " " in target or "\t" in target or target.startswith("{")
    if not has_shape_of_a_line or Path(target).exists():
        return None
    return target.removesuffix("\n").encode("utf-8", "surrogateescape")


def _explained(plan: Plan, line: bytes, source: int) -> dict[str, Any]:
    try:
        return plan.explain(line, source=source)
    except ValueError as error:
        raise LogagentError(f"this line: {error}") from None


def _write_explanation(found: dict[str, Any], output: str) -> int:
    if output == "json":
        _write_json(found)
    else:
        lines = list(lines_of(found, width=width(sys.stdout), glyphs=glyphs(sys.stdout)))
        write_lines(lines[1:] if lines[:1] == [""] else lines)
    return 0 if found["matched"] else 1


def _write_groups(found: dict[str, Any], byte_total: int) -> None:
    signs = glyphs(sys.stdout)
    counted = ", ".join(
        f"{number(found[name])} {name}" for name in ("lines", "matched", "rejected")
    )
    lines = [f"{counted}{signs.separator}{byte_count(byte_total)}"]
    for group in found["groups"][:_SHOWN_GROUPS]:
        what, *example = mismatch_lines(group, width=width(sys.stdout), glyphs=signs)
        head = f"{number(group['count'])} {group['reason']}, as at {what}"
        lines += ["", painted(head, "bold", sys.stdout), *example]
        if group["fits"]:
            lines.append(f"the line looks like: {group['fits']}")
    hidden = found["groups"][_SHOWN_GROUPS:]
    rest = found["ungrouped"] + sum(group["count"] for group in hidden)
    if rest:
        lines += ["", f"{signs.ellipsis} {number(rest)} more lines in other groups"]
    lines += _pattern_lines(found)
    if found["edit"]:
        lines += ["", edit_line(found["edit"])]
    write_lines(lines)


def _pattern_lines(found: dict[str, Any]) -> list[str]:
    """What refused lines look like, where they are more than one."""
    patterns = found["patterns"][:_SHOWN_PATTERNS]
    if found["rejected"] <= 1 or not patterns:
        return []
    heading = [
        Column("lines", "number"),
        Column("share", "number"),
        Column("rejected lines by pattern"),
    ]
    rows = [
        [number(one["count"]), f"{one['count'] / found['rejected']:.1%}", one["pattern"]]
        for one in patterns
    ]
    here = sys.stdout
    return ["", *render(heading, rows, totals=None, width=width(here), glyphs=glyphs(here))]


def _write_json(found: dict[str, Any]) -> None:
    # As in `scan`: nothing in a log can play with the terminal.
    text = json.dumps(plain(found), separators=(",", ":"))
    write_lines([text.replace("\x7f", "\\u007f")])
