"""Patterns of log lines: learnt, kept in models, and compared."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logagent._core import Model
from logagent.errors import LogagentError

Template = dict[str, Any]
"""What `_core.Model.templates` says of a template."""


class Change(NamedTuple):
    """A template and its lines in two models."""

    kind: str
    """``new``, ``vanished``, ``more``, ``less`` or ``same``."""
    template: Template
    before: int
    after: int


_RATIO = 2.0
"""A share of lines that changed by this factor is another rate ..."""
_LEAST_LINES = 8
"""... if there are at least so many lines in one of the models."""


def load_model(path: str) -> Model:
    """The model in a file; raises `LogagentError` for what is none."""
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    try:
        return Model.from_json(text)
    except ValueError as error:
        raise LogagentError(
            f"{path}: {error}", hint="`logagent patterns --model FILE` writes models"
        ) from None


def save_model(model: Model, path: str) -> None:
    """Write a model so that the file is at any time whole: the old one or the new one."""
    unfinished = f"{path}.part"
    with Path(unfinished).open("w", encoding="utf-8") as file:
        file.write(model.to_json())
        file.flush()
        os.fsync(file.fileno())
    Path(unfinished).replace(path)


def is_model(path: str) -> bool:
    """Whether a file begins as models do; a log hardly does."""
    try:
        with Path(path).open("rb") as file:
            return file.read(12) == b'{"version":1'
    except OSError:
        return False


def changes(before: Model, after: Model) -> list[Change]:
    """Each template of two models with what became of it; the newest news first."""
    templates = before.diff(after)
    totals = (before.lines or 1, after.lines or 1)
    found = [
        Change(_kind(one["before"], one["after"], totals), one, one["before"], one["after"])
        for one in templates
    ]
    order = ["new", "vanished", "more", "less", "same"]
    return sorted(found, key=lambda one: (order.index(one.kind), -(one.before + one.after)))


def _kind(before: int, after: int, totals: tuple[int, int]) -> str:
    if before == 0:
        return "new"
    if after == 0:
        return "vanished"
    ratio = (after / totals[1]) / (before / totals[0])
    if max(before, after) < _LEAST_LINES or 1 / _RATIO < ratio < _RATIO:
        return "same"
    return "more" if ratio > 1 else "less"


def to_json(fields: dict[str, Any]) -> str:
    """One JSON object as text."""
    return json.dumps(fields, ensure_ascii=False, indent=1)


_SPARKS = "▁▂▃▄▅▆▇█"
_SPARK_COLUMNS = 16


def sparkline(counts: Sequence[int] | None, *, blocks: bool) -> str:
    """Counts over time as at most 16 bars; empty where there is no time or no block to draw with.

    Nothing is a space, so that a gap is seen as one.
    """
    if not counts or not blocks:
        return ""
    step = -(-len(counts) // _SPARK_COLUMNS)
    bins = [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
    most = max(bins) or 1
    return "".join(
        _SPARKS[(count * (len(_SPARKS) - 1)) // most] if count else " " for count in bins
    )
