"""Writes the tables of options into the pages of docs/ that have a place for them.

A place is the lines between `<!-- options: sinks influxdb -->` (group and type) and `<!-- end -->`.
Prints the pages that changed.
"""

import re
import sys
from pathlib import Path

from logagent.extensions import Group, find
from logagent.options import page

_PLACE = re.compile(r"(<!-- options: (\w+) ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_GROUPS = {group.key: group for group in Group}


def filled(text: str) -> str:
    """The text of a page with its tables as the types declare them."""

    def table(match: re.Match[str]) -> str:
        head, group, name, end = match.groups()
        return f"{head}{page(find(_GROUPS[group], name).OPTIONS)}{end}"

    return _PLACE.sub(table, text)


def main() -> None:
    """Fill the pages below the directory that the command line names."""
    for path in sorted(Path(sys.argv[1]).rglob("*.md")):
        text = path.read_text()
        if filled(text) != text:
            path.write_text(filled(text))
            print(path)


if __name__ == "__main__":
    main()
