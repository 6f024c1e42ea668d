"""Alerting rules of Prometheus for checkers, as far as PromQL can say what they do."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from logagent.checkers.threshold import Threshold
from logagent.checkers.threshold_options import Kind
from logagent.extensions import Declared
from logagent.monitoring.promql import Family, duration, selector, text

_BY = "by (job, instance)"
_GROWING = ("counter", "histogram", "quantiles")
_NOTHING = f"0 * max {_BY} (logagent_build_info)"
"""0 for each agent that is there: what no series stands for is none, not absent."""


class AlertingRule(NamedTuple):
    """An alerting rule."""

    name: str
    expression: str
    for_seconds: float
    severity: str
    summary: str
    description: str
    remark: str | None = None
    """What the rule cannot say, for a comment above it."""


def alerting_rule(checker: Declared, families: Sequence[Family]) -> AlertingRule:
    """The rule of a checker: what it computes itself, or else whether the agent says it fires."""
    options = checker.options
    known = {family.name: family for family in families}
    expression, remark = None, None
    if checker.type is Threshold:
        expression = _expression(options, known)
        remark = _remark(options) if expression is not None else None
    for_seconds = options["for"] if expression is not None else 0.0
    if expression is None:
        expression = f"logagent_alert_firing{{alert={text(checker.name)}}} == 1"
        remark = "PromQL cannot say this; the agent itself says whether it fires."
    return AlertingRule(
        checker.name,
        expression,
        for_seconds,
        options.get("severity", "warning"),
        f"{checker.name} on {{{{ $labels.instance }}}}",
        options.get("about") or "The value is {{ $value | humanize }}.",
        remark,
    )


def _expression(options: Mapping[str, Any], known: Mapping[str, Family]) -> str | None:
    value = _value(options, known)
    if value is None:
        return None
    if options["measure"] == Kind.ABSENCE:
        return f"({value} or {_NOTHING}) == 0"
    if options["above"] is not None:
        return f"{value} > {options['above']:g}"
    if options["measure"] in (Kind.RATE, Kind.COUNT):
        value = f"({value} or {_NOTHING})"
    return f"{value} < {options['below']:g}"


def _value(options: Mapping[str, Any], known: Mapping[str, Family]) -> str | None:
    over = duration(options["over"])
    kind = Kind(options["measure"])
    if kind is Kind.UNMATCHED:
        labels = {} if options["source"] is None else {"source": options["source"]}
        rejected = selector("logagent_rejected_lines_total", labels)
        lines = selector("logagent_lines_total", labels)
        # Without a single rejected line there is no series of them.
        return _quotient(f"sum {_BY} (rate({rejected}[{over}]))", lines, over)
    family = known[options["metric"]]
    if family.type not in _GROWING:
        return None
    selected = selector(family.sample, options["labels"])
    rate = f"sum {_BY} (rate({selected}[{over}]))"
    match kind:
        case Kind.RATE:
            value = rate
        case Kind.COUNT | Kind.ABSENCE:
            value = f"sum {_BY} (increase({selected}[{over}]))"
        case Kind.SHARE:
            value = _quotient(rate, family.sample, over)
        case Kind.QUANTILE if family.type == "histogram":
            buckets = selector(f"{family.name}_bucket", options["labels"])
            inner = f"sum by (job, instance, le) (rate({buckets}[{over}]))"
            value = f"histogram_quantile({options['quantile']:g}, {inner})"
        case _:
            return None
    return value


def _quotient(numerator: str, denominator: str, over: str) -> str:
    return f"({numerator} or {_NOTHING}) / sum {_BY} (rate({denominator}[{over}]))"


def _remark(options: Mapping[str, Any]) -> str | None:
    for key in ("recover_below", "recover_above"):
        if options[key] is not None:
            return f"The agent's own alert recovers at {options[key]:g}; a rule knows one border."
    return None
