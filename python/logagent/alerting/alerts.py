"""Findings with the counts: found once, durable with what they were found in, then told."""

import logging
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from logagent.alerting.courier import Courier
from logagent.alerting.keeping import Kept, Open, ended, fit_of, kept_of, parts_of
from logagent.alerting.ledger import Ledger, Place, Waiting
from logagent.checkers import Lines, Noted, Panel, Phase, SlotRows
from logagent.eventlog import NewEvent
from logagent.extensions import Declared

if TYPE_CHECKING:
    from logagent._core import Engine, Plan, Snapshot
    from logagent.errors import Edit
    from logagent.tap import Tap

_log = logging.getLogger(__name__)

_MOST_RECENT = 200
_OTHER_STREAM = "findings"
"""Of checkers that are gone."""
_LINES: Place = ("", "lines")
_TAP = "checkers"

AddEvents = Callable[[sqlite3.Connection, str, Sequence[NewEvent]], None]
"""Adds entries for a stream of the event log in the transaction of a commit."""


class Alerts:
    """Runs the checkers in the transactions of commits (`logagent.daemon.participant`).

    What checkers find in a commit becomes durable with it, also if its transaction has to be tried
    again: then the same rows are written, and nothing is found twice.
    """

    def __init__(
        self,
        engine: "Engine",
        add_events: AddEvents,
        clock: Callable[[], float] = time.time,
        event_time: Callable[["Snapshot | None"], float | None] | None = None,
        tap: "Tap | None" = None,
    ) -> None:
        """Without checkers yet: `configure` comes next.

        Checkers that want records get them by the `tap`.

        `event_time` answers how far event time has come with a snapshot, or without one; by default
        as the engine says.
        """
        self._engine = engine
        self._event_time_of = event_time or self._engine_time
        self._add_events = add_events
        self._clock = clock
        self._tap = tap
        self._panel: Panel | None = None
        self._fits: dict[str, str] = {}
        self._streams: dict[str, str] = {}
        self._couriers: dict[str, Courier] = {}
        self._ledger = Ledger()
        self._kept: dict[str, Kept] = {}
        self._lines: dict[str, Lines] = {}
        # What is true when the transaction under way is durable:
        self._taken: Snapshot | None = None
        self._fresh: list[Noted] = []
        self._new: list[Waiting] = []
        self._done: set[int] = set()
        self._next_open: dict[str, Open] = {}
        self._next_number = 1
        self._is_changed = False
        # What is durable:
        self._open: dict[str, Open] = {}
        self._recent: deque[Noted] = deque(maxlen=_MOST_RECENT)
        # Asked before a take: what is counted up to then is in that take, or in an earlier one.
        self._event_time: float | None = None

    def restore(self, connection: sqlite3.Connection) -> None:
        """Read what was committed; once, before `configure`."""
        parts = self._ledger.read(connection)
        if self._ledger.damaged_rows:
            _log.warning("%d damaged rows of checkers were left out", self._ledger.damaged_rows)
        lines = orjson.loads(parts.pop(_LINES, "{}"))
        self._lines = {name: Lines(*figures) for name, figures in lines.items()}
        self._kept = kept_of(parts)
        for kept in self._kept.values():
            self._next_open.update({one.noted.alert: one for one in kept.open})
        self._open = dict(self._next_open)
        self._next_number = max(self._ledger.waiting, default=0) + 1

    def configure(
        self, checkers: Sequence[Declared], plan: "Plan", couriers: Iterable[Courier]
    ) -> None:
        """Go on by this configuration; in the committing thread once there is one.

        A checker whose options and metrics did not change goes on where it was. Of the others what
        is open ends.
        """
        if self._panel is not None:
            self._kept = self._remembered(self._panel)
        self._panel = panel = Panel(checkers, plan)
        if self._tap is not None:
            self._tap.want(_TAP, panel.wishes)
        self._fits = {name: fit_of(one, plan) for name, one in panel.checkers.items()}
        self._streams |= {name: one.STREAM for name, one in panel.checkers.items()}
        for name, checker in [*panel.checkers.items()]:
            kept = self._kept.get(name, Kept())
            try:
                if kept.model is not None:
                    checker.load(kept.model)
                if kept.fit == self._fits[name]:
                    checker.restore(kept.state)
            except (ValueError, KeyError, TypeError) as error:
                panel.fail(name, error)
        self._exchange(couriers)
        changed = {name for name, kept in self._kept.items() if kept.fit != self._fits.get(name)}
        for opened in [*self._next_open.values()]:
            name = opened.noted.checker
            if name in changed or name not in panel.checkers:
                why = "its checker was changed" if name in self._fits else "its checker is gone"
                self._note([ended(opened, why=why)])
        self._kept = {}
        self._is_changed = True

    def edit(self, checker: str, edit: "Edit", name: str, content: Any) -> None:  # noqa: ANN401 - any JSON value
        """Have a checker edited, between two commits; durable with the next one.

        Raises `LogagentError`.
        """
        self._note(self._working().edit(checker, edit, name, content))
        self._is_changed = True

    def model(self, checker: str) -> Any | None:  # noqa: ANN401 - any JSON value
        """What a checker has learnt; between two commits. Raises `EditError` if there is none."""
        return self._working().working(checker).model()

    def checkers(self) -> list[Mapping[str, Any]]:
        """The checkers: ``name``, ``open`` (what it found and is not over), and ``failure``."""
        panel = self._working()
        failures = dict.fromkeys(self._fits) | panel.failures
        open_of = Counter(one.noted.checker for one in self._open.values())
        return [
            {"name": name, "open": open_of[name], "failure": failure}
            for name, failure in failures.items()
        ]

    def write(self, connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:
        """As `Participant.write`."""
        if snapshot is not None and snapshot is not self._taken:
            self._taken = snapshot
            self._take_in(snapshot)
        for courier in self._couriers.values():
            self._done.update(courier.delivered())
        self._ledger.write(connection, self._parts(), self._new, self._done)
        for stream, events in self._events().items():
            self._add_events(connection, stream, events)

    def committed(self) -> None:
        """As `Participant.committed`: now it may be told."""
        self._ledger.committed()
        self._open = dict(self._next_open)
        self._recent.extend(self._fresh)
        for noted in self._fresh:
            level = logging.INFO if noted.finding.phase is Phase.CLOSE else logging.WARNING
            _log.log(level, "%s: %s", noted.checker, noted.finding.summary)
        for name, courier in self._couriers.items():
            courier.take([one for one in self._new if one.receiver == name])
            courier.keep_told([one.noted for one in self._open.values() if name in one.receivers])
        self._fresh, self._new, self._done, self._taken = [], [], set(), None
        self._is_changed = False

    def has_work(self) -> bool:
        """As `Participant.has_work`: alerts come and go by silence, too."""
        self._advance()
        is_delivered = any(courier.has_delivered() for courier in self._couriers.values())
        return bool(self._is_changed or self._fresh or self._done or is_delivered)

    def summary(self) -> dict[str, list[Mapping[str, Any]]]:
        """What is open, what was found lately (since the service began), and the receivers.

        The newest stand last.
        """
        firing = sorted(self._open.values(), key=lambda one: one.noted.finding.started)
        return {
            "firing": [one.noted.plain() for one in firing],
            "recent": [noted.plain() for noted in [*self._recent]],
            "receivers": [courier.summary() for courier in self._couriers.values()],
        }

    def names(self) -> dict[str, bool]:
        """Whether something of a checker is open, by its name."""
        firing = {one.noted.checker for one in self._open.values()}
        return {name: name in firing for name in self._fits}

    @property
    def wants_records(self) -> bool:
        """Whether a checker wants records."""
        return self._tap is not None and self._tap.wants(_TAP)

    @property
    def couriers(self) -> Mapping[str, Courier]:
        """The receivers' couriers by name."""
        return self._couriers

    @property
    def damaged_rows(self) -> int:
        """Rows of the state that were left out."""
        return self._ledger.damaged_rows

    def problems(self) -> list[Mapping[str, str]]:
        """What a person should look at: ``message``, and ``alert`` where one fires."""
        failures = {} if self._panel is None else self._panel.failures
        firing = [one.noted for one in self._open.values()]
        others = [f"checker {name} failed: {message}" for name, message in [*failures.items()]]
        others += [
            f"receiver {name}: {courier.failure}"
            for name, courier in self._couriers.items()
            if courier.failure is not None
        ]
        return [
            *(
                {
                    "message": f"alert {one.checker}: {one.finding.summary}",
                    "alert": one.checker,
                }
                for one in firing
            ),
            *({"message": message} for message in others),
        ]

    def _working(self) -> Panel:
        if self._panel is None:
            raise ValueError("it has to be configured first")
        return self._panel

    def _take_in(self, snapshot: "Snapshot") -> None:
        panel = self._panel
        if panel is None or not panel.checkers:
            return
        wall_time = self._clock()
        if self._tap is not None:
            self._note(panel.records(self._tap.kept(_TAP, snapshot), wall_time))
        self._note(panel.slots(panel.rows(snapshot, self._new_lines(), wall_time)))
        event_time = self._event_time_of(snapshot)
        if event_time is not None:
            self._note(panel.heartbeat(event_time, wall_time))
        self._event_time = self._event_time_of(None)

    def _advance(self) -> None:
        """Nothing was counted: time passes."""
        panel = self._panel
        if panel is None or not panel.checkers:
            return
        wall_time, event_time = self._clock(), self._event_time
        self._event_time = self._event_time_of(None)
        lines = self._new_lines()
        if lines:
            self._note(panel.slots(SlotRows({}, {}, lines, wall_time)))
        if event_time is not None:
            self._note(panel.heartbeat(event_time, wall_time))

    def _engine_time(self, snapshot: "Snapshot | None") -> float | None:
        if snapshot is None:
            return self._engine.event_time()
        event_time: float | None = snapshot.slot_notes()["event_time"]
        return event_time

    def _new_lines(self) -> dict[str, Lines]:
        """Lines by source since the last call: of commits that are durable."""
        totals: dict[str, Lines] = {}
        for tally in self._engine.stats()["committed"]:
            if tally["path"] is not None:
                before = totals.get(tally["source"], Lines(0, 0))
                rejected = tally["lines"] - tally["matched"]
                totals[tally["source"]] = Lines(
                    before.lines + tally["lines"], before.rejected + rejected
                )
        found = {}
        for name, total in totals.items():
            before = self._lines.get(name, Lines(0, 0))
            lines, rejected = total.lines - before.lines, total.rejected - before.rejected
            if lines > 0:  # a file that was forgotten takes its lines with it
                found[name] = Lines(lines, max(rejected, 0))
        self._lines = totals
        return found

    def _note(self, noted: Sequence[Noted]) -> None:
        """These become durable with the next transaction."""
        now = self._clock()
        for one in noted:
            try:
                body = orjson.dumps(one.plain()).decode()
            except TypeError as error:
                if self._panel is not None:
                    self._panel.fail(one.checker, error)
                continue
            before = self._next_open.pop(one.alert, None)
            told = () if before is None else before.receivers
            if one.finding.phase is not Phase.CLOSE:
                wanting = [
                    name for name, courier in self._couriers.items() if courier.wants(one, now)
                ]
                told = tuple(dict.fromkeys((*told, *wanting)))
                self._next_open[one.alert] = Open(one, told)
            self._fresh.append(one)
            for name in told:
                if name in self._couriers:
                    self._new.append(Waiting(self._next_number, name, body))
                    self._next_number += 1

    def _events(self) -> dict[str, list[NewEvent]]:
        """What is found, as entries of the event log, by stream."""
        found: dict[str, list[NewEvent]] = {}
        for one in self._fresh:
            event = NewEvent(one.plain(), one.finding.event_time, one.checker, one.key)
            found.setdefault(self._streams.get(one.checker, _OTHER_STREAM), []).append(event)
        return found

    def _parts(self) -> dict[Place, str]:
        """All that is to be kept."""
        lines = {name: [*figures] for name, figures in self._lines.items()}
        parts = {_LINES: orjson.dumps(lines).decode()}
        panel = self._panel
        for name, checker in [*panel.checkers.items()] if panel is not None else []:
            try:
                parts |= dict(parts_of(checker, self._fits[name]))
            except Exception as error:  # noqa: BLE001 - another package's code
                if panel is not None:
                    panel.fail(name, error)
        for opened in self._next_open.values():
            parts |= dict(opened.parts())
        return parts

    def _remembered(self, panel: Panel) -> dict[str, Kept]:
        """What is known of the checkers at present, as if it were read."""
        parts: dict[Place, str] = {}
        for name, checker in panel.checkers.items():
            parts |= dict(parts_of(checker, self._fits[name]))
        return kept_of(parts)

    def _exchange(self, couriers: Iterable[Courier]) -> None:
        """Go on with these receivers; what waits for one that is gone is forgotten."""
        old, self._couriers = self._couriers, {one.name: one for one in couriers}
        for courier in old.values():
            courier.stop()
            self._done.update(courier.delivered())
        waiting = [one for one in self._ledger.waiting.values() if one.number not in self._done]
        self._done |= {one.number for one in waiting if one.receiver not in self._couriers}
        for name, courier in self._couriers.items():
            courier.start([one for one in waiting if one.receiver == name], old.get(name))
            courier.keep_told([one.noted for one in self._open.values() if name in one.receivers])
