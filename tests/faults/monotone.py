"""Scrapes all the time and remembers every counter that went down, or away."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.faults.agent import Agent

if TYPE_CHECKING:
    from decimal import Decimal

INTERVAL_SECONDS = 0.05

# What a process counts of itself begins anew with it, as Prometheus' clients do it everywhere.
OF_THE_PROCESS = (
    "process_",
    "logagent_commit_",
    "logagent_event_",
    "logagent_polls_",
    "logagent_reading_",
    "logagent_receiver_",
    "logagent_sink_",
    "logagent_slot_",
)


class Watch:
    """The scraping thread of one service, over all its lives."""

    def __init__(self, agent: Agent, *, of_one_life: tuple[str, ...] = ()) -> None:
        """`of_one_life` are prefixes of further counters that start anew with the process."""
        self.scrapes = 0
        self.faults: list[str] = []
        self._agent = agent
        self._exempt = OF_THE_PROCESS + of_one_life
        self._seen: dict[str, Decimal] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begins to scrape."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; fails if anything went down."""
        self._ending.set()
        self._thread.join()
        assert not self.faults, "\n".join(self.faults[:20])

    def _run(self) -> None:
        while not self._ending.wait(INTERVAL_SECONDS):
            # Nobody listens between two lives, and an answer may break off in the middle.
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._compare()

    def _compare(self) -> None:
        try:
            scrape = self._agent.scrape()
            scrape.total()
        except AssertionError as error:
            self.faults.append(str(error))
            return
        self.scrapes += 1
        counters = {
            series: value
            for series, value in scrape.counters().items()
            if not series.startswith(self._exempt)
        }
        for series, before in self._seen.items():
            now = counters.get(series)
            if now is None:
                self.faults.append(f"scrape {self.scrapes}: {series} is gone, was {before}")
            elif now < before:
                self.faults.append(f"scrape {self.scrapes}: {series} fell from {before} to {now}")
        self._seen.update(counters)


@contextlib.contextmanager
def watching(agent: Agent, *, of_one_life: tuple[str, ...] = ()) -> Iterator[Watch]:
    """Watches while the block runs; fails behind it if a counter fell."""
    watch = Watch(agent, of_one_life=of_one_life)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()
