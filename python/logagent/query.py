"""A question about log files, compiled: the plan that `scan` and `parse` hand to the core."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from logagent._core import Plan
from logagent.errors import ArgumentError, ConfigError, Problem

DEFAULT_BY = ("method", "status")
"""What is counted by when nothing is said: enough to see whether requests fail."""

_SERIES_LIMIT = 1_000_000
"""Groups of one count; further ones are counted together."""


class Query(NamedTuple):
    """A compiled question."""

    plan: Plan
    by: tuple[str, ...]
    """The fields whose values make a group."""
    sums: tuple[str, ...]
    """The fields that are added up in each group."""


def compile_query(
    log_format: str,
    *,
    by: Sequence[str] | None = None,
    sums: Sequence[str] = (),
    option_prefix: str = "",
) -> Query:
    """Compile a format and the fields to count by and to add up.

    Without `by` it is `DEFAULT_BY`, or nothing when the format lacks those fields. Raises
    `ArgumentError` with every problem, each naming its argument as `option_prefix` + name.
    """
    sums = _distinct(sums)
    if by is not None:
        by = _distinct(by)
        _refuse_result_names(by, origin=f"{option_prefix}by")
        return Query(_plan(log_format, by, sums, option_prefix), by, sums)
    try:
        return Query(_plan(log_format, DEFAULT_BY, sums, option_prefix), DEFAULT_BY, sums)
    except ArgumentError as error:
        if any(problem.origin != f"{option_prefix}by" for problem in error.problems):
            raise
    return Query(_plan(log_format, (), sums, option_prefix), (), sums)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        names = names.split(",")
    stripped = (name.strip() for name in names)
    return tuple(dict.fromkeys(name for name in stripped if name))


def _refuse_result_names(by: Sequence[str], *, origin: str) -> None:
    for name in by:
        if name == "count" or name.startswith("sum_"):
            raise ArgumentError.of(
                origin,
                f"`{name}` is the name of a column of the result",
                hint="give the field another name in the format",
            )


def _plan(log_format: str, by: Sequence[str], sums: Sequence[str], option_prefix: str) -> Plan:
    """The plan of one nameless source and one counter.

    The core finds problems in lines of a configuration, which are made up here; so each problem is
    told of the argument that its line was made from.
    """
    format_origin = f"{option_prefix}format"
    by_origin = f"{option_prefix}by"
    sum_origin = f"{option_prefix}sum"
    literal, prefix = _toml_literal(_checked(log_format, format_origin))
    table = (
        f"[agent]\nseries_limit = {_SERIES_LIMIT}\n"
        f'[[source]]\nname = "cli"\nformat = {literal}\n'
        f'[[metric]]\nname = "scan"\ntype = "counter"\nseries_limit = {_SERIES_LIMIT}'
    )
    by_line = table.count("\n") + 2
    text = (
        f"{table}\n"
        f"labels = {_toml_strings(by, by_origin)}\n"
        f"sums = {_toml_strings(sums, sum_origin)}\n"
    )
    origins = {by_line: by_origin, by_line + 1: sum_origin}
    try:
        return Plan.from_toml(text, origin="command line")
    except ConfigError as error:
        raise ArgumentError(
            _moved(problem, origins.get(problem.line or 0, format_origin), log_format, prefix)
            for problem in error.problems
        ) from None


def _moved(problem: Problem, origin: str, log_format: str, prefix: int) -> Problem:
    """The same problem in an argument; only a format is long enough to need its text and carets."""
    moved = problem._replace(origin=origin, line=None, text=None)
    if not origin.endswith("format") or problem.column is None:
        return moved
    column = max(problem.column - prefix, 1)
    end_column = (problem.end_column or 0) - prefix
    return moved._replace(text=log_format, column=column, end_column=end_column)


def _toml_literal(text: str) -> tuple[str, int]:
    """`text` as a TOML string, where possible a literal one, so that columns within it stay known.

    Also the columns that stand before it on the line ``format = …``.
    """
    if not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", text):
        for quote in ("'", "'''"):
            if quote not in text and not text.endswith("'"):
                return f"{quote}{text}{quote}", len("format = ") + len(quote)
    return _toml_string(text), len("format = ")


def _toml_strings(values: Sequence[str], origin: str) -> str:
    return "[" + ", ".join(_toml_string(_checked(value, origin)) for value in values) + "]"


def _toml_string(value: str) -> str:
    escaped = re.sub(r'["\\\x00-\x1f\x7f]', lambda match: f"\\u{ord(match[0]):04X}", value)
    return f'"{escaped}"'


def _checked(value: str, origin: str) -> str:
    """`value` if it is Unicode: arguments of a process may hold any bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ArgumentError.of(origin, "the text is not UTF-8") from None
    return value
