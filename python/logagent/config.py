"""Configuration files: from a path to a plan."""

import os
import sys
from collections.abc import Mapping, Sequence

from logagent._core import Plan
from logagent.errors import ArgumentError, ConfigError, Problem
from logagent.extensions import Declared, Group, declared

_UNREAD = ("syntax", "unreadable-file")
"""With these, much of a file may be missing."""
_MAX_FILE_BYTES = 64 << 20
"""A file that is larger than this was named by mistake."""


def load(path: str | os.PathLike[str]) -> Plan:
    """Compile the configuration file `path`; ``-`` is standard input.

    Raises `ConfigError` with every problem at once, also when the file cannot be read.
    """
    return load_declared(path)[0]


def load_declared(
    path: str | os.PathLike[str],
) -> tuple[Plan, Mapping[Group, Sequence[Declared]]]:
    """The same, with the sinks and what else names a type."""
    text, name = read_text(path), _name(path)
    plan = compiled(text, origin=name)
    found, problems = declared(plan.describe())
    if problems:
        raise ConfigError([*problems, *plan.warnings()])
    return plan, found


def compiled(text: str, *, origin: str) -> Plan:
    """As `Plan.from_toml`, whose problems those of tables with a type join."""
    try:
        return Plan.from_toml(text, origin=origin)
    except ConfigError as error:
        known = error.problems
        if any(one.code in _UNREAD for one in known):
            raise
        told = {(one.origin, one.line) for one in known}  # nothing twice of one mistake
        found = declared(Plan.outline(text, origin=origin), is_whole=False)[1]
        others = [one for one in found if (one.origin, one.line) not in told]
        problems = sorted([*known, *others], key=lambda one: (one.origin != origin, one.line or 0))
        raise ConfigError([*problems, *error.warnings]) from None


def source_number(plan: Plan, name: str | None) -> int:
    """The number of the source of this name; the first one's without a name.

    Raises `ArgumentError` when there is none.
    """
    names = [source["name"] for source in plan.describe()["sources"]]
    if not names:
        raise ArgumentError.of("--config", "the configuration has no [[source]]")
    if name is None:
        return 0
    if name not in names:
        raise ArgumentError.of(
            "--source", f"there is no source `{name}`", hint=f"there is: {', '.join(names)}"
        )
    return names.index(name)


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of the file `path`; ``-`` is standard input.

    Raises `ConfigError` when it cannot be read or is not UTF-8.
    """
    name = _name(path)
    try:
        if path == "-":
            content = sys.stdin.buffer.read(_MAX_FILE_BYTES + 1)
        else:
            with open(path, "rb") as file:  # noqa: PTH123 - a path may be a text
                content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(name, error.strerror or str(error)) from None
    if len(content) > _MAX_FILE_BYTES:
        raise _unreadable(name, f"it is larger than {_MAX_FILE_BYTES >> 20} MiB")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode()) + 1
        message = f"not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}"
        raise _unreadable(
            name, message, line=before.count(b"\n") + 1, column=column, hint="save it as UTF-8"
        ) from None


def _name(path: str | os.PathLike[str]) -> str:
    return "<stdin>" if path == "-" else os.fsencode(path).decode(errors="replace")


def _unreadable(
    name: str,
    message: str,
    *,
    line: int | None = None,
    column: int | None = None,
    hint: str | None = None,
) -> ConfigError:
    problem = Problem("unreadable-file", message, origin=name, line=line, column=column, hint=hint)
    return ConfigError([problem])
