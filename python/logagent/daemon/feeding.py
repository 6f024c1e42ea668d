"""The sources that are no files, as one part of the service."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from logagent.daemon.feeder import Feeder, State, Turnstile
from logagent.sources.source import Figure, Kind, Until

if TYPE_CHECKING:
    from logagent._core import Engine, Snapshot
    from logagent.extensions import Declared


class Feeding:
    """Starts, stops and replaces the threads of sources; a `Participant` of commits.

    It writes no rows: positions are among those of the counts. It learns from a commit what is
    durable, for sources that have to tell the far end.
    """

    def __init__(
        self,
        declared: Sequence["Declared"],
        engine: "Engine",
        request_commit: Callable[[], object],
        on_fault: Callable[[BaseException], None],
        until: Until = Until.STOPPED,
    ) -> None:
        """`on_fault` and `until` as for `Feeder`."""
        self._until = until
        self._turnstile = Turnstile(engine)
        self._request_commit = request_commit
        self._on_fault = on_fault
        self._written = 0
        self._feeders = [self._feeder(one) for one in declared]

    def start(self) -> None:
        """Begin to read."""
        for feeder in self._feeders:
            feeder.start()

    def stop(self) -> None:
        """Ask all sources to end."""
        for feeder in self._feeders:
            feeder.stop()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the ends; whether all came."""
        end = time.monotonic() + timeout_seconds
        is_ended = True
        for feeder in self._feeders:
            is_ended &= feeder.join(max(end - time.monotonic(), 0))
        return is_ended

    def has_ended(self, attempts: int) -> bool:
        """Whether every source has come to an end, or has failed so many times."""
        return all(
            feeder.state is State.ENDED
            or (feeder.failure is not None and feeder.retries >= attempts)
            for feeder in self._feeders
        )

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep sources from counting meanwhile."""
        with self._turnstile.lock:
            yield

    def replace(self, declared: Sequence["Declared"]) -> None:
        """Go on with these; called within `paused`, when the engine has the new plan.

        Sources whose tables are the same are not disturbed; the others end.
        """
        self._turnstile.plan_number += 1
        present = {feeder.name: feeder for feeder in self._feeders}
        feeders = []
        for one in declared:
            old = present.get(one.name)
            if old is not None and _same(old.declared, one):
                feeders.append(present.pop(one.name))
            else:
                feeders.append(self._feeder(one, after=old))
        for feeder in present.values():
            feeder.cut_off()
        started = [feeder for feeder in feeders if feeder not in self._feeders]
        self._feeders = feeders
        for feeder in started:
            feeder.start()

    def write(self, _connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:
        """See `Participant`."""
        self.note(snapshot)

    def note(self, snapshot: "Snapshot | None") -> None:
        """This is what the next `committed` is about."""
        if snapshot is not None:
            self._written = snapshot.feeds

    def committed(self) -> None:
        """See `Participant`."""
        with self._turnstile.durable:
            self._turnstile.durable_number = self._written
            self._turnstile.durable.notify_all()

    def has_work(self) -> bool:
        """See `Participant`."""
        return False

    def status(self) -> Sequence[Mapping[str, Any]]:
        """How the sources are, as plain values."""
        return [feeder.status() for feeder in self._feeders]

    def problems(self) -> Iterable[Mapping[str, Any]]:
        """What a person should look at."""
        for feeder in self._feeders:
            for problem in feeder.problems:
                yield {"source": feeder.name, "path": None, "message": problem}

    def families(self) -> Iterable[Metric]:
        """The sources' metrics."""
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for feeder in self._feeders:
            for figure in (*_own_figures(feeder), *feeder.source.figures()):
                family = families.get(figure.name) or families.setdefault(
                    figure.name, _family(figure)
                )
                family.add_metric([feeder.name], figure.value)
        return families.values()

    def _feeder(self, declared: "Declared", after: Feeder | None = None) -> Feeder:
        return Feeder(
            declared,
            self._turnstile,
            self._request_commit,
            self._on_fault,
            until=self._until,
            after=after,
        )


def _own_figures(feeder: Feeder) -> Iterable[Figure]:
    about = "Whether the far end of a source answers."
    is_up = feeder.failure is None and feeder.state is not State.ENDED
    yield Figure("up", about, Kind.GAUGE, float(is_up))
    about = "How often reading a source was begun anew after a failure."
    yield Figure("retries", about, Kind.COUNTER, feeder.retries)


def _family(figure: Figure) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if figure.kind is Kind.COUNTER else GaugeMetricFamily
    return kind(f"logagent_source_{figure.name}", figure.about, labels=["source"])


def _same(old: "Declared", new: "Declared") -> bool:
    """Whether a source can go on as it is; formats are the engine's matter."""
    return (
        old.type is new.type
        and old.options == new.options
        and old.table["read_from"] == new.table["read_from"]
    )
