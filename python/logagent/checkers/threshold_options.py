"""The options of thresholds: what there is, and what does not go together."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem

MOST_SLOTS = 10_000
"""Slots of a window: each is kept in memory."""
_WEEK_SECONDS = 7 * 86400


class Kind(StrEnum):
    """What is compared."""

    RATE = "rate"
    COUNT = "count"
    SHARE = "share"
    QUANTILE = "quantile"
    ABSENCE = "absence"
    UNMATCHED = "unmatched"


class Time(StrEnum):
    """Whose time the window slides over."""

    EVENT = "event"
    WALL = "wall"


_COUNTED = ("counter", "histogram", "quantiles")
_TYPES: Mapping[Kind, Sequence[str]] = {
    Kind.RATE: _COUNTED,
    Kind.COUNT: _COUNTED,
    Kind.SHARE: _COUNTED,
    Kind.QUANTILE: ("histogram", "quantiles"),
    Kind.ABSENCE: (*_COUNTED, "gauge", "distinct", "top"),
    Kind.UNMATCHED: (),
}
"""The types of metrics that a kind can be of."""

OPTIONS: Sequence[Option] = (
    Option(
        "measure",
        Holds.TEXT,
        "What is compared: `rate` (per second) or `count` of the metric (its values where it has "
        "any, else its records), `share` of the records with `labels` among all of the metric "
        "(0 to 1), `quantile` of its values, `absence` of records, or the `unmatched` share of the "
        "lines of a source.",
        default=Kind.RATE.value,
        choices=tuple(Kind),
    ),
    Option("metric", Holds.TEXT, "The `[[metric]]`; needed unless `unmatched` is measured."),
    Option(
        "labels",
        Holds.SELECTION,
        'Only records with these label values: `{ status_class = "5xx", method = ["GET", "HEAD"] '
        "}`.",
        default={},
    ),
    Option("quantile", Holds.NUMBER, "Which quantile, as 0.99.", least=0, most=1),
    Option("source", Holds.TEXT, "The source whose lines are meant by `unmatched`; all without."),
    Option(
        "over",
        Holds.DURATION,
        "Length of the sliding window: a multiple of the `slot` of `[agent]`.",
        default=120.0,
    ),
    Option("above", Holds.NUMBER, "Fire when the value is greater than this."),
    Option("below", Holds.NUMBER, "Fire when the value is less than this."),
    Option(
        "recover_below",
        Holds.NUMBER,
        "Recover when the value is no greater than this; without it than `above`.",
    ),
    Option(
        "recover_above",
        Holds.NUMBER,
        "Recover when the value is no less than this; without it than `below`.",
    ),
    Option(
        "for",
        Holds.DURATION,
        "Fire when it has been so for this long.",
        default=0.0,
        least=0,
        most=_WEEK_SECONDS,
    ),
    Option(
        "time",
        Holds.TEXT,
        "Whether the window slides over the time in the logs, or over that of reading them; for "
        "`unmatched` it always is the latter.",
        default=Time.EVENT.value,
        choices=tuple(Time),
    ),
    Option(
        "lateness",
        Holds.DURATION,
        "How long after the end of a slot its last records may come.",
        default=2.0,
        least=0,
        most=_WEEK_SECONDS,
    ),
    Option("severity", Holds.TEXT, "What receivers and rules are told.", default="warning"),
    Option("about", Holds.TEXT, "What it means and what to do, for people."),
)


def problems(
    table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
) -> Iterator[Problem]:
    """What does not go together, or names what is not there."""
    kind = Kind(options["measure"])
    yield from _bounds(table, options, kind)
    yield from _window(table, options, described["agent"]["slot_seconds"])
    if kind is Kind.UNMATCHED:
        yield from _source(table, options["source"], described["sources"])
        yield from _unused(table, options, kind, ("metric", "labels", "quantile"))
    else:
        yield from _metric(table, options, kind, described["metrics"])
        yield from _unused(table, options, kind, ("source",))


def _bounds(table: Table, options: Mapping[str, Any], kind: Kind) -> Iterator[Problem]:
    above, below = options["above"], options["below"]
    if kind is Kind.ABSENCE:
        bounds = ("above", "below", "recover_below", "recover_above")
        yield from _unused(table, options, kind, bounds)
        return
    if (above is None) == (below is None):
        message = "give `above` or `below`, one of them"
        yield problem(table, "below", "missing-key", f"checker `{table['name']}`: {message}")
        return
    key, given = ("recover_below", above) if below is None else ("recover_above", below)
    other = "recover_above" if below is None else "recover_below"
    yield from _unused(table, options, kind, (other,))
    recover = options[key]
    if recover is not None and (recover > given if below is None else recover < given):
        bound = "above" if below is None else "below"
        message = f"`{key}` lies beyond `{bound}`: it would fire and recover at once"
        yield problem(table, key, "bad-value", message)


def _window(table: Table, options: Mapping[str, Any], slot_seconds: float) -> Iterator[Problem]:
    over = options["over"]
    if over < slot_seconds or over % slot_seconds:
        message = f"`over` has to be a multiple of the slot, which is {slot_seconds:g}s"
        yield problem(table, "over", "bad-value", message)
    elif over > MOST_SLOTS * slot_seconds:
        message = f"`over` holds more than {MOST_SLOTS} slots of {slot_seconds:g}s"
        hint = "a shorter window, or a longer `slot` in [agent]"
        yield problem(table, "over", "bad-value", message, hint)


def _source(
    table: Table, name: str | None, sources: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    names = [source["name"] for source in sources]
    if name is not None and name not in names:
        yield problem(
            table, "source", "unknown-name", f"there is no source `{name}`", _there_is(names)
        )


def _metric(
    table: Table, options: Mapping[str, Any], kind: Kind, metrics: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    name = options["metric"]
    if name is None:
        yield problem(table, "", "missing-key", f"checker `{table['name']}` needs the key `metric`")
        return
    found = [metric for metric in metrics if metric["name"] == name]
    if not found:
        message = f"there is no [[metric]] `{name}`"
        names = [metric["name"] for metric in metrics]
        yield problem(table, "metric", "unknown-name", message, _there_is(names))
        return
    metric = found[0]
    if metric["type"] not in _TYPES[kind]:
        message = f"there is no {kind} of `{name}`, which is a {metric['type']}"
        hint = f"possible with: {', '.join(_TYPES[kind])}"
        yield problem(table, "metric", "bad-value", message, hint)
    unknown = [label for label in options["labels"] if label not in metric["labels"]]
    if unknown:
        message = f"`{name}` has no label `{unknown[0]}`"
        yield problem(table, "labels", "unknown-name", message, _there_is(metric["labels"]))
    if kind is Kind.SHARE and not options["labels"]:
        message = "a share needs `labels`: the records of which it is the share"
        yield problem(table, "", "missing-key", f"checker `{table['name']}`: {message}")
    if kind is Kind.QUANTILE:
        yield from _quantile(table, options["quantile"], metric)
    else:
        yield from _unused(table, options, kind, ("quantile",))


def _quantile(table: Table, quantile: float | None, metric: Mapping[str, Any]) -> Iterator[Problem]:
    if quantile is None:
        message = f"checker `{table['name']}` needs the key `quantile`, as `quantile = 0.99`"
        yield problem(table, "", "missing-key", message)
    elif metric["type"] == "quantiles" and quantile not in metric["quantiles"]:
        known = ", ".join(f"{one:g}" for one in metric["quantiles"])
        message = f"`{metric['name']}` does not offer the quantile {quantile:g}"
        hint = f"it offers {known}; add it to its `quantiles`"
        yield problem(table, "quantile", "bad-value", message, hint)


def _unused(
    table: Table, options: Mapping[str, Any], kind: Kind, keys: Sequence[str]
) -> Iterator[Problem]:
    for key in keys:
        if options[key]:
            yield problem(table, key, "bad-value", f"`{key}` means nothing to `{kind}` here")


def _there_is(names: Sequence[str]) -> str:
    return f"there is: {', '.join(names)}" if names else "there is none"
