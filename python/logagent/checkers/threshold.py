"""Thresholds: a value over a sliding window that is too high, too low, or not there.

The window ends with the newest slot that is over, and moves on slot by slot: each is judged once,
when the clock has passed its end and `lateness`. What comes later still counts in the windows that
follow. A finding's time is the start of the slot that brought it about.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from logagent.checkers.checker import Checker, Finding, Phase, SlotRows
from logagent.checkers.measure import (
    SCALE,
    BucketQuantile,
    Measure,
    Selection,
    Share,
    SketchQuantile,
    Total,
    Unmatched,
)
from logagent.checkers.threshold_options import OPTIONS, Kind, Time, problems
from logagent.checkers.window import Window, amounts_of, plain
from logagent.errors import Problem
from logagent.options import Option, Table

if TYPE_CHECKING:
    from logagent._core import Plan

_MOST_MOVED = 5
_MOST_WAITING = 100_000
"""Slots that wait for a source that lags behind the others; beyond that the oldest are judged."""


class Threshold(Checker):
    """Fires when a value crosses a threshold, and recovers when it is back."""

    OPTIONS: ClassVar[Sequence[Option]] = OPTIONS
    STREAM: ClassVar[str] = "alerts"

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> list[Problem]:
        """As `Checker.check`."""
        return [*problems(table, options, described)]

    def __init__(self, name: str, options: Mapping[str, Any], plan: "Plan") -> None:
        super().__init__(name, options, plan)
        self._kind = Kind(options["measure"])
        is_wall = self._kind is Kind.UNMATCHED or options["time"] == Time.WALL
        self._time = Time.WALL if is_wall else Time.EVENT
        self._slot_seconds = int(plan.describe()["agent"]["slot_seconds"])
        self._measure = _measure(self._kind, options, plan)
        length = round(options["over"] / self._slot_seconds)
        self._window = Window(length, self._measure.width)
        self._is_ending = False
        # In slots:
        self._first: int | None = None
        """The first that was seen; a value that is too low says nothing before a whole window."""
        self._beyond_since: int | None = None
        self._opened: int | None = None

    @property
    def metrics(self) -> Sequence[str]:
        """As `Checker.metrics`."""
        return () if self._kind is Kind.UNMATCHED else (self.options["metric"],)

    @property
    def sketches(self) -> Sequence[str]:
        """As `Checker.sketches`."""
        return self.metrics if isinstance(self._measure, SketchQuantile) else ()

    @property
    def wants_lines(self) -> bool:
        """As `Checker.wants_lines`."""
        return self._kind is Kind.UNMATCHED

    def slots(self, rows: SlotRows) -> Sequence[Finding]:
        """Count; what there is to say is said at the heartbeat."""
        reading = self._slot(rows.wall_time)
        for added in self._measure.added(rows):
            has_own = added.slot is not None and self._time is Time.EVENT
            number = self._slot(added.slot) if has_own and added.slot is not None else reading
            if self._first is None or (self._window.end is None and number < self._first):
                self._first = number
            self._window.add(number, added.numbers, added.sketch, added.parts)
        return ()

    def heartbeat(self, event_time: float, wall_time: float) -> Sequence[Finding]:
        """Judge the slots that are over."""
        if self._time is Time.WALL:
            return self._judge_until(self._slot(wall_time) - 1)
        return self._judge_until(self._slot(event_time - self.options["lateness"]) - 1)

    def end_of_log(self) -> Sequence[Finding]:
        """Let the window run empty: what was too high recovers, and nothing new opens."""
        newest = self._window.newest
        if newest is None:
            return ()
        findings = [*self._judge_until(newest)]
        self._is_ending = True
        return [*findings, *self._judge_until(newest + self._window.length)]

    def state(self) -> Mapping[str, Any]:
        """Where it stands, and each slot under a key of its own."""
        standing = {
            "end": self._window.end,
            "first": self._first,
            "beyond_since": self._beyond_since,
            "opened": self._opened,
        }
        slots = {str(number): plain(one) for number, one in self._window.contents().items()}
        return {"standing": standing, **slots}

    def restore(self, state: Mapping[str, Any]) -> None:
        """As `Checker.restore`."""
        standing = state["standing"]
        for key, slot in state.items():
            if key != "standing":
                self._window.put(int(key), amounts_of(slot))
        if standing["end"] is not None:
            self._window.settle(standing["end"])
        self._first = standing["first"]
        self._beyond_since = standing["beyond_since"]
        self._opened = standing["opened"]

    def _slot(self, unix_seconds: float) -> int:
        return int(unix_seconds // self._slot_seconds)

    def _judge_until(self, last: int) -> list[Finding]:
        window = self._window
        newest = window.newest
        if newest is not None:
            last = max(last, newest - _MOST_WAITING)
        if self._first is None:
            self._first = last + 1
        if window.end is None:
            window.settle(min(self._first - 1, last))
        findings: list[Finding] = []
        while window.end is not None and window.end < last:
            if self._is_settled(window.end):
                window.skip(last - 1)
            window.move()
            finding = self._judge(window.end)
            if finding is not None:
                findings.append(finding)
        return findings

    def _is_settled(self, slot: int) -> bool:
        """Whether the next slots, if they are empty, change nothing: a gap may last for years."""
        is_pending = self._beyond_since is not None and self._opened is None
        return self._window.is_quiet and not is_pending and self._is_whole(slot)

    def _is_whole(self, slot: int) -> bool:
        """Whether all of the window that ends here was seen."""
        return self._first is not None and slot - self._first + 1 >= self._window.length

    def _judge(self, slot: int) -> Finding | None:
        value = self._measure.value(self._window)
        if self._opened is not None:
            if not self._is_back(value):
                return None
            opened, self._opened, self._beyond_since = self._opened, None, None
            return self._finding(Phase.CLOSE, slot, opened, value)
        if self._is_ending or not self._is_beyond(value, slot):
            self._beyond_since = None
            return None
        if self._beyond_since is None:
            self._beyond_since = slot
        if (slot - self._beyond_since) * self._slot_seconds < self.options["for"]:
            return None
        self._opened = slot
        return self._finding(Phase.OPEN, slot, slot, value)

    def _is_beyond(self, value: float | None, slot: int) -> bool:
        if value is None:
            return False
        above = self.options["above"]
        if self._kind is not Kind.ABSENCE and above is not None:
            return bool(value > above)
        return value < self._bound and self._is_whole(slot)

    def _is_back(self, value: float | None) -> bool:
        # Without a value there is nothing to complain about; that is not the same as zero.
        if value is None:
            return True
        options = self.options
        if self._kind is not Kind.ABSENCE and options["above"] is not None:
            border = options["recover_below"]
            return bool(value <= (self._bound if border is None else border))
        border = options["recover_above"]
        return bool(value >= (self._bound if border is None else border))

    @property
    def _bound(self) -> float:
        if self._kind is Kind.ABSENCE:
            return 1.0
        above, below = self.options["above"], self.options["below"]
        return float(below if above is None else above)

    def _finding(self, phase: Phase, slot: int, opened: int, value: float | None) -> Finding:
        started = opened * self._slot_seconds
        moved = [
            {"label": label, "value": text, "before": before / SCALE, "now": now / SCALE}
            for (label, text), before, now in self._window.moved(_MOST_MOVED)
        ]
        labels = {"severity": self.options["severity"]}
        if self._kind is not Kind.UNMATCHED:
            labels["metric"] = self.options["metric"]
        return Finding(
            kind=self._kind.value,
            phase=phase,
            key=str(started),
            event_time=slot * self._slot_seconds,
            started=started,
            summary=self._summary(phase, value),
            observed=value,
            expected=self._bound,
            score=self._score(value),
            labels=labels,
            evidence={"moved": moved, "over_seconds": self.options["over"]},
        )

    def _score(self, value: float | None) -> float | None:
        if value is None:
            return None
        is_above = self._kind is not Kind.ABSENCE and self.options["above"] is not None
        numerator, denominator = (value, self._bound) if is_above else (self._bound, value)
        return numerator / denominator if denominator else None

    def _summary(self, phase: Phase, value: float | None) -> str:
        over = f"over {_duration(self.options['over'])}"
        what = self._subject()
        if self._kind is Kind.ABSENCE:
            return f"no {what} {over}" if phase is Phase.OPEN else f"{what} come again"
        unit = self._measure.unit
        shown = "absent" if value is None else f"{value:.4g}{unit}"
        side = "below" if self.options["above"] is None else "above"
        bound = f"{self._bound:g}{unit}"
        if phase is Phase.OPEN:
            return f"{what} is {shown} {over}, {side} {bound}"
        return f"{what} is {shown} {over}, no longer {side} {bound}"

    def _subject(self) -> str:
        options = self.options
        if self._kind is Kind.UNMATCHED:
            source = options["source"]
            return "share of unmatched lines" + (f" of {source}" if source else "")
        conditions = ",".join(
            f"{label}={'|'.join(values)}" for label, values in _lists(options["labels"]).items()
        )
        metric = options["metric"] + (f"{{{conditions}}}" if conditions else "")
        match self._kind:
            case Kind.ABSENCE:
                return f"records of {metric}"
            case Kind.QUANTILE:
                return f"quantile {options['quantile']:g} of {metric}"
            case _:
                return f"{self._kind} of {metric}"


def _measure(kind: Kind, options: Mapping[str, Any], plan: "Plan") -> Measure:
    if kind is Kind.UNMATCHED:
        return Unmatched(options["source"])
    metrics = plan.describe()["metrics"]
    number = [metric["name"] for metric in metrics].index(options["metric"])
    metric, labels = metrics[number], _lists(options["labels"])
    selection = Selection(metric["name"], labels)
    is_sum = metric["type"] == "counter" and metric["value"] is not None
    column = "value" if is_sum and kind is not Kind.ABSENCE else "count"
    match kind:
        case Kind.SHARE:
            return Share(selection, column)
        case Kind.RATE:
            return Total(selection, column, per_seconds=options["over"])
        case Kind.QUANTILE if metric["type"] == "histogram":
            return BucketQuantile(selection, metric["buckets"], options["quantile"])
        case Kind.QUANTILE:
            return SketchQuantile(selection, plan, number, labels, options["quantile"])
        case _:
            return Total(selection, column, per_seconds=None)


def _lists(labels: Mapping[str, str | Sequence[str]]) -> dict[str, Sequence[str]]:
    return {
        label: [values] if isinstance(values, str) else values for label, values in labels.items()
    }


def _duration(seconds: float) -> str:
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
