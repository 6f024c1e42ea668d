"""A question about log files, compiled: the plan that `scan` and `parse` hand to the core."""

from __future__ import annotations

from logagent import toml
from logagent._core import Plan

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from logagent.errors import Problem

DEFAULT_BY = ("method", "status")
"""What is counted by when nothing is said: enough to see whether requests fail."""

_SERIES_LIMIT = 1_000_000
"""Groups of one count; further ones are counted together."""


METRIC = "log_lines_total"
"""The name of what is counted, for those outputs that show one."""


class Query:
    """A compiled question."""

    def __init__(self, plan: Plan, by: tuple[str, ...], sums: tuple[str, ...]) -> None:
        self.plan = plan
        self.by = by
        """The fields whose values make a group."""
        self.sums = sums
        """The fields that are added up in each group."""


def compile_query(
    log_format: str,
    *,
    by: Sequence[str] | None = None,
    sums: Sequence[str] = (),
    where: str | None = None,
    option_prefix: str = "",
) -> Query:
    """Compile a format, the fields to count by and to add up, and a condition on records.

    Without `by` it is `DEFAULT_BY`, or nothing when the format lacks those fields. Raises
    `ArgumentError` with every problem, each naming its argument as `option_prefix` + name.
    """
    sums = _distinct(sums)

    def query(by: tuple[str, ...]) -> Query:
        return Query(_plan(log_format, by, sums, where, option_prefix), by, sums)

    if by is not None:
        by = _distinct(by)
        _refuse_result_names(by, origin=f"{option_prefix}by")
        return query(by)
    try:
        return query(DEFAULT_BY)
    except _errors().ArgumentError as error:
        if any(problem.origin != f"{option_prefix}by" for problem in error.problems):
            raise
    return query(())


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        names = names.split(",")
    stripped = (name.strip() for name in names)
    return tuple(dict.fromkeys(name for name in stripped if name))


def _refuse_result_names(by: Sequence[str], *, origin: str) -> None:
    for name in by:
        if name == "count" or name.startswith("sum_"):
            raise _errors().ArgumentError.of(
                origin,
                f"`{name}` is the name of a column of the result",
                hint="give the field another name in the format",
            )


def _plan(
    log_format: str,
    by: Sequence[str],
    sums: Sequence[str],
    where: str | None,
    option_prefix: str,
) -> Plan:
    """The plan of one nameless source and one counter.

    The core finds problems in lines of a configuration, which are made up here; so each problem is
    told of the argument that its line was made from.
    """
    made = [
        _Made("[agent]"),
        _Made(f"series_limit = {_SERIES_LIMIT}"),
        _Made("[[source]]"),
        _Made('name = "cli"'),
        _Made.of_text("format", log_format, f"{option_prefix}format"),
        _Made("[[metric]]"),
        _Made(f'name = "{METRIC}"'),
        _Made('type = "counter"'),
        _Made(f"series_limit = {_SERIES_LIMIT}"),
        _Made.of_names("labels", by, f"{option_prefix}by"),
        _Made.of_names("sums", sums, f"{option_prefix}sum"),
    ]
    if where is not None:
        made.append(_Made.of_text("when", where, f"{option_prefix}where"))
    try:
        return Plan.from_toml("\n".join(line.toml for line in made), origin="command line")
    except _errors().ConfigError as error:
        raise _errors().ArgumentError(
            _moved(problem, made[(problem.line or 1) - 1], f"{option_prefix}format")
            for problem in error.problems
        ) from None


class _Made:
    """A line of a made-up configuration, and the argument that it was made from."""

    def __init__(
        self, toml: str, origin: str | None = None, text: str | None = None, prefix: int = 0
    ) -> None:
        self.toml = toml
        self.origin = origin
        self.text = text
        """The argument, where it is long enough for its problems to need text and carets."""
        self.prefix = prefix
        """The columns that stand before the argument on the line."""

    @classmethod
    def of_text(cls, key: str, text: str, origin: str) -> _Made:
        # As a literal, where that can be, so that columns within the text stay known.
        literal = toml.literal(_checked(text, origin))
        quotes = 0 if literal is None else (len(literal) - len(text)) // 2
        line = f"{key} = {literal or toml.basic(text)}"
        return cls(line, origin, text, len(f"{key} = ") + quotes)

    @classmethod
    def of_names(cls, key: str, names: Sequence[str], origin: str) -> _Made:
        return cls(f"{key} = {toml.value([_checked(name, origin) for name in names])}", origin)


def _moved(problem: Problem, made: _Made, default_origin: str) -> Problem:
    """The same problem in the argument that its line was made from."""
    moved = problem._replace(origin=made.origin or default_origin, line=None, text=None)
    if made.text is None or problem.column is None:
        return moved
    column = max(problem.column - made.prefix, 1)
    end_column = (problem.end_column or 0) - made.prefix
    return moved._replace(text=made.text, column=column, end_column=end_column)


def _errors() -> ModuleType:
    """`logagent.errors`, loaded only where something is wrong."""
    from logagent import errors

    return errors


def _checked(value: str, origin: str) -> str:
    """`value` if it is Unicode: arguments of a process may hold any bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _errors().ArgumentError.of(origin, "the text is not UTF-8") from None
    return value
