"""A Grafana dashboard for a configuration: a row for each metric, and one for the agent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logagent.monitoring.promql import Family, families, selector

_SCHEMA_VERSION = 41
"""Of Grafana 12; older ones read what they know of it."""
_COLUMNS, _HEIGHT = 24, 8
_MOST_LABELS = 5
"""Labels of a metric that get a panel each; a dashboard of everything shows nothing."""
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_OF_INSTANCE = ('instance=~"$instance"',)
_QUANTILES = (0.5, 0.9, 0.99)

Panel = dict[str, Any]


class Query(NamedTuple):
    """An expression, and how its series are called."""

    expression: str
    legend: str
    form: str = "time_series"


def dashboard(described: Mapping[str, Any], *, title: str) -> dict[str, Any]:
    """The dashboard for the configuration that `Plan.describe` describes, as Grafana imports it."""
    rows = [("Now", _now(bool(described["checkers"])))]
    rows += [(family.name, [*_panels(family)]) for family in families(described)]
    rows.append(("The agent", _agent()))
    return {
        "uid": None,
        "title": title,
        "tags": ["logagent"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-3h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": _variables()},
        "annotations": {"list": []},
        "panels": _laid_out(rows),
    }


def _variables() -> list[Panel]:
    query = "label_values(logagent_build_info, instance)"
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
        {
            "name": "instance",
            "label": "Instance",
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": query, "refId": "instance"},
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "current": {"text": "All", "value": "$__all"},
        },
    ]


def _now(has_checkers: bool) -> list[Panel]:  # noqa: FBT001 - one of a kind
    lines = _sum(_rate("logagent_lines_total"))
    panels = [
        _panel("Lines", "stat", [Query(lines, "")], "ops"),
        _panel("Unmatched", "stat", [Query(_unmatched(), "")], "percentunit"),
        _panel("Longest lag", "stat", [Query(f"max({_of('logagent_behind_seconds')})", "")], "s"),
    ]
    if has_checkers:
        firing = Query(f"max by (alert) ({_of('logagent_alert_firing')})", "{{alert}}")
        panel = _panel("Alerts", "state-timeline", [firing], "none")
        words = {"0": {"text": "quiet", "color": "green"}, "1": {"text": "firing", "color": "red"}}
        panel["fieldConfig"]["defaults"]["mappings"] = [{"type": "value", "options": words}]
        panels.append(panel)
    return panels


def _panels(family: Family) -> Iterator[Panel]:
    match family.type:
        case "counter":
            unit = _unit(family, is_rate=True)
            yield from _by_labels(family, lambda by: _sum(_rate(family.sample), by), unit, "Rate")
        case "histogram":
            buckets = _rate(f"{family.name}_bucket")
            yield _panel(
                "Quantiles",
                "timeseries",
                [
                    Query(f"histogram_quantile({q:g}, {_sum(buckets, 'le')})", f"p{q * 100:g}")
                    for q in _QUANTILES
                ],
                _unit(family),
            )
            heat = Query(_sum(buckets, "le"), "{{le}}", "heatmap")
            yield _panel("Distribution", "heatmap", [heat], _unit(family))
            yield from _means(family)
        case "quantiles":
            yield from _means(family)
            name = f"max by (quantile) ({_of(family.name)})"
            yield _panel(
                "Since the start", "timeseries", [Query(name, "{{quantile}}")], _unit(family)
            )
        case "top":
            most = Query(f"topk(20, sum without (job, instance) ({_of(family.name)}))", "")
            yield _panel("Most frequent", "bargauge", [most], "short")
        case _:
            legend = " ".join(f"{{{{{label}}}}}" for label in family.labels) or family.name
            expression = f"max by ({', '.join(family.labels)}) ({_of(family.name)})"
            yield _panel("Value", "timeseries", [Query(expression, legend)], _unit(family))


def _means(family: Family) -> Iterator[Panel]:
    """The mean, and how many records it is of."""

    def mean(by: str) -> str:
        sums, counts = _rate(f"{family.name}_sum"), _rate(f"{family.name}_count")
        return f"{_sum(sums, by)} / {_sum(counts, by)}"

    yield from _by_labels(family, mean, _unit(family), "Mean")
    rate = _sum(_rate(f"{family.name}_count"))
    yield _panel("Records", "timeseries", [Query(rate, "all")], "reqps")


def _by_labels(
    family: Family, expression: Callable[[str], str], unit: str, title: str
) -> Iterator[Panel]:
    """A panel of all together, and one by each label."""
    yield _panel(title, "timeseries", [Query(expression(""), "all")], unit)
    for label in family.labels[:_MOST_LABELS]:
        query = Query(expression(label), f"{{{{{label}}}}}")
        yield _panel(f"{title} by {label}", "timeseries", [query], unit)


def _agent() -> list[Panel]:
    """How the agent itself is."""
    behind = f"max by (instance, source) ({_of('logagent_behind_seconds')})"
    reasons = f"sum by (reason) ({_rate('logagent_rejected_lines_total')})"
    series = f"sum by (metric) ({_of('logagent_series')})"
    commits = _rate("logagent_commit_duration_seconds_bucket")
    age = _of("logagent_uncommitted_age_seconds")
    return [
        _panel("Lag", "timeseries", [Query(behind, "{{instance}} {{source}}")], "s"),
        _panel("Unmatched lines by reason", "timeseries", [Query(reasons, "{{reason}}")], "ops"),
        _panel(
            "Lines",
            "timeseries",
            [Query(f"sum by (source) ({_rate('logagent_lines_total')})", "{{source}}")],
            "ops",
        ),
        _panel("Series", "timeseries", [Query(series, "{{metric}}")], "short"),
        _panel(
            "Duration of commits",
            "timeseries",
            [
                Query(f"histogram_quantile(0.99, {_sum(commits, 'le')})", "p99"),
                Query(f"max({age})", "age of the oldest count not durable"),
            ],
            "s",
        ),
        _panel(
            "Processor and memory",
            "timeseries",
            [
                Query(f"sum by (instance) ({_rate('process_cpu_seconds_total')})", "{{instance}}"),
                Query(_of("process_resident_memory_bytes"), "{{instance}} bytes"),
            ],
            "short",
        ),
    ]


def _unmatched() -> str:
    rejected, lines = _rate("logagent_rejected_lines_total"), _rate("logagent_lines_total")
    return f"(sum({rejected}) or vector(0)) / sum({lines})"


def _of(sample: str) -> str:
    """The series of the instances that are chosen."""
    return selector(sample, {}, matchers=_OF_INSTANCE)


def _rate(sample: str) -> str:
    return f"rate({_of(sample)}[$__rate_interval])"


def _sum(expression: str, by: str = "") -> str:
    return f"sum by ({by}) ({expression})" if by else f"sum({expression})"


def _unit(family: Family, *, is_rate: bool = False) -> str:
    """A unit of Grafana, by what the values are."""
    name = f"{family.name} {family.value or ''}"
    if "bytes" in name and (family.is_sum or family.type != "counter"):
        return "Bps" if is_rate else "bytes"
    if not is_rate and ("seconds" in name or "time" in name):
        return "s"
    return "reqps" if is_rate else "short"


def _panel(title: str, kind: str, queries: Sequence[Query], unit: str) -> Panel:
    return {
        "title": title,
        "type": kind,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": _OPTIONS.get(kind, {}),
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend or "__auto",
                "format": query.form,
                "instant": kind in ("stat", "bargauge"),
                "range": kind not in ("stat", "bargauge"),
            }
            for number, query in enumerate(queries)
        ],
    }


_OPTIONS: Mapping[str, Panel] = {
    "timeseries": {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {"reduceOptions": {"calcs": ["lastNotNull"]}},
    "bargauge": {"orientation": "horizontal", "reduceOptions": {"calcs": ["lastNotNull"]}},
    "heatmap": {"calculate": False, "cellGap": 1},
}


def _laid_out(rows: Sequence[tuple[str, Sequence[Panel]]]) -> list[Panel]:
    """Rows one below the other, three panels side by side."""
    placed: list[Panel] = []
    top = 0
    for title, panels in rows:
        place = {"x": 0, "y": top, "w": _COLUMNS, "h": 1}
        placed.append({"type": "row", "title": title, "collapsed": False, "gridPos": place})
        top += 1
        width = _COLUMNS // min(max(len(panels), 1), 3)
        per_line = _COLUMNS // width
        for number, panel in enumerate(panels):
            x, y = number % per_line * width, top + number // per_line * _HEIGHT
            placed.append({**panel, "gridPos": {"x": x, "y": y, "w": width, "h": _HEIGHT}})
        top += -(-len(panels) // per_line) * _HEIGHT
    return [{"id": number, **panel} for number, panel in enumerate(placed, 1)]
