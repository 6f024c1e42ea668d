"""How `logagent patterns` shows what was found."""

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from logagent import patterns
from logagent._core import Model
from logagent.cli.terminal import glyphs, say, width, write_lines
from logagent.patterns import Template
from logagent.printable import printable
from logagent.table import Column, number, render

_SEEN = ("first_seen", "last_seen")
_ROOM_FOR_BARS = 72
_ROOM_FOR_INSTANTS = 110
"""Columns of a terminal from which on there is room for these beside patterns."""


def write_json(templates: Sequence[Template], found: dict[str, Any]) -> None:
    """Templates and what else was found, as one object."""
    known = ("lines", "oversize", "forgotten_lines", "unmatched", "unmatched_examples")
    fields = {name: found[name] for name in known}
    if not found["unmatched"]:
        fields["unmatched_examples"] = []
    write_lines([patterns.to_json(fields | {"templates": list(map(_with_times, templates))})])


def write_csv(templates: Sequence[Template], *, limit: int | None) -> None:
    """A row for each template."""
    total = sum(one["count"] for one in templates)
    rows = (
        [
            one["id"],
            one["count"],
            f"{_share(one['count'], total):.6f}",
            _time(one["first_seen"]),
            _time(one["last_seen"]),
            one["template"],
        ]
        for one in templates[:limit]
    )
    _write_rows(["id", "count", "share", "first_seen", "last_seen", "template"], rows)


def write_table(templates: Sequence[Template], *, limit: int | None, examples: int) -> None:
    """A table, with `examples` lines below each template."""
    total = sum(one["count"] for one in templates)
    shown = templates[:limit]
    times = _Times.of(shown)
    heading = [
        Column("count", "number"),
        Column("share", "number"),
        *times.heading(),
        Column("pattern"),
    ]
    rows = [
        [
            number(one["count"]),
            f"{_share(one['count'], total):.1%}",
            *times.cells(one),
            one["template"],
        ]
        for one in shown
    ]
    lines = _table(heading, rows)
    write_lines(lines[:1])
    for line, one in zip(lines[1:], shown, strict=True):
        write_lines([line])
        write_lines(f"    {printable(example)}" for example in one["examples"][:examples])
    if rest := templates[len(shown) :]:
        say("note", f"{len(rest)} more patterns with {sum(one['count'] for one in rest)} lines")


def write_notes(found: dict[str, Any]) -> None:
    """What a table does not hold, on standard error."""
    if found["forgotten_lines"]:
        say("note", f"{number(found['forgotten_lines'])} lines of rare shapes were forgotten")
    if found["oversize"]:
        say("note", f"{number(found['oversize'])} lines longer than 1 MiB were left out")
    if found["unmatched"]:
        say("note", f"{number(found['unmatched'])} lines match no pattern, such as")
        for example in found["unmatched_examples"]:
            say("note", f"  {example}")


def write_changes(output: str, before: Model, after: Model, *, limit: int | None) -> None:
    """What is new, gone, more or less in `after`."""
    found = patterns.changes(before, after)
    if output == "json":
        rows = [
            {"change": one.kind} | _with_times(one.template) | {"count": one.before + one.after}
            for one in found[:limit]
        ]
        lines = {"before_lines": before.lines, "after_lines": after.lines}
        write_lines([patterns.to_json(lines | {"templates": rows})])
        return
    if output == "csv":
        _write_rows(
            ["change", "id", "before", "after", "first_seen", "last_seen", "template"],
            (
                [
                    one.kind,
                    one.template["id"],
                    one.before,
                    one.after,
                    _time(one.template["first_seen"]),
                    _time(one.template["last_seen"]),
                    one.template["template"],
                ]
                for one in found[:limit]
            ),
        )
        return
    news = [one for one in found if one.kind != "same"]
    if not news:
        say("note", "no pattern is new or gone, and none has another rate")
        return
    shown = news[:limit]
    times = _Times.of([one.template for one in shown])
    heading = [
        Column("change", "bar"),
        Column("before", "number"),
        Column("after", "number"),
        *times.heading(),
        Column("pattern"),
    ]
    cells = [
        [
            one.kind,
            number(one.before),
            number(one.after),
            *times.cells(one.template),
            one.template["template"],
        ]
        for one in shown
    ]
    write_lines(_table(heading, cells))


class _Times(NamedTuple):
    """The columns that say when lines were logged, as far as there is room for them."""

    has_bars: bool
    has_instants: bool
    form: str
    """For instants: without a date where all lines are of one day."""

    @classmethod
    def of(cls, templates: Sequence[Template]) -> "_Times":
        seen = [one[name] for one in templates for name in _SEEN if one[name] is not None]
        room = width(sys.stdout) or _ROOM_FOR_INSTANTS
        days = {_time(second)[:10] for second in seen}
        form = "%H:%M:%S" if len(days) == 1 else "%Y-%m-%d %H:%M"
        has_bars = glyphs(sys.stdout).blocks is not None and room >= _ROOM_FOR_BARS
        return cls(has_bars and bool(seen), room >= _ROOM_FOR_INSTANTS and bool(seen), form)

    def heading(self) -> list[Column]:
        names = ["over time"] * self.has_bars + ["first seen", "last seen"] * self.has_instants
        return [Column(name, "bar") for name in names]

    def cells(self, one: Template) -> list[str]:
        bars = [patterns.sparkline(one["timeline"], blocks=True)] * self.has_bars
        return bars + [_time(one[name], self.form) for name in _SEEN if self.has_instants]


def _table(heading: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    here = sys.stdout
    return render(heading, rows, totals=None, width=width(here), glyphs=glyphs(here))


def _write_rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)


def _with_times(template: Template) -> Template:
    return template | {name: _time(template[name]) or None for name in ("first_seen", "last_seen")}


def _time(unix_seconds: int | None, form: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
    """An instant, in UTC; empty without one, or beyond the years that are written so."""
    if unix_seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(unix_seconds, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return ""


def _share(count: int, total: int) -> float:
    return count / total if total else 0.0
