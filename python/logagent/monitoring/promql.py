"""Expressions of PromQL about the metrics of a configuration."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Labels = Mapping[str, str | Sequence[str]]


class Family(NamedTuple):
    """A metric of a configuration, by the names of its exposition."""

    name: str
    """As in ``[[metric]]``."""
    type: str
    labels: tuple[str, ...]
    is_sum: bool
    """Whether a counter adds up values instead of records."""
    value: str | None
    """The field whose values it is about."""
    help: str | None
    quantiles: tuple[float, ...] = ()

    @property
    def sample(self) -> str:
        """The sample that grows with each record, or for gauges the only one."""
        if self.type == "counter":
            return self.name if self.name.endswith("_total") else f"{self.name}_total"
        return f"{self.name}_count" if self.type in ("histogram", "quantiles") else self.name

    @property
    def stem(self) -> str:
        """The name without what tells its type."""
        return self.name.removesuffix("_total")


def families(described: Mapping[str, Any]) -> list[Family]:
    """The metrics of what `Plan.describe` gives."""
    return [
        Family(
            metric["name"],
            metric["type"],
            tuple(metric["labels"]),
            metric["type"] == "counter" and metric["value"] is not None,
            metric["value"],
            metric["help"],
            tuple(metric.get("quantiles", ())),
        )
        for metric in described["metrics"]
    ]


def selector(sample: str, labels: Labels, *, matchers: Sequence[str] = ()) -> str:
    """The series of a sample with these label values; `matchers` stand as they are in front."""
    found = [*matchers]
    for label, values in labels.items():
        if isinstance(values, str):
            found.append(f"{label}={text(values)}")
        else:
            found.append(f"{label}=~{text('|'.join(map(re.escape, values)))}")
    return f"{sample}{{{','.join(found)}}}" if found else sample


def text(content: str) -> str:
    """A string literal."""
    # Those of JSON, but for characters that it would write as two halves.
    return json.dumps(content, ensure_ascii=False)


def duration(seconds: float) -> str:
    """A duration in the largest unit that divides it."""
    milliseconds = round(seconds * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"
