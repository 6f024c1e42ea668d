"""The metrics of a configuration, counted: families of series as columns and rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logagent._core import Plan, Snapshot
from logagent.instants import iso_seconds


class Family(NamedTuple):
    """One metric's series; all columns are of one length."""

    name: str
    type: str
    """`counter`, `histogram` …"""
    labels: dict[str, list[str | None]]
    values: dict[str, list[Any]]
    """What each series counted; which columns there are depends on the type."""
    slots: list[str] | None = None
    """Where the slot of each row starts, if it was counted by slot: a row is a slot of a series."""

    def __len__(self) -> int:
        """The number of rows."""
        return len(next(iter(self.values.values()), []))

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The series, or the first `limit`: ``{"labels": {…}, "count": 7, …}``.

        By slot they also have ``"slot": "2026-11-21T10:00:00Z"``.
        """
        for i in range(len(self) if limit is None else min(limit, len(self))):
            labels = {name: column[i] for name, column in self.labels.items()}
            slot = {} if self.slots is None else {"slot": self.slots[i]}
            values = {name: column[i] for name, column in self.values.items()}
            yield {**slot, "labels": labels, **values}


def families_of(plan: Plan, snapshot: Snapshot, *, by_slot: bool = False) -> list[Family]:
    """The families of `plan`, in its order, with what `snapshot` counted, in all or by slot."""
    families = []
    for index, metric in enumerate(plan.describe()["metrics"]):
        series = snapshot.slots(index) if by_slot else snapshot.series(index)
        slots = [iso_seconds(start) for start in series.pop("slot")] if by_slot else None
        kind = metric.get("type", "counter")
        labels, values = series["labels"], dict(_values(series))
        families.append(Family(metric["name"], kind, labels, values, slots))
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
