"""What an import came to."""

from typing import NamedTuple

from logagent.errors import ArgumentError, ConfigError, Problem
from logagent.query import compile_query
from logagent.toml import Document


class Imported(NamedTuple):
    """A configuration, and what could not be brought into it."""

    toml: str
    left_out: list[Problem]
    """In the order of the file; each with its line and the reason."""


class Import:
    """An import under way: the configuration that is written, and what was left out."""

    def __init__(self, origin: str) -> None:
        self.document = Document()
        self._origin = origin
        self._left_out: list[Problem] = []

    def leave_out(self, reason: str, *, line: int | None = None, text: str | None = None) -> None:
        """Note something that has no counterpart, in line `line`, which reads `text`."""
        self._left_out.append(
            Problem("left-out", f"left out: {reason}", origin=self._origin, line=line, text=text)
        )

    def finish(self) -> Imported:
        """The result."""
        in_order = sorted(self._left_out, key=lambda problem: problem.line or 0)
        return Imported(self.document.render(), in_order)


def unreadable(origin: str, message: str, *, line: int | None = None) -> ConfigError:
    """The error for a file that is not what it should be."""
    return ConfigError([Problem("syntax", message, origin=origin, line=line)])


def regex_fault(regex: str) -> str | None:
    """What is wrong with `regex` as one of ours, in one line; None if nothing is."""
    try:
        compile_query(f"regex:(?P<probe>(?:{regex}))", by=("probe",))
    except ArgumentError as error:
        return error.problems[0].message.replace("\n", " ")
    return None


def name_template(text: str) -> str:
    """`text` as the name that a rule gives: a dollar would begin a reference to a group."""
    return text.replace("$", "$$")


def path_text(path: str) -> str:
    """`path` as a path of a source: `${` would begin a variable of the environment."""
    return path.replace("${", "$${")
