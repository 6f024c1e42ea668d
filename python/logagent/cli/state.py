"""`logagent state`: what the service keeps over a restart."""

import os
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from logagent import config
from logagent.cli.command import Command, argument, flag, option, takes
from logagent.cli.options import usage_error
from logagent.cli.terminal import confirmed, glyphs, is_terminal, say, width, write_lines
from logagent.errors import ArgumentError
from logagent.state import Store, forgetting, state_directory
from logagent.state.reading import read_beside
from logagent.state.rows import no_rows
from logagent.table import Column, number, render

if TYPE_CHECKING:
    from logagent._core import Rows


_PLACE = (
    option(
        "-c",
        "--config",
        name="configuration",
        metavar="CONFIG",
        help="Take the directory it names.",
    ),
    option("--state-dir", metavar="DIRECTORY", help="The state directory."),
)
"""The options that say which state is meant."""


def _directory(configuration: str | None, state_dir: str | None) -> Path:
    if configuration is not None and state_dir is not None:
        raise usage_error("name --config or --state-dir, not both")
    if state_dir is not None:
        return Path(state_dir)
    if configuration is None:
        return state_directory({})
    return state_directory(config.load(configuration).describe()["agent"])


@takes(
    *_PLACE,
)
def _show(*, configuration: str | None, state_dir: str | None) -> None:
    """Show how far each file was read, and how many series each metric has."""
    rows, commit = read_beside(_directory(configuration, state_dir))
    files = [
        Column("source"),
        Column("path"),
        Column("stage"),
        Column("offset", "number"),
        Column("size", "number"),
        Column("behind", "number"),
        Column("updated"),
    ]
    records = [orjson.loads(record) for _, record in rows["files"] if record is not None]
    records.sort(key=lambda record: (record.get("source"), record.get("path")))
    _write_table(files, [_file_cells(record) for record in records])
    write_lines([""])
    counts = Counter(place for place, _, _ in rows["series"])
    names = [orjson.loads(definition)["name"] for definition in rows["metrics"]]
    _write_table(
        [Column("metric"), Column("series", "number")],
        [[name, number(counts[place])] for place, name in enumerate(names)],
    )
    write_lines(["", f"commit {number(commit.number)} of {_utc(commit.unix_ms)}"])


def _write_table(heading: list[Column], rows: list[list[str]]) -> None:
    signs = glyphs(sys.stdout)
    write_lines(render(heading, rows, totals=None, width=width(sys.stdout), glyphs=signs))


def _file_cells(record: Mapping[str, Any]) -> list[str]:
    size = behind = "-"
    size_bytes = _size_bytes(record)
    if size_bytes is not None:
        size = number(size_bytes)
        if record.get("encoding", "plain") == "plain":  # else the offset is of the content
            behind = number(max(size_bytes - record["offset"], 0))
    return [
        record["source"],
        record["path"],
        record["stage"],
        number(record["offset"]),
        size,
        behind,
        _utc(record["updated_unix_ms"]),
    ]


def _size_bytes(record: Mapping[str, Any]) -> int | None:
    """The size of the file, if it is still the one at its path."""
    try:
        found = os.stat(record["path"])  # noqa: PTH116 - device and inode are wanted
    except (OSError, ValueError):
        return None
    is_same = (found.st_dev, found.st_ino) == (record["device"], record["inode"])
    return found.st_size if is_same else None


def _utc(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


@takes(
    *_PLACE,
)
def _export(*, configuration: str | None, state_dir: str | None) -> None:
    """Write all of the state as JSON, to read or to `import`."""
    from logagent.state.document import export_text

    text = export_text(*read_beside(_directory(configuration, state_dir)))
    sys.stdout.buffer.write(text)


@takes(
    *_PLACE,
    argument(
        "file", "FILE|-", is_required=True, help="What `export` wrote; `-` is standard input."
    ),
)
def _import_state(*, configuration: str | None, state_dir: str | None, file: str) -> None:
    """Make an exported state the state; the one that was there is set aside.

    Also where the state is damaged. What a series shows in the file is for reading: `key` and
    `state` are what is taken.
    """
    from logagent.state.document import import_text

    directory = _directory(configuration, state_dir)
    text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    _install(directory, import_text(text, origin=file))


@takes(
    *_PLACE,
    option(
        "--source",
        metavar="NAME",
        help="Forget how far this source's files were read: they count again.",
    ),
    option("--metric", metavar="NAME", help="Forget the series of this metric."),
    flag("--all", name="everything", help="Forget all; also a damaged state."),
    flag("--yes", help="Do not ask."),
)
def _reset(
    *,
    configuration: str | None,
    state_dir: str | None,
    source: str | None,
    metric: str | None,
    everything: bool,
    yes: bool,
) -> int:
    """Forget a part of the state, or all of it.

    Lines that are read again are counted again, on top of what other metrics hold.
    """
    if [source is not None, metric is not None, everything].count(True) != 1:
        raise usage_error("name one of --source, --metric and --all")
    directory = _directory(configuration, state_dir)
    if everything:
        if not _agrees(f"Forget all positions and counts in {directory}?", yes=yes):
            return 1
        _install(directory, no_rows())
        return 0
    rows, _ = read_beside(directory)
    question = ""
    if source is not None:
        _require("source", source, forgetting.source_names(rows))
        question = f"Read the files of the source {source} again, and count them again?"
    elif metric is not None:
        _require("metric", metric, forgetting.metric_names(rows))
        question = f"Forget what the metric {metric} counted?"
    if not _agrees(question, yes=yes):
        return 1
    store = Store.open(directory)
    try:
        rows = store.load()
        if source is not None:
            rows = forgetting.without_source(rows, source)
        if metric is not None:
            rows = forgetting.without_metric(rows, metric)
        store.replace(rows)
    finally:
        store.close()
    return 0


def _install(directory: Path, rows: "Rows") -> None:
    aside = Store.install(directory, rows)
    if aside is not None:
        say("note", f"the earlier state is {aside} now")


def _require(what: str, name: str, known: set[str]) -> None:
    if name not in known:
        hint = f"it has: {', '.join(sorted(known))}" if known else None
        raise ArgumentError.of(f"--{what}", f"the state has no {what} `{name}`", hint=hint)


def _agrees(question: str, *, yes: bool) -> bool:
    """Whether the person at the terminal, or `--yes`, agrees."""
    if yes:
        return True
    if not is_terminal(sys.stdin):
        raise usage_error(f"{question} Say --yes where nobody can be asked.")
    agreed = confirmed(question)
    if not agreed:
        say("note", "nothing was changed")
    return agreed


command = Command(
    """Show, export, import or reset what the service keeps: positions in files, and counts.

    `show` and `export` read beside a running service; the others refuse while one runs.
    """,
    commands=[
        ("show", _show),
        ("export", _export),
        ("import", _import_state),
        ("reset", _reset),
    ],
    examples="""\
  logagent state show -c config.toml
  logagent state export -c config.toml > state.json
  logagent state reset --source proxy -c config.toml""",
)
