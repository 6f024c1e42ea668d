"""What a threshold compares: a number out of the slots of a window."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from logagent._core import Snapshot
from logagent.checkers.checker import SlotRows
from logagent.checkers.window import Part, Row, Window

if TYPE_CHECKING:
    from logagent._core import Plan

SCALE = 10**9
"""Numbers are kept as whole multiples of its inverse: sums of values neither drift nor depend on
their order."""

Labels = Mapping[str, Sequence[str]]
"""The values that labels may have."""


class Added(NamedTuple):
    """A row of what was counted, as `Window.add` takes it."""

    slot: int | None
    """Unix seconds at which it starts; None for what has no time of its own."""
    numbers: Sequence[int]
    sketch: Row | None = None
    parts: Sequence[Part] = ()


class Measure(Protocol):
    """One way to make a number out of counts."""

    width: int
    """How many numbers a slot has."""
    unit: str
    """What stands behind the value in texts for people."""

    def added(self, rows: SlotRows) -> Iterator[Added]:
        """The rows that matter."""

    def value(self, window: Window) -> float | None:
        """The number; None if there is nothing that it could be made of."""


class Selection:
    """Rows of a metric's columns, and which of them a condition on labels holds for."""

    def __init__(self, metric: str, wanted: Labels) -> None:
        self.metric = metric
        self._wanted = {label: frozenset(values) for label, values in wanted.items()}
        self._pinned = {label for label, values in self._wanted.items() if len(values) == 1}

    def rows(self, rows: SlotRows) -> Iterator[tuple[int, Mapping[str, Any], bool, list[Part]]]:
        """Number of the row, columns, whether it is selected, and its parts if it is."""
        columns = rows.columns.get(self.metric)
        if columns is None:
            return
        labels = columns["labels"]
        tests = [(labels[label], values) for label, values in self._wanted.items()]
        telling = [(name, values) for name, values in labels.items() if name not in self._pinned]
        for row in range(len(columns["slot"])):
            is_selected = all((values[row] or "") in wanted for values, wanted in tests)
            parts = [(name, values[row] or "") for name, values in telling] if is_selected else []
            yield row, columns, is_selected, parts


class Total:
    """The sum of a metric: its values where it has any, otherwise its records."""

    width = 1

    def __init__(self, selection: Selection, column: str, *, per_seconds: float | None) -> None:
        """`column` is ``count`` or ``value``; divided by `per_seconds` it is a rate."""
        self._selection = selection
        self._column = column
        self._per_seconds = per_seconds
        self.unit = "" if per_seconds is None else "/s"

    def added(self, rows: SlotRows) -> Iterator[Added]:
        """As `Measure.added`."""
        for row, columns, is_selected, parts in self._selection.rows(rows):
            if is_selected:
                yield Added(
                    columns["slot"][row], [_scaled(columns[self._column][row])], None, parts
                )

    def value(self, window: Window) -> float | None:
        """As `Measure.value`: nothing counted is 0."""
        # A quotient of whole numbers is rounded once: what is exactly at a threshold stays there.
        numerator, denominator = _ratio(self._per_seconds)
        return window.total[0] * denominator / (SCALE * numerator)


class Share:
    """The selected records among all records of a metric, from 0 to 1."""

    width = 2
    unit = ""

    def __init__(self, selection: Selection, column: str) -> None:
        self._selection = selection
        self._column = column

    def added(self, rows: SlotRows) -> Iterator[Added]:
        """As `Measure.added`."""
        for row, columns, is_selected, parts in self._selection.rows(rows):
            amount = _scaled(columns[self._column][row])
            yield Added(columns["slot"][row], [amount if is_selected else 0, amount], None, parts)

    def value(self, window: Window) -> float | None:
        """As `Measure.value`: of no records there is no share."""
        return _share(window)


class BucketQuantile:
    """A quantile of a histogram, interpolated within its bucket.

    As `histogram_quantile` of Prometheus does it: values of a bucket are taken as spread evenly,
    the first bucket begins at 0, and what is above the last bound is that bound.
    """

    unit = ""

    def __init__(self, selection: Selection, bounds: Sequence[float], quantile: float) -> None:
        self._selection = selection
        self._bounds = bounds
        self._quantile = quantile
        self.width = len(bounds) + 1

    def added(self, rows: SlotRows) -> Iterator[Added]:
        """As `Measure.added`: the records, then those of at most each bound."""
        for row, columns, is_selected, parts in self._selection.rows(rows):
            if is_selected:
                at_most = [counts[row] for counts in columns["buckets"].values()]
                yield Added(columns["slot"][row], [columns["count"][row], *at_most], None, parts)

    def value(self, window: Window) -> float | None:
        """As `Measure.value`: none without records."""
        count, *at_most = window.total
        if not count:
            return None
        rank = self._quantile * count
        below, start = 0, min(0.0, self._bounds[0])
        for bound, reached in zip(self._bounds, at_most, strict=True):
            if reached >= rank and reached > below:
                return start + (bound - start) * (rank - below) / (reached - below)
            below, start = reached, bound
        return self._bounds[-1]


class SketchQuantile:
    """A quantile of a metric of the type `quantiles`."""

    width = 1
    unit = ""
    _MOST_SKETCHES = 16
    """Those of a slot that are kept before they are added up."""

    def __init__(
        self, selection: Selection, plan: "Plan", number: int, labels: Labels, quantile: float
    ) -> None:
        """`number` is the metric's in the plan."""
        described = plan.describe()["metrics"][number]
        self._selection = selection
        self._plan = plan
        self._number = number
        self._wanted = [
            (described["labels"].index(label), frozenset(values))
            for label, values in labels.items()
        ]
        self._quantile = described["quantiles"].index(quantile)

    def added(self, rows: SlotRows) -> Iterator[Added]:
        """As `Measure.added`: counts for the parts, sketches for the value."""
        for row, columns, is_selected, parts in self._selection.rows(rows):
            if is_selected:
                yield Added(columns["slot"][row], [columns["count"][row]], None, parts)
        for slot, labels, state in rows.states.get(self._selection.metric, ()):
            found = Snapshot.read_series(labels, state)["labels"] if self._wanted else []
            if all((found[place] or "") in values for place, values in self._wanted):
                yield Added(slot, [0], (labels, state))

    def value(self, window: Window) -> float | None:
        """As `Measure.value`: none without values."""
        window.compact(
            self._MOST_SKETCHES, lambda states: self._plan.merge_states(self._number, states)
        )
        rows = window.sketches()
        if not rows:
            return None
        # By the labels of one of them they are one series.
        one = [(rows[0][0], state) for _, state in rows]
        quantiles = self._plan.columns(self._number, one)["quantiles"]
        value: float | None = list(quantiles.values())[self._quantile][0]
        return value


class Unmatched:
    """Lines that do not match the format among all lines, from 0 to 1."""

    width = 2
    unit = ""

    def __init__(self, source: str | None) -> None:
        """Of all sources without a name."""
        self._source = source

    def added(self, rows: SlotRows) -> Iterator[Added]:
        """As `Measure.added`; the parts are the sources."""
        for source, lines in rows.lines.items():
            if self._source in (None, source):
                numbers = [_scaled(lines.rejected), _scaled(lines.lines)]
                yield Added(None, numbers, None, [("source", source)])

    def value(self, window: Window) -> float | None:
        """As `Measure.value`: none without lines."""
        return _share(window)


def _share(window: Window) -> float | None:
    selected, all_of_them = window.total
    return selected / all_of_them if all_of_them else None


def _scaled(number: float) -> int:
    return number * SCALE if isinstance(number, int) else round(number * SCALE)


def _ratio(number: float | None) -> tuple[int, int]:
    return (1, 1) if number is None else float(number).as_integer_ratio()
