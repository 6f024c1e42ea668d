"""What `logagent patterns --diff` compares, and the lines that `--since` and `--until` choose."""

from collections.abc import Sequence
from typing import NamedTuple

from logagent import job, patterns
from logagent._core import Mine, Model
from logagent.cli import options, progress
from logagent.errors import InputError, LogagentError
from logagent.instants import window_ns

_NS = 1_000_000_000


class Window(NamedTuple):
    """The lines that are looked at, by when they were logged, in Unix seconds."""

    since: int | None = None
    until: int | None = None

    @classmethod
    def read(cls, since: str | None, until: str | None) -> "Window":
        """The window that the options name; raises `ArgumentError` for what is no instant."""
        # Lines are stamped with whole seconds: the first at or after the instant counts.
        instants = (None if ns is None else -(-ns // _NS) for ns in window_ns(since, until))
        return cls(*instants)

    def check(self, dated_lines: int) -> None:
        """Refuse a window over lines that do not say when they were logged."""
        if self != Window() and not dated_lines:
            raise LogagentError(
                "no line says when it was logged",
                hint="--since and --until need lines that begin with a date and a time",
            )


def compared(files: Sequence[str], window: Window) -> tuple[Model, Model]:
    """What is compared: two inputs, or the lines before and from an instant on."""
    if window.since is not None:
        inputs = options.inputs_of(files)
        if "-" in inputs:
            raise options.usage_error("--diff --since reads its input twice: give it a FILE")
        return _learnt(inputs, Window(until=window.since)), _learnt(inputs, window)
    if len(files) != 2:  # noqa: PLR2004 - before and after
        raise options.usage_error("--diff takes two logs or models, or logs and --since")
    before, after = (_model_of(path, window) for path in files)
    return before, after


def _model_of(path: str, window: Window) -> Model:
    """The model in a file, or what the lines of a log teach."""
    return patterns.load_model(path) if patterns.is_model(path) else _learnt([path], window)


def _learnt(inputs: Sequence[str], window: Window) -> Model:
    model = Model()
    mining = Mine(model, inputs, mode="learn", **window._asdict())
    found = job.run(mining, watch=progress.watch)
    if errors := mining.errors():
        raise InputError(errors)
    window.check(found["dated"])
    return model
