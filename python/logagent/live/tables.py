"""Tables of what is counted by one label, and what of it came in the last seconds."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

RECENT_SECONDS = 10
"""What counts as recent."""
_ABSENT = "-"


class Kind(StrEnum):
    """What the rows of a table are."""

    LABEL = "label"
    """Values of a label, each the sum over all series that have it."""
    TOP = "top"
    """The most frequent texts; their counts may be too high by a little."""
    SLOWEST = "slowest"
    """Values of a label, by a quantile of a duration."""


class Question(NamedTuple):
    """A table that is asked for: which metric it is made of, and how."""

    key: str
    """A name that stays: `status_class`, `section` …"""
    title: str
    kind: Kind
    metric: int
    """Number of the metric in the plan."""
    label: str | None = None
    """The label whose values are the rows; None for the most frequent texts."""
    quantile: float | None = None
    """The quantile of a slowest table."""


class Figures(NamedTuple):
    """What a row counted."""

    total: int
    size_bytes: float | None = None
    seconds: float | None = None
    """The quantile of the duration."""
    error: int = 0
    """By so much the count may be too high."""


class Row(NamedTuple):
    """A row of a table."""

    text: str
    """As it was logged: whoever shows it escapes it."""
    total: int
    error: int
    """By so much the count may be too high."""
    recent: int | None
    """Of the last seconds; None where that is not known."""
    size_bytes: float | None
    seconds: float | None


class Table(NamedTuple):
    """A table, its largest rows first."""

    key: str
    title: str
    kind: Kind
    rows: Sequence[Row]
    values: int
    """How many rows there would be without a limit."""


Answer = Mapping[str, Figures]
"""Texts and what they counted."""


def answer(question: Question, columns: Mapping[str, Any]) -> dict[str, Figures]:
    """The rows of a table out of a metric's columns, as `Snapshot.series` answers them."""
    if question.kind is Kind.TOP:
        lists = columns["top"]
        found: dict[str, Figures] = {}
        for text, count, error in (entry for ranked in lists for entry in ranked):
            found[text] = _added(found.get(text), Figures(count, error=error))
        return found
    found = {}
    sizes = columns["sums"].get("bytes")
    durations = None
    if question.quantile is not None:
        durations = columns["quantiles"][question.quantile]
    # A table of everything has one row and no label.
    texts = columns["labels"][question.label] if question.label else [""] * len(columns["count"])
    for i, (text, count) in enumerate(zip(texts, columns["count"], strict=True)):
        size = None if sizes is None else sizes[i]
        duration = None if durations is None else durations[i]
        name = _ABSENT if text is None else text
        found[name] = _added(found.get(name), Figures(count, size, duration))
    return found


def _added(known: Figures | None, new: Figures) -> Figures:
    if known is None:
        return new
    sizes = [size for size in (known.size_bytes, new.size_bytes) if size is not None]
    slowest = [one for one in (known.seconds, new.seconds) if one is not None]
    return Figures(
        known.total + new.total,
        sum(sizes) if sizes else None,
        max(slowest) if slowest else None,
        known.error + new.error,
    )


class Recent:
    """What was counted within the last seconds."""

    def __init__(self) -> None:
        self._parts: deque[tuple[float, Mapping[str, Mapping[str, int]]]] = deque()

    def add(self, instant: float, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Add what was counted at an instant: by key of table, then by text."""
        self._parts.append((instant, counts))

    def counts(self, now: float) -> dict[str, dict[str, int]]:
        """What came in the last ten seconds before `now`."""
        while self._parts and self._parts[0][0] <= now - RECENT_SECONDS:
            self._parts.popleft()
        found: dict[str, dict[str, int]] = {}
        for _, counts in self._parts:
            for key, by_text in counts.items():
                sums = found.setdefault(key, {})
                for text, count in by_text.items():
                    sums[text] = sums.get(text, 0) + count
        return found


def tables(
    questions: Iterable[Question],
    totals: Mapping[str, Answer],
    recent: Mapping[str, Mapping[str, int]] | None,
    *,
    limit: int,
) -> list[Table]:
    """The tables, each with its `limit` largest rows in all and those of the last seconds.

    `totals` and `recent` are by key of table; without `recent` the rows do not know theirs. Tables
    that would only say that a field is absent are left out.
    """
    found = []
    for question in questions:
        known = totals.get(question.key, {})
        if not known or set(known) <= {_ABSENT}:
            continue
        lately = None if recent is None else recent.get(question.key, {})
        names = _largest(known, limit, by_duration=question.kind is Kind.SLOWEST)
        if lately:
            latest = sorted(lately, key=lambda text: (-lately[text], text))[:limit]
            names = list(dict.fromkeys([*names, *latest]))
        rows = [_row(name, known.get(name), lately) for name in names]
        found.append(Table(question.key, question.title, question.kind, rows, len(known)))
    return found


def _largest(known: Answer, limit: int, *, by_duration: bool) -> list[str]:
    def by_count(text: str) -> tuple[float, str]:
        # By what is certain: of many equally rare texts those that came last look frequent.
        return known[text].error - known[text].total, text

    def by_seconds(text: str) -> tuple[float, str]:
        return -(known[text].seconds or 0.0), text

    return sorted(known, key=by_seconds if by_duration else by_count)[:limit]


def _row(text: str, figures: Figures | None, lately: Mapping[str, int] | None) -> Row:
    recent = None if lately is None else lately.get(text, 0)
    if figures is None:  # hot right now, yet not among the most frequent of all
        return Row(text, recent or 0, 0, recent, None, None)
    return Row(text, figures.total, figures.error, recent, figures.size_bytes, figures.seconds)
