"""`logagent formats`: the formats that have a name."""

import json
import sys
from textwrap import wrap

from logagent._core import formats
from logagent.cli.command import arguments, option, takes
from logagent.cli.terminal import painted, width, write_lines
from logagent.errors import ArgumentError
from logagent.printable import printable


@takes(
    option(
        "-o",
        "--output",
        default="text",
        choices=("text", "json"),
        help="How the formats are written.",
    ),
    arguments("names", "NAME", help="The formats that are listed. [default: all]"),
    examples="""\
  logagent formats
  logagent formats haproxy_http
  logagent formats -o json""",
)
def command(*, output: str, names: tuple[str, ...]) -> int:
    """List the formats that have a name: what they are, an example line, and their fields.

    Without NAME, all of them.
    """
    known = {
        name: {"name": name, "description": description, "example": example, "fields": fields}
        for name, description, example, fields in formats()
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ArgumentError.of(
            "NAME", f"there is no format `{unknown[0]}`", hint="logagent formats lists them"
        )
    chosen = [known[name] for name in names] or list(known.values())
    if output == "json":
        for one in chosen:
            write_lines([json.dumps(one, ensure_ascii=False)])
        return 0
    for one in chosen:
        write_lines([painted(str(one["name"]), "bold", sys.stdout)])
        write_lines([_folded(str(one["description"]))])
        # Whole, to be copied: a terminal folds it.
        for line in str(one["example"]).splitlines():
            write_lines([f"  {printable(line)}"])
        write_lines([_folded(f"fields: {', '.join(one['fields'])}"), ""])
    return 0


def _folded(text: str) -> str:
    """The text in lines of the terminal's width; in one line where that is none."""
    columns = width(sys.stdout)
    if columns is None:
        return f"  {text}"
    indent = "  "
    lines = wrap(text, columns, initial_indent=indent, subsequent_indent=indent * 2)
    return "\n".join(lines)
