"""Tables of the patterns of log lines."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from logagent.live.tables import Kind, Row, Table


def tables(models: Iterable[Mapping[str, Any]], *, limit: int) -> Iterator[Table]:
    """A table for each model of `Engine.stats` that the configuration names."""
    for model in models:
        lines: dict[str, int] = {}
        for count in model["counts"]:
            text = count["text"] or count["template"]
            lines[text] = lines.get(text, 0) + count["lines"]
        if model["mode"] is None or not lines:
            continue
        rows = [Row(text, total, 0, None, None, None) for text, total in _largest(lines)]
        title = f"patterns of {model['name']}" + (" (learning)" if model["is_learning"] else "")
        yield Table(f"patterns/{model['name']}", title, Kind.LABEL, rows[:limit], len(rows))


def _largest(lines: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(lines.items(), key=lambda item: (-item[1], item[0]))
