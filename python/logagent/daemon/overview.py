"""How the service is: as JSON, as metrics, and in a line."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client.core import Metric

from logagent._core import Engine, __version__
from logagent.alerting import Alerts, figures
from logagent.daemon import metrics, sinks
from logagent.daemon.committing import Committer
from logagent.daemon.feeding import Feeding
from logagent.daemon.reading import Reader
from logagent.daemon.reloading import Reloader, problems_of
from logagent.eventlog import EventLog
from logagent.extensions import shown
from logagent.outbox import Outbox
from logagent.outline import outline


class Overview(NamedTuple):
    """The parts of the service that are looked at."""

    engine: Engine
    reader: Reader
    committer: Committer
    feeding: Feeding
    outbox: Outbox
    alerts: Alerts
    events: EventLog
    reloader: Reloader

    def status(self) -> Mapping[str, Any]:
        """How the service is, as plain values."""
        stats, configuration = self.engine.stats(), self.reloader.configuration
        failure = self.committer.failure
        return {
            "version": __version__,
            "pid": os.getpid(),
            "config": {
                "path": str(Path(configuration.path).absolute()),
                "sha256": configuration.digest,
                "loaded_at": configuration.loaded_at,
                "reload_attempted_at": self.reloader.attempted_at,
            },
            "commit": {
                "last_success_at": self.committer.last_success,
                "failure": None
                if failure is None
                else {"kind": failure.kind, "message": failure.message},
                "state": self.committer.state,
            },
            "sinks": sinks.status(self.outbox),
            "problems": self.problems(stats),
            "feeds": self.feeding.status(),
            **stats,
        }

    def configuration(self) -> Mapping[str, Any]:
        """The configuration in force in words, and the last reloads, the newest first."""
        configuration = self.reloader.configuration
        return {
            "path": str(Path(configuration.path).absolute()),
            "sha256": configuration.digest,
            "loaded_at": configuration.loaded_at,
            "outline": outline(shown(configuration.described)),
            "reloads": [reload._asdict() for reload in reversed(self.reloader.history)],
        }

    def problems(self, stats: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """What a person should look at, all at once; `stats` are those of the engine."""
        failures = (self.reloader.failure, self.committer.failure)
        problems = [one for failure in failures if failure for one in problems_of(failure)]
        for place, message in (
            *(({"source": source["name"]}, source["error"]) for source in stats["sources"]),
            *((file, file["problem"]) for file in stats["files"]),
            *((file, file["reason"]) for file in stats["parked"]),
        ):
            if message is not None:
                path = place.get("path")
                problems.append({"source": place["source"], "path": path, "message": message})
        alerts = self.alerts.problems()
        return [*problems, *sinks.problems(self.outbox), *alerts, *self.feeding.problems()]

    def figures(self) -> Iterable[Metric]:
        """The agent's own metrics that nobody else counts."""
        yield metrics.build_info()
        yield from self.reloader.figures()
        yield from self.feeding.families()
        name, about = "last_commit_timestamp_seconds", "When all counts were durable last."
        yield metrics.gauge(name, about, self.committer.last_success)
        name, about = "state_bytes", "Size of the state database and its write-ahead log."
        state = self.committer.state
        yield metrics.gauge(name, about, state["database_bytes"] + state["log_bytes"])
        name = "reading_cpu_seconds"
        about = "Processor time of reading, matching, categorising and counting."
        yield metrics.counter(name, about, self.reader.cpu_seconds)
        yield metrics.counter("polls", "Looks at the logs.", self.reader.polls)
        yield from metrics.event_log(self.events.stats())
        yield from figures(self.alerts)

    def in_a_line(self) -> str:
        """What is read, and how many problems there are."""
        stats = self.engine.stats()
        behind = sum(file["behind_bytes"] for file in stats["files"])
        text = f"following {stats['open_files']} files, {behind} bytes behind"
        problems = len(self.problems(stats))
        return f"{text}; {problems} problems, see /api/v1/status" if problems else text
