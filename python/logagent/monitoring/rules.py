"""Recording and alerting rules of Prometheus for a configuration, as YAML."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logagent.extensions import Group, declared
from logagent.monitoring.alerting import AlertingRule, alerting_rule
from logagent.monitoring.promql import Family, duration, families, text

_QUANTILES = (0.5, 0.9, 0.99)
_WINDOW = "5m"


class RecordingRule(NamedTuple):
    """A recording rule."""

    name: str
    """``level:metric:operations``, as the documentation of Prometheus recommends."""
    expression: str
    labels: Mapping[str, str] = {}


def rules(described: Mapping[str, Any], *, job: str) -> str:
    """The rules for the configuration that `Plan.describe` describes, scraped as `job`."""
    found = families(described)
    checkers = declared(described)[0][Group.CHECKERS]
    recorded = [rule for family in found for rule in _recorded(family)]
    lines = [
        "# Written by `logagent rules`; write it anew when the configuration changes.",
        "groups:",
        *_group("logagent_metrics", (_recording(rule) for rule in recorded)),
        *_group("logagent_checkers", (_alerting(alerting_rule(one, found)) for one in checkers)),
        *_group("logagent_agent", (_alerting(rule) for rule in _agent(job))),
    ]
    return "\n".join([*lines, ""])


def _recorded(family: Family) -> Iterator[RecordingRule]:
    """What dashboards ask for again and again: rates and quantiles over all instances."""

    def rate(sample: str) -> str:
        return f"sum without (instance) (rate({sample}[{_WINDOW}]))"

    match family.type:
        case "counter":
            yield RecordingRule(f"job:{family.stem}:rate{_WINDOW}", rate(family.sample))
        case "histogram":
            mean = f"{rate(f'{family.name}_sum')} / {rate(f'{family.name}_count')}"
            yield RecordingRule(f"job:{family.name}_count:rate{_WINDOW}", rate(family.sample))
            yield RecordingRule(f"job:{family.name}:mean{_WINDOW}", mean)
            for quantile in _QUANTILES:
                inner = rate(f"{family.name}_bucket")
                yield RecordingRule(
                    f"job:{family.name}:quantile{_WINDOW}",
                    f"histogram_quantile({quantile:g}, {inner})",
                    {"quantile": f"{quantile:g}"},
                )
        case "quantiles":
            mean = f"{rate(f'{family.name}_sum')} / {rate(f'{family.name}_count')}"
            yield RecordingRule(f"job:{family.name}_count:rate{_WINDOW}", rate(family.sample))
            yield RecordingRule(f"job:{family.name}:mean{_WINDOW}", mean)


def _agent(job: str) -> Iterator[AlertingRule]:
    """Is the agent itself well? Each says what to look at."""
    where = "{{ $labels.instance }}"
    yield AlertingRule(
        "LogagentDown",
        f"up{{job={text(job)}}} == 0",
        300,
        "critical",
        f"logagent on {where} cannot be scraped",
        "Nothing is shown meanwhile, and nothing is lost: it goes on where it was.",
    )
    yield AlertingRule(
        "LogagentBehind",
        "max by (job, instance, source) (logagent_behind_seconds) > 120",
        300,
        "warning",
        f"logagent on {where} is behind with the source {{{{ $labels.source }}}}",
        "There has been something to read for {{ $value | humanizeDuration }}.",
    )
    rejected = "sum by (job, instance, source) (rate(logagent_rejected_lines_total[15m]))"
    lines = "sum by (job, instance, source) (rate(logagent_lines_total[15m]))"
    yield AlertingRule(
        "LogagentRejectsLines",
        f"{rejected} / {lines} > 0.05",
        900,
        "warning",
        f"{{{{ $value | humanizePercentage }}}} of the lines of {{{{ $labels.source }}}} "
        f"on {where} do not match",
        "Has the format of the log changed? `logagent explain FILE` says where lines differ.",
    )
    yield AlertingRule(
        "LogagentCannotCommit",
        "time() - logagent_last_commit_timestamp_seconds > 120",
        60,
        "critical",
        f"logagent on {where} cannot make its counts durable",
        "It counts on in memory. /api/v1/status says why; mostly the disk is full.",
    )
    yield AlertingRule(
        "LogagentDoesNotReadFiles",
        "logagent_unread_files > 0",
        900,
        "warning",
        f"logagent on {where} cannot read {{{{ $value }}}} files of {{{{ $labels.source }}}}",
        "/api/v1/status names them, and says why.",
    )
    yield AlertingRule(
        "LogagentReloadFailed",
        "logagent_config_last_reload_successful == 0",
        300,
        "warning",
        f"logagent on {where} could not load its configuration",
        "The old one stays in force. /api/v1/status lists the problems.",
    )
    yield AlertingRule(
        "LogagentSeriesLimit",
        "increase(logagent_overflowed_records_total[15m]) > 0",
        0,
        "warning",
        f"{{{{ $labels.metric }}}} of logagent on {where} has all the series that it may",
        "Further label sets are counted together as `__other__`: fewer labels, or `series_limit`.",
    )
    yield AlertingRule(
        "LogagentReceiverFails",
        "logagent_receiver_waiting > 0 and increase(logagent_receiver_retries_total[15m]) > 0",
        900,
        "warning",
        f"logagent on {where} cannot tell {{{{ $labels.receiver }}}} of alerts",
        "/api/v1/alerts says why.",
    )


def _group(name: str, entries: Iterator[Sequence[str]]) -> list[str]:
    lines = [f"      {line}" for entry in entries for line in entry]
    return [f"  - name: {name}", "    rules:", *lines] if lines else []


def _recording(rule: RecordingRule) -> list[str]:
    return [
        f"- record: {rule.name}",
        f"  expr: {_scalar(rule.expression)}",
        *(_table("labels", rule.labels) if rule.labels else []),
    ]


def _alerting(rule: AlertingRule) -> list[str]:
    return [
        *([] if rule.remark is None else [f"# {rule.remark}"]),
        f"- alert: {_scalar(rule.name)}",
        f"  expr: {_scalar(rule.expression)}",
        *([f"  for: {duration(rule.for_seconds)}"] if rule.for_seconds else []),
        *_table("labels", {"severity": rule.severity}),
        *_table("annotations", {"summary": rule.summary, "description": rule.description}),
    ]


def _table(key: str, entries: Mapping[str, str]) -> list[str]:
    return [f"  {key}:", *(f"    {name}: {_scalar(one)}" for name, one in entries.items())]


def _scalar(content: str) -> str:
    """A scalar of YAML: as it is where nothing in it means anything, otherwise quoted."""
    is_word = content.isascii() and content.replace("_", "").isalpha()
    if is_word and content.lower() not in _WORDS:
        return content
    if content.isprintable():
        quoted = content.replace("'", "''")
        return f"'{quoted}'"
    return json.dumps(content)


_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
"""Words that YAML takes for something else than text."""
