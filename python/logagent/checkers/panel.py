"""The checkers of a configuration, side by side: one that fails does not stop the others."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from logagent._core import Filter
from logagent.checkers.checker import Checker, Finding, Lines, Noted, SlotRows
from logagent.checkers.records import RecordWish, batches
from logagent.errors import ArgumentError, Edit, EditError, EditRefusal, LogagentError
from logagent.extensions import Declared

if TYPE_CHECKING:
    from logagent._core import Plan, Snapshot

_log = logging.getLogger(__name__)


class Panel:
    """The checkers of a configuration."""

    def __init__(self, declared: Sequence[Declared], plan: "Plan") -> None:
        self.failures: dict[str, str] = {}
        """Checkers that failed, and how: they are left out from then on."""
        self.checkers: dict[str, Checker] = {}
        """Those that work, by name."""
        self._numbers = {
            metric["name"]: number for number, metric in enumerate(plan.describe()["metrics"])
        }
        for one in declared:
            made = self._tried(one.name, partial(_made, one, plan))
            if made is not None:
                self.checkers[one.name] = made
        self._wishes = dict(self._record_wishes())

    @property
    def wishes(self) -> "list[tuple[str | None, Filter | None]]":
        """The records that checkers want: sources and conditions."""
        return [(wish.source, condition) for wish, condition in self._wishes.values()]

    @property
    def wants_lines(self) -> bool:
        """Whether a checker wants `SlotRows.lines`."""
        return any(checker.wants_lines for checker in self.checkers.values())

    def records(self, kept: Iterable[tuple[bytes, int]], wall_time: float) -> list[Noted]:
        """As `Checker.records`; `kept` are lines and left out records for each of `wishes`."""
        noted: list[Noted] = []
        for (name, (wish, _)), (lines, left_out) in zip(self._wishes.items(), kept, strict=True):
            for batch in batches(lines, left_out, wish.fields, wall_time):
                checker = self.checkers.get(name)
                if checker is None:  # it failed
                    break
                found = self._tried(name, partial(checker.records, batch))
                noted += [Noted(name, finding) for finding in found or ()]
        return sorted(noted, key=lambda one: one.finding.event_time)

    def working(self, name: str) -> Checker:
        """The checker of this name. Raises `EditError` if there is none, or it failed."""
        checker = self.checkers.get(name)
        if checker is None:
            raise EditError(EditRefusal.MISSING, f"there is no checker `{name}` that works")
        return checker

    def edit(self, name: str, edit: Edit, what: str, content: Any) -> list[Noted]:  # noqa: ANN401 - any JSON value
        """As `Checker.edit`, of the checker `name`; raises `LogagentError`."""
        checker = self.working(name)
        try:
            return [Noted(name, finding) for finding in checker.edit(edit, what, content)]
        except EditError:
            raise
        except (ValueError, KeyError) as error:
            raise ArgumentError.of("body", f"the checker {name} cannot take it: {error}") from None
        except Exception as error:  # noqa: BLE001 - another package's code
            self.fail(name, error)
            raise LogagentError(f"the checker {name} failed: {self.failures[name]}") from None

    def rows(self, snapshot: "Snapshot", lines: Mapping[str, Lines], wall_time: float) -> SlotRows:
        """What was counted, as far as a checker wants it."""
        columns = {name for checker in self.checkers.values() for name in checker.metrics}
        sketches = {name for checker in self.checkers.values() for name in checker.sketches}
        states: dict[str, list[tuple[int, bytes, bytes]]] = {name: [] for name in sketches}
        if sketches:
            names = {self._numbers[name]: name for name in sketches}
            for metric, slot, labels, state in snapshot.slot_rows():
                if metric in names:
                    states[names[metric]].append((slot, labels, state))
        return SlotRows(
            {name: snapshot.slots(self._numbers[name]) for name in sorted(columns)},
            states,
            lines,
            wall_time,
        )

    def slots(self, rows: SlotRows) -> list[Noted]:
        """As `Checker.slots`."""
        return self._of_all(lambda checker: checker.slots(rows))

    def heartbeat(self, event_time: float, wall_time: float) -> list[Noted]:
        """As `Checker.heartbeat`."""
        return self._of_all(lambda checker: checker.heartbeat(event_time, wall_time))

    def end_of_log(self) -> list[Noted]:
        """As `Checker.end_of_log`."""
        return self._of_all(lambda checker: checker.end_of_log())

    def fail(self, name: str, error: Exception) -> None:
        """Leave a checker out, and say so."""
        self.checkers.pop(name, None)
        self.failures[name] = f"{type(error).__name__}: {error}"
        _log.error("checker `%s` failed and is left out: %s", name, self.failures[name])

    def _record_wishes(self) -> "Iterator[tuple[str, tuple[RecordWish, Filter | None]]]":
        for name, checker in [*self.checkers.items()]:
            found = self._tried(name, partial(_wish_of, checker))
            if found is not None:
                yield name, found

    def _of_all(self, ask: Callable[[Checker], Sequence[Finding]]) -> list[Noted]:
        noted: list[Noted] = []
        for name, checker in [*self.checkers.items()]:
            found = self._tried(name, partial(ask, checker))
            noted += [Noted(name, finding) for finding in found or ()]
        # Stable: what one checker says of one instant stays in its order.
        return sorted(noted, key=lambda one: one.finding.event_time)

    def _tried(self, name: str, work: Callable[[], Any]) -> Any | None:  # noqa: ANN401 - what work gives
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - another package's code
            self.fail(name, error)
            return None


def _wish_of(checker: Checker) -> "tuple[RecordWish, Filter | None] | None":
    wish = checker.record_wish
    if wish is None:
        return None
    return wish, None if wish.where is None else Filter(wish.where, origin="where")


def _made(declared: Declared, plan: "Plan") -> Checker:
    made: Checker = declared.type(declared.name, declared.options, plan)
    return made
