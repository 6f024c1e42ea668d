"""The metrics of a configuration, counted: families of series as columns and rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logagent._core import Plan, Snapshot


class Family(NamedTuple):
    """One metric's series; all columns are of one length."""

    name: str
    type: str
    """`counter`, `histogram` …"""
    labels: dict[str, list[str | None]]
    values: dict[str, list[Any]]
    """What each series counted; which columns there are depends on the type."""

    def __len__(self) -> int:
        """The number of series."""
        return len(next(iter(self.values.values()), []))

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The series, or the first `limit`: ``{"labels": {…}, "count": 7, …}``."""
        for i in range(len(self) if limit is None else min(limit, len(self))):
            labels = {name: column[i] for name, column in self.labels.items()}
            yield {"labels": labels, **{name: column[i] for name, column in self.values.items()}}


def families_of(plan: Plan, snapshot: Snapshot) -> list[Family]:
    """The families of `plan`, in its order, with what `snapshot` counted."""
    families = []
    for index, metric in enumerate(plan.describe()["metrics"]):
        series = snapshot.series(index)
        kind = metric.get("type", "counter")
        families.append(Family(metric["name"], kind, series["labels"], dict(_values(series))))
    return families


def _values(series: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    for name, column in series.items():
        if name == "labels":
            continue
        if isinstance(column, Mapping):
            # `sums` of fields become `sum_bytes`, `quantiles` become `quantile_0.5`.
            for part, values in column.items():
                yield f"{name.removesuffix('s')}_{part}", values
        elif isinstance(column, Sequence):
            yield name, list(column)
