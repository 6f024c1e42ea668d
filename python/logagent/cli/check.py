"""`logagent check`: what is wrong with a configuration, or what it means."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from logagent.cli import options
from logagent.cli.command import argument, flag, option, takes
from logagent.cli.terminal import painted, write_lines
from logagent.config import load
from logagent.errors import ConfigError, Problem
from logagent.extensions import shown
from logagent.outline import count_of, outline
from logagent.printable import printable


@takes(
    option("-c", "--config", name="named", metavar="CONFIG", help="The same as the argument."),
    flag("--show", help="Show the resolved plan when there is no problem."),
    option(
        "-o",
        "--output",
        default="text",
        choices=("text", "json"),
        help="How the result is written.",
    ),
    argument("config", "CONFIG", help="The configuration file; `-` is standard input."),
    examples="""\
  logagent check config.toml
  logagent check --show -c config.toml
  logagent check -o json config.toml""",
)
def command(*, named: str | None, show: bool, output: str, config: str | None) -> int:
    """Say everything that is wrong with a configuration file; `-` is standard input.

    Each problem comes with its place, the line, a hint and a stable code, included files and tables
    of rules too. Warnings follow. Exit code: 0 no problem, 1 problems.
    """
    if (named is None) == (config is None):
        raise options.usage_error("name one configuration file")
    name = config or named or ""
    problems: list[Problem] = []
    plan: dict[str, Any] | None = None
    try:
        compiled = load(name)
        plan = shown(compiled.describe())
        warnings = [Problem(**warning) for warning in compiled.warnings()]
    except ConfigError as error:
        problems, warnings = error.problems, error.warnings
    write = _write_json if output == "json" else _write_text
    write(name, problems, warnings, plan, show=show)
    return 1 if problems else 0


def _write_text(
    name: str,
    problems: Sequence[Problem],
    warnings: Sequence[Problem],
    plan: dict[str, Any] | None,
    *,
    show: bool,
) -> None:
    lines = [line for problem in (*problems, *warnings) for line in _problem(problem)]
    if plan is not None and show:
        lines += [printable(line) for line in outline(plan)]
    found = count_of(len(problems), "problem") if problems else "no problems"
    if warnings:
        found += f", {count_of(len(warnings), 'warning')}"
    what = f"{_contents(plan)}; {found}" if plan is not None else found
    write_lines([*lines, printable(f"{name}: {what}")])


def _problem(problem: Problem) -> Iterator[str]:
    """The lines of a problem."""
    first, *rest = map(printable, problem.render().split("\n"))
    is_warning = problem.severity == "warning"
    yield painted(f"{problem.severity}: {first}", "yellow" if is_warning else "red", sys.stdout)
    yield from rest
    if problem.hint:
        yield f"  hint: {printable(problem.hint)}"


def _contents(plan: dict[str, Any]) -> str:
    rules = sum(category["rules"] for category in plan["categories"])
    categories = count_of(len(plan["categories"]), "category", "categories")
    return ", ".join(
        (
            count_of(len(plan["sources"]), "source"),
            f"{categories} with {count_of(rules, 'rule')}" if plan["categories"] else categories,
            count_of(len(plan["metrics"]), "metric"),
        )
    )


def _write_json(
    _name: str,
    problems: Sequence[Problem],
    warnings: Sequence[Problem],
    plan: dict[str, Any] | None,
    *,
    show: bool,
) -> None:
    found: dict[str, Any] = {
        "problems": [problem._asdict() for problem in problems],
        "warnings": [warning._asdict() for warning in warnings],
    }
    if show:
        found["plan"] = plan
    # Escapes all but ASCII, so that nothing in a file can play with the terminal; DEL is ASCII.
    write_lines([json.dumps(found, separators=(",", ":")).replace("\x7f", "\\u007f")])
