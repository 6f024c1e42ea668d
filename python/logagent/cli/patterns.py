"""`logagent patterns`: the shapes of log lines, learnt without being told."""

import csv
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from logagent import job, patterns
from logagent._core import Mine, Model
from logagent.cli import options, progress
from logagent.cli.terminal import glyphs, say, width, write_lines
from logagent.errors import InputError
from logagent.printable import printable
from logagent.table import Column, Kind, number, render


@click.command(
    "patterns",
    short_help="Learn the patterns of log lines.",
    epilog="""\b
Examples:
  logagent patterns app.log
  logagent patterns --model app.json app.log
  logagent patterns --model app.json --frozen new.log
  logagent patterns --diff before.log after.log
  logagent patterns --assign lines.csv app.log""",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How the patterns are written.",
)
@click.option(
    "--assign",
    metavar="CSV",
    help="Also write LineId,EventId,EventTemplate of each line; reads FILE twice.",
)
@click.option("--model", "model_path", metavar="JSON", help="Go on from this model, and keep it.")
@click.option("--frozen", is_flag=True, help="Learn nothing: match lines with the model.")
@click.option(
    "--diff",
    nargs=2,
    metavar="A B",
    help="What is new, gone, more or less in B; each a log or a model.",
)
@click.option(
    "--examples",
    type=click.IntRange(0, 8),
    default=0,
    show_default=True,
    metavar="N",
    help="Lines to show of each pattern in the table.",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help="The most patterns to show.",
)
@options.files_argument
def command(
    *,
    output: str,
    assign: str | None,
    model_path: str | None,
    frozen: bool,
    diff: tuple[str, str] | None,
    examples: int,
    limit: int | None,
    files: tuple[str, ...],
) -> int:
    """Learn the patterns of log lines.

    Lines of any kind of log are put into groups by what is constant in them; nothing is
    configured. Columns before the message, such as a time or a level, are found and left out.
    Without FILE, standard input is read.
    """
    if diff is not None:
        if files or assign or model_path or frozen:
            raise options.usage_error("--diff takes two logs or models and no other input")
        return _diff(*diff, output=output, limit=limit)
    if frozen and model_path is None:
        raise options.usage_error("--frozen matches lines with a model; name it with --model")
    inputs = options.inputs_of(files)
    if assign is not None and "-" in inputs:
        raise options.usage_error("--assign reads its input twice: give it a FILE")
    has_model = model_path is not None and (frozen or os.path.exists(model_path))  # noqa: PTH110
    model = patterns.load_model(model_path) if has_model and model_path else Model()
    mining = Mine(model, inputs, mode="frozen" if frozen else "learn")
    found = job.run(mining, watch=progress.watch)
    if assign is not None:
        with open(assign, "wb") as file:  # noqa: PTH123 - its descriptor is what is wanted
            second = Mine(model, inputs, mode="frozen", assign_fd=file.fileno())
            job.run(second, watch=progress.watch)
    if model_path is not None and not frozen:
        patterns.save_model(model, model_path)
    templates = model.templates()
    if frozen:
        counts = found["counts"]
        templates = [one | {"count": counts[one["id"]]} for one in templates if one["id"] in counts]
        templates.sort(key=lambda one: (-one["count"], one["id"]))
    _write(output, templates, found, model, frozen=frozen, examples=examples, limit=limit)
    return options.report_inputs(mining)


def _write(
    output: str,
    templates: list[patterns.Template],
    found: dict[str, Any],
    model: Model,
    *,
    frozen: bool,
    examples: int,
    limit: int | None,
) -> None:
    total = sum(one["count"] for one in templates)
    shown = templates[:limit]
    if output == "json":
        fields: dict[str, Any] = {
            "lines": found["lines"],
            "forgotten_lines": model.forgotten_lines,
            "oversize": found["oversize"],
            "templates": [_with_times(one) for one in shown],
        }
        if frozen:
            fields["unmatched"] = found["unmatched"]
            fields["unmatched_examples"] = found["unmatched_examples"]
        write_lines([patterns.to_json(fields)])
        return
    if output == "csv":
        head = ["id", "count", "share", "first_seen", "last_seen", "template"]
        _write_csv(
            head,
            (
                [
                    one["id"],
                    one["count"],
                    f"{_share(one['count'], total):.6f}",
                    _time(one["first_seen"]),
                    _time(one["last_seen"]),
                    one["template"],
                ]
                for one in shown
            ),
        )
        return
    blocks = glyphs(sys.stdout).blocks is not None
    has_times = any(one["timeline"] for one in shown)
    heading = [Column("count", Kind.NUMBER), Column("share", Kind.NUMBER)]
    heading += [Column("over time", Kind.BAR), Column("last seen", Kind.BAR)] if has_times else []
    rows = []
    for one in shown:
        times = [patterns.sparkline(one["timeline"], blocks=blocks), _time(one["last_seen"])]
        figures = [number(one["count"]), f"{_share(one['count'], total):.1%}"]
        rows.append([*figures, *(times if has_times else []), one["template"]])
    lines = render(
        [*heading, Column("pattern")],
        rows,
        totals=None,
        width=width(sys.stdout),
        glyphs=glyphs(sys.stdout),
    )
    write_lines(lines[:1])
    for line, one in zip(lines[1:], shown, strict=True):
        write_lines([line])
        write_lines(f"    {printable(example)}" for example in one["examples"][:examples])
    if len(shown) < len(templates):
        rest = templates[len(shown) :]
        say("note", f"{len(rest)} more patterns with {sum(one['count'] for one in rest)} lines")
    if model.forgotten_lines:
        say("note", f"{number(model.forgotten_lines)} lines of rare shapes were forgotten")
    if found["oversize"]:
        say("note", f"{number(found['oversize'])} lines longer than 1 MiB were left out")
    if frozen and found["unmatched"]:
        say("note", f"{number(found['unmatched'])} lines match no pattern, such as")
        for example in found["unmatched_examples"]:
            say("note", f"  {example}")


def _diff(before: str, after: str, *, output: str, limit: int | None) -> int:
    models = (_model_of(before), _model_of(after))
    found = patterns.changes(*models)
    news = [one for one in found if one.kind != "same"] if output == "table" else found
    shown = news[:limit]
    if output == "json":
        rows = [
            {"change": one.kind} | _with_times(one.template) | {"count": one.before + one.after}
            for one in shown
        ]
        lines = {"before_lines": models[0].lines, "after_lines": models[1].lines}
        write_lines([patterns.to_json(lines | {"templates": rows})])
    elif output == "csv":
        _write_csv(
            ["change", "id", "before", "after", "template"],
            (
                [one.kind, one.template["id"], one.before, one.after, one.template["template"]]
                for one in shown
            ),
        )
    elif news:
        columns = [
            Column("change", Kind.BAR),
            Column("before", Kind.NUMBER),
            Column("after", Kind.NUMBER),
            Column("pattern"),
        ]
        cells = [
            [one.kind, number(one.before), number(one.after), one.template["template"]]
            for one in shown
        ]
        here = sys.stdout
        write_lines(render(columns, cells, totals=None, width=width(here), glyphs=glyphs(here)))
    else:
        say("note", "no pattern is new or gone, and none has another rate")
    return 0


def _model_of(path: str) -> Model:
    """The model in a file, or what the lines of a log teach."""
    if patterns.is_model(path):
        return patterns.load_model(path)
    model = Model()
    mining = Mine(model, [path], mode="learn")
    job.run(mining, watch=progress.watch)
    if errors := mining.errors():
        raise InputError(errors)
    return model


def _write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)


def _with_times(template: patterns.Template) -> patterns.Template:
    return template | {name: _time(template[name]) or None for name in ("first_seen", "last_seen")}


def _time(unix_seconds: int | None) -> str:
    """An instant as ISO 8601; empty without one, or beyond the years that are written so."""
    if unix_seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def _share(count: int, total: int) -> float:
    return count / total if total else 0.0
