"""What is left of a state when a part of it is forgotten."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from logagent.state.rows import no_rows

if TYPE_CHECKING:
    from logagent._core import Rows


def without_source(rows: "Rows", name: str) -> "Rows":
    """The rows without the files of a source and what was read from each: it is read anew."""
    is_other = _unless("source", name)
    rest = no_rows() | rows
    rest["files"] = [file for file in rows["files"] if file[1] is None or is_other(file[1])]
    rest["tallies"] = [tally for tally in rows["tallies"] if is_other(tally[0])]
    return rest


def without_metric(rows: "Rows", name: str) -> "Rows":
    """The rows without the metrics of this name and their series: they count from 0."""
    is_other = _unless("name", name)
    places: dict[int, int] = {}
    for place, definition in enumerate(rows["metrics"]):
        if is_other(definition):
            places[place] = len(places)
    rest = no_rows() | rows
    rest["metrics"] = [rows["metrics"][place] for place in places]
    rest["series"] = [
        (places[place], labels, state) for place, labels, state in rows["series"] if place in places
    ]
    return rest


def source_names(rows: "Rows") -> set[str]:
    """The sources that the rows are of."""
    texts = [record for _, record in rows["files"] if record is not None]
    texts += [key for key, _ in rows["tallies"]]
    return {name for text in texts if (name := orjson.loads(text).get("source")) is not None}


def metric_names(rows: "Rows") -> set[str]:
    """The metrics that the rows are of."""
    return {orjson.loads(definition)["name"] for definition in rows["metrics"]}


def _unless(key: str, value: str) -> Callable[[str], bool]:
    """Whether a JSON object has another value there."""

    def is_other(text: str) -> bool:
        found: dict[str, Any] = orjson.loads(text)
        return found.get(key) != value

    return is_other
