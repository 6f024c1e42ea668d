"""Reads configuration files."""

from pathlib import Path

from logagent._core import Plan
from logagent.errors import ArgumentError, ConfigError, Problem


def load_plan(path: str) -> Plan:
    """The compiled configuration of the file `path`.

    Raises `ConfigError` with every problem of the file, and when it cannot be read.
    """
    return Plan.from_toml(read_text(path), origin=path)


def read_text(path: str) -> str:
    """The text of the file `path`; raises `ConfigError` when it cannot be read."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError([Problem("unreadable-file", reason, origin=path)]) from None
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte {content[error.start]:#04x} at offset {error.start}"
        raise ConfigError([Problem("syntax", message, origin=path, line=line)]) from None


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
