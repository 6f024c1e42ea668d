"""What can go wrong, in words for people: one clear line each, the place and the mend."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, NamedTuple

Kind = Literal["error", "hint"]
"""What a message for the user is."""


class LogagentError(Exception):
    """The base of all errors that are meant for the user."""

    exit_code = 1
    """What a command that ends with this error exits with."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def explain(self) -> Iterator[tuple[Kind, str]]:
        """What to say: messages in order, each an error or a hint how to mend it."""
        yield "error", self.message
        if self.hint:
            yield "hint", self.hint


class InputError(LogagentError):
    """Nothing could be read; `inputs` says of each input what happened."""

    def __init__(self, inputs: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {what}" for path, what in inputs))
        self.inputs = list(inputs)

    def explain(self) -> Iterator[tuple[Kind, str]]:
        """One error for each input."""
        for path, what in self.inputs:
            yield "error", f"{path}: {what}"


class MissingPackageError(LogagentError, ImportError):
    """An optional package is needed and not installed."""


class Problem(NamedTuple):
    """One thing that is wrong in a configuration, and where; lines and columns start at 1."""

    code: str
    message: str
    origin: str | None = None
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    text: str | None = None
    """The line of the configuration that holds the problem."""
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"

    def render(self) -> str:
        """`origin:line:column: message [code]`, then the line with carets, as far as known."""
        place = self.origin or ""
        if self.line is not None:
            place += f":{self.line}" if self.column is None else f":{self.line}:{self.column}"
        lines = [f"{place}: {self.message}" if place else self.message]
        if self.line is not None:
            lines[0] += f" [{self.code}]"
        if self.text is not None:
            lines.append(f"  {self.text.replace(chr(9), ' ')}")
            if self.column is not None:
                # An end that is unknown or lies on a later line still leaves one caret.
                end = min(self.end_column or 0, len(self.text) + 1)
                lines.append(" " * (self.column + 1) + "^" * max(end - self.column, 1))
        return "\n".join(lines)


class ConfigError(LogagentError):
    """A configuration that cannot be used; `problems` lists everything that is wrong with it.

    `warnings` is what would be odd about it besides.
    """

    exit_code = 78  # EX_CONFIG of sysexits.h

    def __init__(self, problems: Iterable[Problem | Mapping[str, Any]]) -> None:
        found = [
            _without_secrets(problem if isinstance(problem, Problem) else Problem(**problem))
            for problem in problems
        ]
        self.problems = [problem for problem in found if problem.severity == "error"]
        self.warnings = [problem for problem in found if problem.severity == "warning"]
        super().__init__(
            "\n".join(
                problem.render() + (f"\n  hint: {problem.hint}" if problem.hint else "")
                for problem in self.problems
            )
        )

    def explain(self) -> Iterator[tuple[Kind, str]]:
        """Each problem, with its hint after it."""
        for problem in self.problems:
            yield "error", problem.render()
            if problem.hint:
                yield "hint", problem.hint


def _without_secrets(problem: Problem) -> Problem:
    if problem.text is None:
        return problem
    from logagent.masking import masked_line  # start-up counts

    return problem._replace(text=masked_line(problem.text))


class ArgumentError(ConfigError):
    """A wrong value on a command line or in a call: a format, a field, an instant."""

    exit_code = 2

    @classmethod
    def of(cls, origin: str, message: str, *, hint: str | None = None) -> "ArgumentError":
        """The error with one problem, in the argument called `origin`."""
        return cls([Problem("argument", message, origin=origin, hint=hint)])


class UsageError(LogagentError):
    """A command line that says nothing that could be done."""

    exit_code = 2

    def __init__(self, message: str, hints: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.hints = hints

    def explain(self) -> Iterator[tuple[Kind, str]]:
        """The error, then what may have been meant."""
        yield "error", self.message
        for hint in self.hints:
            yield "hint", hint


class StateError(LogagentError):
    """A state directory that cannot be used: in use, damaged, or of a newer version."""

    exit_code = 78


class CommitFailure(StrEnum):
    """Why a commit failed, as far as that decides what to do about it."""

    FULL = "full"
    """No space is left, and there was no ballast to release."""
    READ_ONLY = "read-only"
    """The file system, or the database, may not be written."""
    GONE = "gone"
    """The database is not where it was, or not what it was: write it anew with `Store.replace`."""
    IO = "io"
    """Anything else: the same commit may succeed later."""


class CommitError(LogagentError):
    """What was to be committed is not durable; the same rows may be committed again."""

    def __init__(self, kind: CommitFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Edit(StrEnum):
    """What is done with a model."""

    ADD = "add"
    """It has to be new."""
    REPLACE = "replace"
    REMOVE = "remove"


class EditRefusal(StrEnum):
    """Why a model is not edited, or cannot be read."""

    MISSING = "missing"
    EXISTS = "exists"
    VERSION = "version"
    """It is of another version than was expected."""
    UNSUPPORTED = "unsupported"
    """There is nothing of this kind that could be edited."""


class EditError(LogagentError):
    """A model is not as it has to be for what is asked."""

    def __init__(self, refusal: EditRefusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal
