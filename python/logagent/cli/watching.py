"""Checkers and receivers, as `scan --incremental` runs them."""

import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logagent.alerting import Alerts, Courier, courier
from logagent.cli.terminal import say
from logagent.daemon.findings import Findings
from logagent.eventlog import EventLog, Limits
from logagent.extensions import Declared, Group
from logagent.outline import count_of
from logagent.printable import printable
from logagent.state import Store
from logagent.tap import Tap

if TYPE_CHECKING:
    from logagent._core import Engine, Plan, Snapshot

_DELAY_SECONDS = 2.0
"""Servers write a line a little after its time."""
_LOOK_SECONDS = 0.02
_EVENTS_SECONDS = 10.0
"""How long the event log has for what was found."""


class Watch:
    """What is found is durable with the counts, in the event log, and told to receivers.

    A participant of the run's commits, and the event log beside them.
    """

    def __init__(
        self,
        engine: "Engine",
        tap: Tap,
        plan: "Plan",
        store: Store,
        directory: Path,
        declared: Mapping[Group, Sequence[Declared]],
    ) -> None:
        """`directory` is that of the state. Raises `LogagentError`."""
        log = logging.getLogger("logagent")
        if not any(isinstance(one, _Said) for one in log.handlers):
            log.addHandler(_Said())
        self.events = EventLog(directory / "events", Limits.read(plan.describe()["events"]))
        self._findings = Findings(self.events)
        self._is_at_end = False
        self._alerts = Alerts(engine, self._findings.add, event_time=self._event_time, tap=tap)
        store.query(self._alerts.restore)
        couriers = [Courier(one) for one in declared[Group.RECEIVERS]]
        self._alerts.configure(declared[Group.CHECKERS], plan, couriers)

    def end(self) -> None:
        """All that there is was read: time has come to now."""
        self._is_at_end = True

    def has_work(self) -> bool:
        """As `Participant.has_work`."""
        if self._is_at_end:
            # What is counted up to a time was asked before it is judged by it: hence the second.
            self._alerts.has_work()
        has_found = self._alerts.has_work()
        return self._findings.has_work() or has_found

    def write(self, connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:
        """As `Participant.write`."""
        self._findings.write(connection, snapshot)
        self._alerts.write(connection, snapshot)

    def committed(self) -> None:
        """As `Participant.committed`."""
        self._findings.committed()
        self._alerts.committed()

    def wait(self, attempts: int) -> bool:
        """Wait until receivers and the event log have everything, or have failed so many times.

        Whether a commit would note more of it.
        """
        deadline = time.monotonic() + _EVENTS_SECONDS
        couriers = self._alerts.couriers.values()
        while any(one.waiting and one.retries < attempts for one in couriers) or (
            self._findings.is_appending and time.monotonic() < deadline
        ):
            time.sleep(_LOOK_SECONDS)
        return self.has_work()

    def close(self) -> int:
        """End; the exit code is 1 if a receiver has not heard everything."""
        code = 0
        for name, one in self._alerts.couriers.items():
            one.stop()
            why = f": {one.failure}" if one.failure else ""
            for count, end in (
                (one.waiting, "left to the next run"),
                (one.refused, "refused"),
                (one.dropped, "dropped, since too many wait"),
            ):
                if count:
                    code = 1
                    findings = count_of(count, "finding is", "findings are")
                    say("error", printable(f"receiver {name}: {findings} {end}{why}"))
        self.events.close()
        return code

    def _event_time(self, snapshot: "Snapshot | None") -> float | None:
        if self._is_at_end:
            return time.time() - _DELAY_SECONDS
        newest: float | None = None if snapshot is None else snapshot.slot_notes()["event_time"]
        return newest


class _Said(logging.Handler):
    """What the service would log, as messages of a command."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Say it; what becomes of receivers is said in the end."""
        if record.name == courier.__name__:
            return
        say("error" if record.levelno >= logging.ERROR else "note", record.getMessage())
