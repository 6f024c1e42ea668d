"""Imports a "multibrain" of Loway's loader: a JSON array of command lines."""

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from logagent.errors import ArgumentError
from logagent.importers.imported import Import, Imported, path_text, unreadable


class Meaning(Enum):
    """What an option of the loader says."""

    LOG = "log"
    """The log file."""
    STATE = "state"
    """Where it keeps how far it has read; here `state_dir` is for all sources."""
    JOB = "job"
    """The name of the pipeline."""
    INFLUX_URL = "influx-url"
    """Where counts go."""
    INFLUX_DATABASE = "influx-database"
    IGNORED = "ignored"
    """Has no place here and needs none."""


DEFAULT_OPTIONS = {
    "--log": Meaning.LOG,
    "--brain": Meaning.STATE,
    "--job": Meaning.JOB,
    "--influx": Meaning.INFLUX_URL,
    "--db": Meaning.INFLUX_DATABASE,
}
"""The usual names; they vary by site. Each takes a value."""


class _Pipeline(NamedTuple):
    number: int
    values: dict[Meaning, str]


def option_table(changes: Sequence[str]) -> dict[str, Meaning]:
    """`DEFAULT_OPTIONS` with changes such as `--file=log`.

    Raises `ArgumentError` for a change that is none.
    """
    options = dict(DEFAULT_OPTIONS)
    meanings = ", ".join(meaning.value for meaning in Meaning)
    for change in changes:
        name, equals, meaning = change.rpartition("=")
        if not (name and equals) or meaning not in {one.value for one in Meaning}:
            raise ArgumentError.of(
                "--option-map",
                f"`{change}` is not NAME=MEANING",
                hint=f"as in --option-map --file=log; MEANING is one of: {meanings}",
            )
        options[name] = Meaning(meaning)
    return options


def import_multibrain(
    text: str, origin: str, options: Mapping[str, Meaning] = DEFAULT_OPTIONS
) -> Imported:
    """A source for each log, and metrics that tell customers from monitoring.

    What a pipeline computes is code of the loader and not in the file; the metrics are a beginning.
    Raises `ConfigError` when `text` is no such array.
    """
    result = Import(origin)
    by_log: dict[str, list[_Pipeline]] = {}
    for pipeline in _pipelines(_commands(text, origin), options, result):
        if log := pipeline.values.get(Meaning.LOG):
            by_log.setdefault(log, []).append(pipeline)
        else:
            result.leave_out(f"pipeline {pipeline.number} names no log file")
    result.document.note(f"Imported from {origin}: pipelines of Loway's loader.")
    names: list[str] = []
    for log, pipelines in by_log.items():
        _write_source(result, log, pipelines, names)
    if by_log:
        _write_counts(result)
        _write_sinks(result, [one for pipelines in by_log.values() for one in pipelines])
    return result.finish()


def _commands(text: str, origin: str) -> list[list[str]]:
    try:
        commands: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise unreadable(origin, f"not JSON: {error.msg}", line=error.lineno) from None
    except RecursionError:
        raise unreadable(origin, "not a list of command lines") from None
    is_list = isinstance(commands, list) and all(
        isinstance(command, list) and all(isinstance(word, str) for word in command)
        for command in commands
    )
    if not is_list:
        raise unreadable(origin, "has to be a list of command lines, each a list of words")
    return list(commands)


def _pipelines(
    commands: Sequence[Sequence[str]], options: Mapping[str, Meaning], result: Import
) -> list[_Pipeline]:
    pipelines = []
    for number, command in enumerate(commands, 1):
        values: dict[Meaning, str] = {}
        words = iter(command)
        for word in words:
            name, equals, value = word.partition("=")
            meaning = options.get(name)
            if meaning is None:
                hint = "say what it means: --option-map NAME=MEANING"
                result.leave_out(f"`{word}` of pipeline {number} is not known; {hint}")
                continue
            if not equals:
                value = next(words, "")
            if not value:
                result.leave_out(f"`{word}` of pipeline {number} has no value")
            elif values.setdefault(meaning, value) != value:
                result.leave_out(f"pipeline {number} has a second {meaning.value}: {value}")
        pipelines.append(_Pipeline(number, values))
    return pipelines


def _write_source(
    result: Import, log: str, pipelines: Sequence[_Pipeline], names: list[str]
) -> None:
    notes = []
    for pipeline in pipelines:
        values = pipeline.values
        job = values.get(Meaning.JOB)
        if _far_end(pipeline) is None and (url := values.get(Meaning.INFLUX_URL)):
            database = values.get(Meaning.INFLUX_DATABASE, "(no name)")
            notes.append(f"Pipeline {job or pipeline.number} wrote to InfluxDB {url}, {database}.")
        if state := values.get(Meaning.STATE):
            notes.append(f"Its state in {state} is not needed: [agent] state_dir is for all.")
    result.document.item("source", notes=notes)
    wanted = pipelines[0].values.get(Meaning.JOB) or f"pipeline-{pipelines[0].number}"
    name, number = wanted, 1
    while name in names:
        number += 1
        name = f"{wanted}-{number}"
    names.append(name)
    result.document.set("name", name)
    result.document.set("paths", [path_text(log)])
    result.document.set("format", "combined")


def _write_counts(result: Import) -> None:
    document = result.document
    notes = ["Transactions of automated monitoring; put its user agents or addresses here."]
    document.table("categories", "traffic", notes=notes)
    rule = 'user_agent.contains("Pingdom") || user_agent.contains("check_http")'
    document.set_list("rules", [({"name": "monitoring", "when": rule}, None)])
    document.set("default", "customer")
    notes = ["What a pipeline counted was code; labels are fields and categories."]
    document.item("metric", notes=notes)
    document.set("name", "http_requests_total")
    document.set("type", "counter")
    document.set("labels", ["method", "status", "traffic"])


def _far_end(pipeline: _Pipeline) -> tuple[str, str] | None:
    """URL and database that a sink can take as they are."""
    url = pipeline.values.get(Meaning.INFLUX_URL, "")
    database = pipeline.values.get(Meaning.INFLUX_DATABASE)
    has_user = "@" in url
    is_usable = url.startswith(("http://", "https://")) and not has_user
    return (url, database) if database and is_usable else None


def _write_sinks(result: Import, pipelines: Sequence[_Pipeline]) -> None:
    """A sink for each database; all metrics go to each."""
    far_ends = dict.fromkeys(filter(None, map(_far_end, pipelines)))
    for number, (url, database) in enumerate(far_ends, 1):
        result.document.item("sink")
        result.document.set("name", "influx" if number == 1 else f"influx-{number}")
        result.document.set("type", "influxdb")
        result.document.set("every", "1m")
        result.document.set("url", path_text(url))
        result.document.set("database", path_text(database))
