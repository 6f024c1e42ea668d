"""`logagent patterns`: the shapes of log lines, learnt without being told."""

import os

import click

from logagent import job, patterns
from logagent._core import Mine, Model
from logagent.cli import options, pattern_output, progress
from logagent.errors import InputError


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
        before, after = (_model_of(path) for path in diff)
        pattern_output.write_changes(output, before, after, limit=limit)
        return 0
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
    else:
        found["unmatched"] = 0  # what was new was learnt
    found["forgotten_lines"] = model.forgotten_lines
    match output:
        case "json":
            pattern_output.write_json(templates[:limit], found)
        case "csv":
            pattern_output.write_csv(templates, limit=limit)
        case _:
            pattern_output.write_table(templates, limit=limit, examples=examples)
            pattern_output.write_notes(found)
    return options.report_inputs(mining)


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
