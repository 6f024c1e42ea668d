"""Imports edgesense's mapping of URLs: a CSV file with the header `Id,Regex,Rank`."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from logagent.importers.imported import Import, Imported, name_template, regex_fault, unreadable

_HEADER = ("id", "regex", "rank")
_MATCHES_ALL = frozenset({"(.*)", ".*", "^(.*)$", "^.*$", "^(.*)", "^.*"})


class _Mapping(NamedTuple):
    name: str
    regex: str
    rank: float
    line: int


def import_mapping(text: str, origin: str) -> Imported:
    """A category `url_group` with a rule for each row, by ascending rank.

    There a mapping that matches anywhere in the path wins, the lowest rank first, as rules do here.
    Raises `ConfigError` when `text` is no such table.
    """
    result = Import(origin)
    rules: list[_Mapping] = []
    default: _Mapping | None = None
    for mapping in sorted(_rows(text, origin, result), key=lambda one: one.rank):
        if default is not None:
            result.leave_out(
                f"`{mapping.name}` can never win: `{default.name}` matches all paths before it",
                line=mapping.line,
            )
        elif mapping.regex in _MATCHES_ALL:
            # The default takes absent paths too, as the loader of edgesense did.
            default = mapping
        elif fault := regex_fault(mapping.regex):
            result.leave_out(f"`{mapping.name}`: {fault}", line=mapping.line, text=mapping.regex)
        else:
            rules.append(mapping)
    document = result.document
    document.note(f"Imported from {origin}: edgesense's mapping, by ascending rank.")
    document.table("categories", "url_group")
    document.set("on", "path")
    document.set_list(
        "rules",
        [
            ({"name": name_template(rule.name), "regex": rule.regex}, f"rank {rule.rank:g}")
            for rule in rules
        ],
    )
    if default is not None:
        document.set("default", name_template(default.name), note=f"rank {default.rank:g}")
    return result.finish()


def _rows(text: str, origin: str, result: Import) -> Iterator[_Mapping]:
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = [name.strip().lower() for name in next(rows, [])]
    if sorted(header) != sorted(_HEADER):
        raise unreadable(origin, "the first line has to be the header Id,Regex,Rank", line=1)
    places = [header.index(name) for name in _HEADER]
    for row in rows:
        line = rows.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            message = f"{len(row)} cells instead of {len(header)}; quote a regex that has commas"
            result.leave_out(message, line=line, text=",".join(row))
            continue
        name, regex, rank = (row[place] for place in places)
        try:
            yield _Mapping(name.strip(), regex, float(rank), line)
        except ValueError:
            result.leave_out(f"the rank `{rank}` is not a number", line=line, text=",".join(row))
