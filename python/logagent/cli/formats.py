"""`logagent formats`: the formats that have a name."""

import json
import sys
from textwrap import wrap

import click

from logagent._core import formats
from logagent.cli.terminal import width
from logagent.errors import ArgumentError
from logagent.printable import printable


@click.command(
    "formats",
    short_help="List the named formats, with an example and the fields of each.",
    epilog="""\b
Examples:
  logagent formats
  logagent formats haproxy_http
  logagent formats -o json""",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the formats are written.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
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
            click.echo(json.dumps(one, ensure_ascii=False))
        return 0
    for one in chosen:
        click.secho(str(one["name"]), bold=True)
        click.echo(_folded(str(one["description"])))
        # Whole, to be copied: a terminal folds it.
        for line in str(one["example"]).splitlines():
            click.echo(f"  {printable(line)}")
        click.echo(_folded(f"fields: {', '.join(one['fields'])}") + "\n")
    return 0


def _folded(text: str) -> str:
    """The text in lines of the terminal's width; in one line where that is none."""
    columns = width(sys.stdout)
    if columns is None:
        return f"  {text}"
    indent = "  "
    lines = wrap(text, columns, initial_indent=indent, subsequent_indent=indent * 2)
    return "\n".join(lines)
