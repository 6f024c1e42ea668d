"""What the bytes of a series depend on, so that they can be read after the metric has changed."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from logagent import toml
from logagent._core import Plan, Snapshot

_KEYS = ("name", "type", "labels", "value", "sums", "buckets", "quantiles", "accuracy", "size")


class Shape:
    """A metric without its condition, limits and help; equal definitions are one shape."""

    def __init__(self, definition: str) -> None:
        """`definition` is what `definition_of` answered."""
        self.definition = definition
        described = orjson.loads(definition)
        self.name: str = described["name"]
        self.type: str = described["type"]
        self.labels: tuple[str, ...] = tuple(described["labels"])
        self._plan = _plan_of(described)

    def merged(self, states: Sequence[bytes]) -> bytes:
        """The sum of states; ValueError if one is of another shape."""
        return states[0] if len(states) == 1 else self._plan.merge_states(0, states)

    def columns(self, rows: Sequence[tuple[bytes, bytes]]) -> Mapping[str, Any]:
        """Rows of labels and state as `Snapshot.series` has them; ValueError if they are none."""
        return self._plan.columns(0, rows)


def definition_of(metric: Mapping[str, Any]) -> str:
    """The definition of a metric that `Plan.describe` describes."""
    return orjson.dumps({key: metric[key] for key in _KEYS if key in metric}).decode()


def records_of(labels: bytes, state: bytes) -> int:
    """How many records a row counted."""
    return int(Snapshot.read_series(labels, state)["count"])


@lru_cache(maxsize=256)
def shape_of(definition: str) -> Shape:
    """The shape of a definition, made once."""
    return Shape(definition)


def _plan_of(described: Mapping[str, Any]) -> Plan:
    """A plan of the metric alone: nothing but its rows is asked of it."""
    document = toml.Document()
    document.item("metric")
    for key, content in described.items():
        if content not in (None, []):
            document.set(key, content)
    return Plan.from_toml(document.render(), origin="a metric of the state")
