"""A resolved plan for people: a block of lines for each of its parts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from logagent.table import number

_SCANNERS = {
    "pattern": "fast pattern",
    "regex": "regex",
    "json": "JSON",
    None: "detected in each file",
}

Row = tuple[str, str]
"""A name and what it says; empty is left out."""


def outline(plan: Mapping[str, Any]) -> list[str]:
    """Lines of what `logagent.extensions.shown` answers."""
    blocks = [
        ("agent", _agent(plan["agent"])),
        *((f"source {source['name']}", _source(source)) for source in plan["sources"]),
        *([("geoip", _geoip(plan["geoip"]))] if plan["geoip"]["files"] else []),
        *((f"category {category['name']}", _category(category)) for category in plan["categories"]),
        *((f"metric {metric['name']}", _metric(metric)) for metric in plan["metrics"]),
        *((f"patterns {model['name']}", _patterns(model)) for model in plan["patterns"]),
        *((f"sink {sink['name']}", _sink(sink)) for sink in plan["sinks"]),
        *((f"checker {one['name']}", _typed(one)) for one in plan["checkers"]),
        *((f"receiver {one['name']}", _typed(one)) for one in plan["receivers"]),
    ]
    return [line for heading, rows in blocks for line in _block(heading, rows)]


def count_of(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: `1 rule`, `2 rules`."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def _block(heading: str, rows: Iterable[Row]) -> Iterator[str]:
    yield heading
    filled = [(name, text) for name, text in rows if text]
    width = max(len(name) for name, _ in filled)
    yield from (f"  {name:<{width}}  {text}" for name, text in filled)


def _agent(agent: Mapping[str, Any]) -> Iterator[Row]:
    yield "listen", agent["listen"]
    yield "state_dir", agent["state_dir"] or "$STATE_DIRECTORY, else $XDG_STATE_HOME/logagent"
    yield "slot", f"{number(agent['slot_seconds'])} s"
    yield "commit_interval", f"{number(agent['commit_interval_seconds'])} s"
    yield "series_limit", number(agent["series_limit"])
    for key in ("tls_cert", "tls_key", "token_file", "basic_auth_file"):
        if agent[key] is not None:
            yield key, agent[key]
    yield "reload_on_change", "yes" if agent["reload_on_change"] else "no"
    yield "log", f"{agent['log_format']}, {agent['log_level']}"


def _source(source: Mapping[str, Any]) -> Iterator[Row]:
    yield "paths", ", ".join(source["paths"])
    yield "exclude", ", ".join(source["exclude"])
    yield "from", f"{source['read_from']} of new files"
    why = f", slow: {source['why_regex']}" if source["why_regex"] else ""
    yield "format", f"{source['format']} ({_SCANNERS[source['scanner']]}{why})"
    yield "fields", ", ".join(source["fields"])
    if source["type"] != "files":
        yield from _typed(source)


def _geoip(geoip: Mapping[str, Any]) -> Iterator[Row]:
    yield "on", geoip["on"]
    yield from geoip["files"].items()


def _category(category: Mapping[str, Any]) -> Iterator[Row]:
    yield "on", category["on"] or ""
    yield "replace", number(category["replacements"]) if category["replacements"] else ""
    yield "rules", number(category["rules"])
    learns = category["mined"]
    yield "learns", f"groups of paths, at most {number(learns)}" if learns else ""
    yield "default", category["default"] or ""


def _metric(metric: Mapping[str, Any]) -> Iterator[Row]:
    of = metric["value"] or "requests"
    yield "type", f"{metric['type']} of {of}"
    yield "help", metric["help"] or ""
    yield "labels", ", ".join(metric["labels"])
    yield "when", metric["when"] or ""
    yield "buckets", ", ".join(f"{bound:g}" for bound in metric.get("buckets", ()))
    yield "quantiles", ", ".join(f"{quantile:g}" for quantile in metric.get("quantiles", ()))
    yield "accuracy", f"{metric['accuracy']:g}" if "accuracy" in metric else ""
    yield "size", number(metric["size"]) if "size" in metric else ""
    yield "sums", ", ".join(metric.get("sums", ()))
    for label, values in metric["declared"].items():
        yield "declared", f"{label}: {', '.join(values)}"
    yield "limit", f"{number(metric['series_limit'])} series"


def _patterns(model: Mapping[str, Any]) -> Iterator[Row]:
    yield "sources", ", ".join(model["sources"])
    yield "mode", model["mode"]
    if model["mode"] == "learn":
        lines = count_of(model["learning_lines"], "line")
        yield "learning", f"{number(model['learning_seconds'])} s, {lines} at least"
    yield "top", number(model["top"])


def _sink(sink: Mapping[str, Any]) -> Iterator[Row]:
    yield "metrics", ", ".join(sink["metrics"])
    yield "every", f"{number(sink['every_seconds'])} s"
    yield "lateness", f"{number(sink['lateness_seconds'])} s"
    yield from _typed(sink)


def _typed(table: Mapping[str, Any]) -> Iterator[Row]:
    """The type of a table, and what only the type knows."""
    yield "type", table["type"]
    for name, value in table["options"].items():
        yield name, _text(value)


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_text, value))
        case dict():
            return ", ".join(f"{name} = {_text(one)}" for name, one in value.items())
        case _:
            return str(value)
