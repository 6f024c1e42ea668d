"""Tables of what a service has committed, by the metrics of its own configuration."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from logagent._core import Plan
from logagent.live.tables import Answer, Kind, Question, answer

if TYPE_CHECKING:
    from logagent._core import Rows

_DURATIONS = frozenset({"request_time", "upstream_response_time"})
_MOST_TABLES = 24
_MOST_VALUES = 5_000
"""Values of a table that are remembered to tell what of them is recent."""


def questions_of(described: Mapping[str, Any]) -> list[Question]:
    """A table for each category and label that a configuration counts by, categories first.

    `described` is what `Plan.describe` answers. A label that several metrics have is shown by the
    one that counts most: one without a condition, if there is one.
    """
    found: dict[str, tuple[bool, Question]] = {}
    for number, metric in enumerate(described["metrics"]):
        is_partial = metric["when"] is not None
        for key, question in _questions(number, metric):
            if key not in found or (found[key][0] and not is_partial):
                found[key] = (is_partial, question)
    categories = [category["name"] for category in described["categories"]]
    ordered = sorted(found, key=lambda key: key not in categories)  # stable: else as configured
    return [found[key][1] for key in ordered[:_MOST_TABLES]]


def _questions(number: int, metric: Mapping[str, Any]) -> Iterable[tuple[str, Question]]:
    for label in metric["labels"]:
        yield label, Question(label, label, Kind.LABEL, number, label)
    value = metric.get("value")
    if value is not None and metric["type"] == "top" and not metric["labels"]:
        yield f"top {value}", Question(f"top {value}", value, Kind.TOP, number)
    if metric["type"] == "quantiles" and value in _DURATIONS:
        for label in metric["labels"]:
            key, quantile = f"slowest {label}", max(metric["quantiles"])
            yield key, Question(key, key, Kind.SLOWEST, number, label, quantile)


def answers(plan: Plan, questions: Sequence[Question], rows: "Rows") -> dict[str, Answer]:
    """The tables' rows, out of all rows that are committed.

    Raises ValueError if they are of another plan, as they may be in the moment of a reload.
    """
    wanted = {question.metric for question in questions}
    names = [json.loads(definition)["name"] for definition in rows["metrics"]]
    if names != [metric["name"] for metric in plan.describe()["metrics"]]:
        raise ValueError("these are rows of another plan")
    series = defaultdict(list)
    for metric, labels, state in rows["series"]:
        if metric in wanted:
            series[metric].append((labels, state))
    columns = {metric: plan.columns(metric, series[metric]) for metric in wanted}
    return {question.key: answer(question, columns[question.metric]) for question in questions}


def counts(found: Mapping[str, Answer]) -> dict[str, dict[str, int]]:
    """The counts alone, as far as they are certain, of the largest rows of each table."""
    return {key: _largest(rows) for key, rows in found.items()}


def _largest(rows: Answer) -> dict[str, int]:
    certain = {text: figures.total - figures.error for text, figures in rows.items()}
    if len(certain) <= _MOST_VALUES:
        return certain
    kept = sorted(certain, key=lambda text: -certain[text])[:_MOST_VALUES]
    return {text: certain[text] for text in kept}


def difference(
    new: Mapping[str, Mapping[str, int]], old: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """What was added between two looks; nothing of tables that the first one did not have."""
    found: dict[str, dict[str, int]] = {}
    for key, rows in new.items():
        if key in old:
            before = old[key]
            grown = {text: count - before.get(text, 0) for text, count in rows.items()}
            found[key] = {text: count for text, count in grown.items() if count > 0}
    return found
