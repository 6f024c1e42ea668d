"""What `logagent top` asks of files: a plan whose metrics are the tables that it shows."""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logagent import toml
from logagent._core import Plan
from logagent.config import load, read_text, source_number
from logagent.errors import ArgumentError, ConfigError
from logagent.live.tables import Kind, Question
from logagent.query import compile_query
from logagent.tui.sampled import sample

_TOP_SIZE = 200
_SERIES_LIMIT = 1000
_SLOW_QUANTILE = 0.95
_FIRST_LABELS = (
    # key, title, the field that the format has to have
    ("status_class", "status", "status"),
    ("section", "section", "path"),
)
_TOPS = (("path", "URL", "path"), ("remote_addr", "client", "remote_addr"))
_LAST_LABELS = (("agent_class", "user agent", "user_agent"), ("method", "method", "method"))
_DURATION = "request_time"
_RECORD_FIELDS = (
    "status",
    "path",
    "method",
    "bytes",
    "remote_addr",
    "user_agent",
    _DURATION,
)


class Choice(NamedTuple):
    """The lines that are watched: a source of a configuration, or files of a format."""

    paths: Sequence[str]
    log_format: str = "auto"
    config: str | None = None
    source: str | None = None


class Asked(NamedTuple):
    """A compiled choice."""

    plan: Plan
    questions: Sequence[Question]
    title: str
    paths: Sequence[str]
    """Paths and globs of the files."""
    timeline_plan: Plan
    """A plan for the requests alone, whose metric is the first of `plan`."""
    lines_plan: Plan | None
    """The same plan for lines without a beginning of a file; None where the format of these is not
    known."""


def ask(choice: Choice, *, where: str | None = None) -> Asked:
    """The plan for a choice, of the records that the CEL condition `where` holds for.

    Raises `ArgumentError` or `ConfigError` with what is wrong.
    """
    tables: dict[str, Any] = {}
    if choice.config is None:
        query = compile_query(choice.log_format, by=(), where=where, option_prefix="--")
        source: dict[str, Any] = {"name": "top", "format": choice.log_format}
        described = query.plan.describe()
        paths: Sequence[str] = choice.paths
        categories: list[str] = []
    else:
        plan = load(choice.config)
        described = plan.describe()
        number = source_number(plan, choice.source)
        described["sources"] = [described["sources"][number]]
        tables, own = _tables_of(choice.config)
        source = own[number]
        if (kind := source.get("type", "files")) != "files":
            raise ArgumentError.of(
                "--source",
                f"`{source['name']}` is of type `{kind}`, and `top` reads files",
                hint="a running service shows all of its sources: logagent top http://…",
            )
        paths = choice.paths or described["sources"][0]["paths"]
        categories = [category["name"] for category in described["categories"]]
    if not paths:
        raise ArgumentError.of("FILE", "there is no file to watch", hint="name one")
    if "-" in paths:
        raise ArgumentError.of("FILE", "standard input cannot be followed", hint="name a file")
    fields, log_format = described["sources"][0]["fields"], source["format"]
    if not fields:  # to be detected
        fields, log_format = sample(compile_query(log_format, by=()).plan, paths)
    questions, metrics = _metrics(fields, categories, where)
    source = {**source, "paths": [os.path.abspath(path) for path in paths]}  # noqa: PTH100 - globs
    origin = choice.config if choice.config is not None else "command line"

    def compiled(log_format: str, metrics: Sequence[dict[str, Any]]) -> Plan:
        own = {**tables, "source": [{**source, "format": log_format}], "metric": [*metrics]}
        try:
            return Plan.from_toml(_written(own), origin=origin)
        except ConfigError as error:
            raise _of_where(error, where) from None

    title = choice.source or (paths[0] if len(paths) == 1 else f"{len(paths)} files")
    return Asked(
        compiled(source["format"], metrics),
        questions,
        title,
        source["paths"],
        timeline_plan=compiled(source["format"], metrics[:1]),
        lines_plan=None if log_format is None else compiled(log_format, metrics),
    )


def ask_records() -> tuple[Plan, Sequence[Question]]:
    """The plan for fields of records that another one has parsed, as JSON; and its tables.

    Tables of what no record has are left out when they are made.
    """
    questions, metrics = _metrics(_RECORD_FIELDS, [], None)
    tables = {
        "formats": {"record": {"json": {name: name for name in _RECORD_FIELDS}}},
        "source": [{"name": "records", "paths": ["records"], "format": "record"}],
        "metric": metrics,
    }
    return Plan.from_toml(_written(tables), origin="records"), questions


def _metrics(
    fields: Sequence[str], categories: Sequence[str], where: str | None
) -> tuple[list[Question], list[dict[str, Any]]]:
    """The tables for what the format has, and the metrics that they are made of."""
    questions: list[Question] = []
    metrics: list[dict[str, Any]] = []
    has_bytes = {"sums": ["bytes"]} if "bytes" in fields else {}

    def add(key: str, title: str, kind: Kind, label: str | None, metric: dict[str, Any]) -> None:
        quantile = _SLOW_QUANTILE if kind is Kind.SLOWEST else None
        questions.append(Question(key, title, kind, len(metrics), label, quantile))
        condition = {} if where is None else {"when": where}
        metrics.append({"name": f"top_{len(metrics)}", **metric, **condition})

    def counter(label: str) -> dict[str, Any]:
        return {"labels": [label], "series_limit": _SERIES_LIMIT, **has_bytes}

    def add_labels(labels: Sequence[tuple[str, str, str]]) -> None:
        for key, title, field in labels:
            if field in fields:
                add(key, title, Kind.LABEL, key, counter(key))

    add("requests", "requests", Kind.LABEL, None, {**has_bytes})
    add_labels(_FIRST_LABELS)
    add_labels([(name, name, fields[0]) for name in categories])
    for key, title, field in _TOPS:
        if field in fields:
            add(key, title, Kind.TOP, None, {"type": "top", "value": key, "size": _TOP_SIZE})
    if _DURATION in fields:
        group = categories[0] if categories else "section"
        metric = {
            "type": "quantiles",
            "value": _DURATION,
            "labels": [group],
            "quantiles": [_SLOW_QUANTILE],
        }
        add("slowest", f"slowest {group}", Kind.SLOWEST, group, metric)
    add_labels(_LAST_LABELS)
    return questions, metrics


def _of_where(error: ConfigError, where: str | None) -> ConfigError | ArgumentError:
    """A problem of the condition, told once and of the condition; other problems as they are."""
    if where is None:
        return error
    problem = error.problems[0]
    return ArgumentError.of("--where", problem.message, hint=problem.hint)


def _tables_of(path: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a configuration and the files that it includes say but for metrics, and its sources."""
    kept: dict[str, Any] = {}
    sources: list[dict[str, Any]] = []
    for document in _documents(path):
        sources += document.get("source", [])
        for name in ("formats", "categories"):
            kept.setdefault(name, {}).update(document.get(name, {}))
        if "geoip" in document:
            kept["geoip"] = document["geoip"]
    return kept, sources


def _documents(path: str) -> Iterator[Mapping[str, Any]]:
    """The configuration and what it includes, in the order of the core."""
    main = tomllib.loads(read_text(path))
    yield main
    for pattern in main.get("include", ()):
        for file in sorted(Path(path).parent.glob(pattern)):
            yield tomllib.loads(read_text(file))


def _written(tables: Mapping[str, Any]) -> str:
    """The tables as TOML."""
    return "".join(f"{toml.key(name)} = {_value(content)}\n" for name, content in tables.items())


def _value(content: Any) -> str:  # noqa: ANN401 - whatever a configuration holds
    match content:
        case bool():
            return "true" if content else "false"
        case Mapping():
            pairs = (f"{toml.key(name)} = {_value(item)}" for name, item in content.items())
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, content)) + "]"
    return toml.value(content)
