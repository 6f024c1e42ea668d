"""`logagent patterns --paths`: learnt groups of paths as rules to look at, and to paste."""

from collections import Counter
from collections.abc import Sequence

from logagent import job
from logagent._core import Plan, Scan
from logagent.cli import options, progress
from logagent.cli.terminal import write_lines
from logagent.query import compile_query
from logagent.toml import Document, string

_CATEGORY = "url_group"
_DEFAULT = "other"
_LIMIT = 100
_QUERY = "(?:[?#;].*)?$"
"""Ends the regexes of groups, for targets."""


def write(inputs: Sequence[str], log_format: str, *, limit: int | None) -> int:
    """Learn at most `limit` groups and write the category; returns the exit code."""
    if "-" in inputs:
        raise options.usage_error("--paths reads its input twice: give it a FILE")
    compile_query(log_format, by=("path",), option_prefix="--")  # says what is wrong with it
    plan = _plan(log_format, limit or _LIMIT).learn(inputs)
    counting = Scan(plan, inputs)
    snapshot = job.run(counting, watch=progress.watch)
    exit_code = options.report_inputs(counting)
    series = snapshot.series(0)
    counts = Counter(dict(zip(series["labels"][_CATEGORY], series["count"], strict=True)))
    write_lines(_text(plan.groups()[_CATEGORY], counts).splitlines())
    return exit_code


def _plan(log_format: str, limit: int) -> Plan:
    text = f"""
[[source]]
name = "paths"
format = {string(log_format)}
[categories.{_CATEGORY}]
on = "path"
mined = true
limit = {limit}
default = "{_DEFAULT}"
[[metric]]
name = "requests"
labels = ["{_CATEGORY}"]
series_limit = {limit + 1}
"""
    return Plan.from_toml(text, origin="--paths")


def _test(name: str, regex: str) -> dict[str, str]:
    """What a person would write: paths have no queries, and most groups nothing that varies."""
    if "<" not in name:
        return {"exact": name}
    return {"regex": regex.removesuffix(_QUERY) + "$"}


def _text(groups: Sequence[tuple[str, str]], counts: "Counter[str | None]") -> str:
    total = counts.total() or 1

    def share(group: str) -> str:
        return f"{counts[group] / total:.1%} of requests"

    document = Document()
    document.table(
        "categories", _CATEGORY, notes=["Learnt by `logagent patterns --paths`; names are yours."]
    )
    document.set("on", "path")
    rules = [
        ({"name": name.replace("$", "$$"), **_test(name, regex)}, share(name))
        for name, regex in groups
    ]
    document.set_list("rules", rules)
    document.set("default", _DEFAULT, note=share(_DEFAULT))
    return document.render()
