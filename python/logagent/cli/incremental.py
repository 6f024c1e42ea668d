"""`logagent scan --incremental`: count what came since the last run, hand it to sinks, and end."""

import math
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from logagent._core import Engine, Plan
from logagent.cli.options import usage_error
from logagent.cli.terminal import is_terminal, say
from logagent.config import load_declared
from logagent.errors import StateError
from logagent.extensions import Declared, Group
from logagent.outbox import Outbox, Settings, Times
from logagent.outline import count_of
from logagent.printable import printable
from logagent.sinks.sink import Content
from logagent.state import Store, state_directory
from logagent.state.rows import no_rows
from logagent.tap import Tap

if TYPE_CHECKING:
    from logagent._core import Snapshot
    from logagent.cli.feeders import Feeders
    from logagent.cli.watching import Watch
    from logagent.daemon.participant import Participant

_COMMIT_SECONDS = 5.0
"""How much counting a kill may undo."""
_ATTEMPTS = 3
"""Failed attempts after which a run leaves what it has to the next one."""
_ACKNOWLEDGE_SECONDS = 0.2


class _Job(NamedTuple):
    """A configuration and where its state lies."""

    path: str
    plan: Plan
    declared: Mapping[Group, Sequence[Declared]]
    directory: Path


class _Clock:
    """Event time of a run: at its end everything that there is was read."""

    def __init__(self) -> None:
        self.is_at_end = False
        self._newest: dict[str, float] = {}

    def __call__(self, snapshot: "Snapshot | None") -> Times:
        if snapshot is not None:
            for source, newest in snapshot.slot_notes()["newest_unix_seconds"].items():
                self._newest[source] = max(newest, self._newest.get(source, newest))
        if not self.is_at_end:
            return Times(None, None)
        return Times(math.inf, min(self._newest.values(), default=None))


def run(configs: Sequence[str], *, wait_seconds: float) -> int:
    """Count and send by each configuration; the exit code is 1 if a far end did not take all.

    Another run in one of the state directories has `wait_seconds` to end.
    """
    jobs = [_job(path) for path in configs]
    used: dict[Path, str] = {}
    for job in jobs:
        other = used.setdefault(job.directory.absolute(), job.path)
        if other != job.path:
            raise usage_error(f"{other} and {job.path} have one `state_dir`; each needs its own")
    return max(_run(job, wait_seconds) for job in jobs)


def _job(path: str) -> _Job:
    plan, found = load_declared(path)
    described = plan.describe()
    for table in ("source", "metric"):
        # A file that is only half written may have none; to go by it would delete every count.
        if not described[f"{table}s"]:
            raise usage_error(f"{path} has no [[{table}]]")
    if not (found[Group.SOURCES] or any(one["paths"] for one in described["sources"])):
        raise usage_error(f"no source of {path} names `paths`")
    return _Job(path, plan, found, state_directory(described["agent"]))


def _run(job: _Job, wait_seconds: float) -> int:
    store = Store.open(job.directory, wait_seconds=wait_seconds)
    try:
        engine = Engine(job.plan)
        try:
            dropped = engine.restore(store.load())
        except ValueError as error:
            raise StateError(f"{job.directory}: {error}") from None
        clock = _Clock()
        sinks = [Settings.of(one) for one in job.declared[Group.SINKS]]
        tap = Tap(engine)
        watch = _watch(job, engine, tap, store, sinks)
        outbox = Outbox(
            job.directory,
            clock,
            on_note=lambda text: say("note", text),
            tells_retries=False,  # `_report_sinks` does
            tap=tap,
            events=None if watch is None else watch.events,
        )
        outbox.configure(sinks, job.plan.describe()["metrics"])
        return _Run(engine, store, outbox, clock, dropped, job.declared[Group.SOURCES], watch).run()
    finally:
        store.close()


def _watch(
    job: _Job, engine: Engine, tap: Tap, store: Store, sinks: Sequence[Settings]
) -> "Watch | None":
    """Checkers, receivers and the event log, where somebody wants them: they take time to begin."""
    has_checks = job.declared[Group.CHECKERS] or job.declared[Group.RECEIVERS]
    if not has_checks and all(one.content is not Content.EVENTS for one in sinks):
        return None
    from logagent.cli import watching

    return watching.Watch(engine, tap, job.plan, store, job.directory, job.declared)


class _Run:
    """One run by one configuration."""

    def __init__(
        self,
        engine: Engine,
        store: Store,
        outbox: Outbox,
        clock: _Clock,
        dropped: list[str],
        sources: Sequence[Declared],
        watch: "Watch | None",
    ) -> None:
        """`sources` are those that are no files; `watch` is there where something is checked."""
        self._engine = engine
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._dropped = dropped
        self._watch = watch
        self._feeding: Feeders | None = None
        if sources:
            from logagent.cli import feeders

            self._feeding = feeders.Feeders(engine, sources)

    def run(self) -> int:
        """Read, send and report; returns the exit code."""
        self._read()
        self._clock.is_at_end = True
        if self._watch is not None:
            self._watch.end()
        self._engine.settle_groups()  # what a run learnt is of use to the next one
        snapshot = self._take()
        # Asked only without a snapshot, lest time passes before what is in it was looked at.
        is_watched = snapshot is None and self._watch is not None and self._watch.has_work()
        # Often there is nothing to do, and to make that durable is most of what a run takes.
        if (
            snapshot
            or self._dropped
            or is_watched
            or self._store.query(self._outbox.has_anything_left)
        ):
            self._commit(snapshot)
        self._clock.is_at_end = False
        is_found = self._watch is not None and self._watch.wait(0)
        if is_found:  # there are events for sinks now
            self._commit(None)
        self._push()
        watched = self._tell()
        stats = self._engine.stats()
        if is_terminal(sys.stderr):
            lines = sum(source["counts"]["lines"] for source in stats["sources"])
            say("note", f"{count_of(lines, 'line')} since the last run")
        problems = [] if self._feeding is None else self._feeding.end()
        for problem in problems:
            say("error", printable(problem))
        return max(_report_inputs(stats), self._report_sinks(), int(bool(problems)), watched)

    def _read(self) -> None:
        """Count everything that there is, durably every now and then."""
        due = time.monotonic() + _COMMIT_SECONDS
        feeding = self._feeding
        while True:
            count = self._engine.poll(0) or self._engine.poll(0)
            is_wanted = feeding is not None and feeding.wait(0 if count else _ACKNOWLEDGE_SECONDS)
            if is_wanted or time.monotonic() >= due or self._engine.is_half_full():
                self._commit(self._take())
                due = time.monotonic() + _COMMIT_SECONDS
            elif not count and (feeding is None or feeding.has_ended(_ATTEMPTS)):
                return

    def _take(self) -> "Snapshot | None":
        if self._feeding is not None:
            self._feeding.take()
        return self._engine.take()

    def _commit(self, snapshot: "Snapshot | None") -> None:
        """Make counts, positions and frames durable together; raises `CommitError`."""
        changes = no_rows() if snapshot is None else snapshot.changes()
        participants: list[Participant] = [self._outbox]
        if self._watch is not None:
            participants.append(self._watch)
        self._store.commit(
            changes,
            dropped=self._dropped,
            also=[partial(one.write, snapshot=snapshot) for one in participants],
        )
        self._dropped = []
        if snapshot is not None:
            self._engine.commit(snapshot)
        for one in participants:
            one.committed()
        if self._feeding is not None:
            self._feeding.committed(snapshot)

    def _push(self) -> None:
        """Send until nothing is left, or the far ends have failed some times."""
        senders = [channel.sender for channel in self._outbox.channels]
        while waiting := [one for one in senders if not one.is_idle and one.attempts < _ATTEMPTS]:
            until = time.monotonic() + _ACKNOWLEDGE_SECONDS
            waiting[0].wait(until, attempts=_ATTEMPTS)
            # Often, since a far end that adds would add twice what is sent again.
            if self._outbox.has_work():
                self._commit(None)
        self._outbox.stop()
        self._outbox.join(_ACKNOWLEDGE_SECONDS)

    def _tell(self) -> int:
        """Have receivers told, as far as they answer; returns the exit code."""
        watch = self._watch
        if watch is None:
            return 0
        while watch.wait(_ATTEMPTS):
            self._commit(None)
        return watch.close()

    def _report_sinks(self) -> int:
        code = 0
        for channel in self._outbox.channels:
            name, left = channel.settings.name, channel.content
            sent = channel.sender.sent
            if left is not None and left.frames:
                why = f": {sent.failure}" if sent.failure else ""
                frames = count_of(left.frames, "frame is", "frames are")
                say("error", printable(f"sink {name}: {frames} left to the next run{why}"))
                code = 1
            if sent.refused_points:
                code = 1
            if channel.late_records:
                late = count_of(channel.late_records, "record")
                say("note", f"sink {name}: {late} came more than `lateness` too late")
        return code


def _report_inputs(stats: Mapping[str, Any]) -> int:
    """Say what could not be read; returns the exit code."""
    failures = [
        *((source["name"], source["error"]) for source in stats["sources"]),
        *((file["path"], file["problem"]) for file in stats["files"]),
    ]
    found = [(place, what) for place, what in failures if what is not None]
    for place, what in found:
        say("error", printable(f"{place}: {what}"))
    return 1 if found else 0
