"""A sample's findings as a commented configuration."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logagent.suggest.paths import Groups, group_paths
from logagent.suggest.sample import Detected, Sample
from logagent.suggest.traffic import Traffic, split_traffic
from logagent.toml import Document

if TYPE_CHECKING:
    from logagent.toml import Value

_LEAST_SHOWN_PERCENT = 0.1
_BYTES = ("bytes", "bytes_sent")


def propose(sample: Sample, log_format: str) -> str:
    """A configuration for the logs of `sample`, in TOML; equal samples give equal texts."""
    document = Document()
    document.note(
        f"Proposed by `logagent suggest` from {sample.lines:,} lines, {sample.matched:,} of which"
        " match their format.",
        "Shares are of this sample. Look through it, rename what has a better name, and run",
        "`logagent check`.",
    )
    _write_sources(document, sample, log_format)
    categories = []
    if "path" in sample.fields:
        _write_groups(document, group_paths(sample.requests), sample)
        categories.append("url_group")
    traffic = split_traffic(sample.requests)
    if traffic.rules or traffic.health_paths:
        _write_traffic(document, traffic, sample)
        categories.append("traffic")
    _write_metrics(document, sample, categories)
    return document.render()


def _write_sources(document: Document, sample: Sample, log_format: str) -> None:
    by_format: dict[Detected | None, list[str]] = {}
    for path, detected in sample.formats.items():
        by_format.setdefault(detected, []).append(path)
    names: list[str] = []
    for detected, inputs in by_format.items():
        notes = []
        if detected is not None and detected.goes_on:
            notes = [
                f"The lines are in the format {detected.name}, and go on behind it: {sample.rest}",
                "Name those fields under [formats] to count by them.",
            ]
        document.item("source", notes=notes)
        document.set("name", _source_name(inputs[0], names))
        files = [path for path in inputs if path != "-"]
        if files:
            paths = map(Path, files)
            document.set("paths", [str(path.parent.resolve() / path.name) for path in paths])
        if detected is None:
            document.set("format", log_format)
        else:
            document.set("format", "auto" if detected.goes_on else detected.name)


def _source_name(path: str, taken: list[str]) -> str:
    stem = Path(path).name.partition(".")[0] if path != "-" else "stdin"
    name, number = stem or "logs", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.append(name)
    return name


def _share(count: int, sample: Sample) -> str:
    percent = 100 * count / sample.matched
    if 0 < percent < _LEAST_SHOWN_PERCENT:
        return f"less than {_LEAST_SHOWN_PERCENT} % of requests"
    return f"{percent:.1f} % of requests"


def _write_groups(document: Document, groups: Groups, sample: Sample) -> None:
    notes = ["What is asked for: the first rule that holds gives the value."]
    document.table("categories", "url_group", notes=notes)
    document.set("on", "path")
    if groups.replacements:
        document.set_list(
            "replace",
            [({"regex": one.regex, "with": one.by}, None) for one in groups.replacements],
        )
    document.set_list(
        "rules", [(rule.content(), _share(groups.won[rule], sample)) for rule in groups.rules]
    )
    document.set("default", "other", note=_share(groups.won[None], sample))


def _write_traffic(document: Document, traffic: Traffic, sample: Sample) -> None:
    document.table("categories", "traffic", notes=["Who asks."])
    if traffic.rules:
        document.set("on", "user_agent")
    rules: list[tuple[Value, str | None]] = [
        (rule.content(), _share(traffic.won[rule], sample)) for rule in traffic.rules
    ]
    if traffic.health_paths:
        paths = ", ".join(f'"{path}"' for path in traffic.health_paths)
        rules.append(
            (
                {"name": "monitoring", "when": f"path in [{paths}]"},
                _share(traffic.health_requests, sample),
            )
        )
    document.set_list("rules", rules)
    customers = traffic.won[None] - traffic.health_requests
    document.set("default", "customer", note=_share(customers, sample))


def _write_metrics(document: Document, sample: Sample, categories: Sequence[str]) -> None:
    def known(*names: str) -> list["Value"]:
        found = [name for name in names if name in sample.fields or name in categories]
        # Of the status everything is known that follows from it.
        derived = [name for name in names if name == "status_class" and "status" in sample.fields]
        agent = [name for name in names if name == "agent_class" and "user_agent" in sample.fields]
        return [*agent, *found, *derived]

    document.item("metric")
    document.set("name", "http_requests_total")
    document.set("type", "counter")
    document.set("labels", known("method", "status", "url_group", "traffic"))
    if "user_agent" in sample.fields:
        document.item("metric")
        document.set("name", "http_requests_by_agent_total")
        document.set("type", "counter")
        document.set(
            "labels",
            known("agent_class", "status_class"),
            note="agent_class: bot, browser, tool or monitor",
        )
    if sizes := [name for name in _BYTES if name in sample.fields]:
        document.item("metric")
        document.set("name", "http_response_bytes_total")
        document.set("type", "counter")
        document.set("value", sizes[0], note="adds up this field")
        document.set("labels", known("url_group", "traffic"))
    if times := sample.request_times:
        half, most = times[len(times) // 2], times[len(times) * 99 // 100]
        document.item(
            "metric", notes=[f"Half of the requests took up to {half:g} s, 99 % up to {most:g} s."]
        )
        document.set("name", "http_request_duration_seconds")
        document.set("type", "histogram")
        document.set("value", "request_time")
        document.set("labels", known("url_group"))
