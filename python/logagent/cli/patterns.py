"""`logagent patterns`: the shapes of log lines, learnt without being told."""

import os
from typing import Any

from logagent import job, patterns
from logagent._core import Mine, Model
from logagent.cli import options, pattern_output, progress
from logagent.cli.command import flag, option, takes
from logagent.cli.pattern_models import Window, compared
from logagent.patterns import Template


@takes(
    option(
        "-o",
        "--output",
        default="table",
        choices=("table", "json", "csv"),
        help="How the patterns are written.",
    ),
    option(
        "--assign",
        metavar="CSV",
        help="Also write LineId,EventId,EventTemplate of each line; reads FILE twice.",
    ),
    option(
        "--model", name="model_path", metavar="JSON", help="Go on from this model, and keep it."
    ),
    flag("--frozen", help="Learn nothing: match lines with the model."),
    flag(
        "--diff",
        help="What is new, gone, more or less in the second FILE (each a log or a model); with"
        " --since in the lines from then on, against those before.",
    ),
    option("--since", metavar="TIME", help="Only lines logged at this instant or later."),
    option("--until", metavar="TIME", help="Only lines logged before this instant."),
    flag(
        "--paths",
        help="Learn groups of the paths in access logs, and print them as rules of a category.",
    ),
    options.FORMAT,
    option(
        "--examples",
        metavar="N",
        default=0,
        within=(0, 8),
        help="Lines to show of each pattern in the table.",
    ),
    option("-n", "--limit", metavar="N", within=(1, None), help="The most patterns to show."),
    options.FILES,
    examples="""\
  logagent patterns app.log
  logagent patterns --model app.json app.log
  logagent patterns --model app.json --frozen new.log
  logagent patterns --diff before.log after.log
  logagent patterns --diff --since 2026-11-22T10:00 app.log
  logagent patterns --paths access.log
  logagent patterns --assign lines.csv app.log""",
    sees_given=True,
)
def command(  # noqa: PLR0913 - an argument for each option
    *,
    output: str,
    assign: str | None,
    model_path: str | None,
    frozen: bool,
    diff: bool,
    since: str | None,
    until: str | None,
    paths: bool,
    log_format: str,
    examples: int,
    limit: int | None,
    files: tuple[str, ...],
    given: options.Given,
) -> int:
    """Learn the patterns of log lines.

    Lines of any kind of log are put into groups by what is constant in them; nothing is
    configured. Columns before the message, such as a time or a level, are found and left out.
    Without FILE, standard input is read.
    """
    if paths:
        given.refuse_others("--paths", "paths", "log_format", "limit", "files")
        from logagent.cli import path_groups

        return path_groups.write(options.inputs_of(files), log_format, limit=limit)
    given.refuse_without("--paths", "log_format")
    window = Window.read(since, until)
    if diff:
        given.refuse_others("--diff", "diff", "since", "until", "output", "limit", "files")
        before, after = compared(files, window)
        pattern_output.write_changes(output, before, after, limit=limit)
        return 0
    inputs = _inputs(files, assign, model_path, window, frozen=frozen)
    has_model = model_path is not None and (frozen or os.path.exists(model_path))  # noqa: PTH110
    model = patterns.load_model(model_path) if has_model and model_path else Model()
    mining = Mine(model, inputs, mode="frozen" if frozen else "learn", **window._asdict())
    found = job.run(mining, watch=progress.watch)
    window.check(found["dated"])
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
    _show(templates, found, output, limit=limit, examples=examples)
    return options.report_inputs(mining)


def _inputs(
    files: tuple[str, ...], assign: str | None, model: str | None, window: Window, *, frozen: bool
) -> list[str]:
    """What is read; raises a usage error for options that do not go together."""
    inputs = options.inputs_of(files)
    if frozen and model is None:
        raise options.usage_error("--frozen matches lines with a model; name it with --model")
    if assign is not None and window != Window():
        raise options.usage_error("--assign is of all lines, without --since and --until")
    if assign is not None and "-" in inputs:
        raise options.usage_error("--assign reads its input twice: give it a FILE")
    return inputs


def _show(
    templates: list[Template],
    found: dict[str, Any],
    output: str,
    *,
    limit: int | None,
    examples: int,
) -> None:
    match output:
        case "json":
            pattern_output.write_json(templates[:limit], found)
        case "csv":
            pattern_output.write_csv(templates, limit=limit)
        case _:
            pattern_output.write_table(templates, limit=limit, examples=examples)
            pattern_output.write_notes(found)
