"""Sinks of the service: their clock, their metrics, and what its status says of them."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from logagent.outbox import Channel, Outbox, Times

if TYPE_CHECKING:
    from logagent._core import Engine, Snapshot

_DELAY_SECONDS = 2.0
"""How long a window waits behind its end: servers write a line a little after its time."""
_BEHIND_SECONDS = 10.0
"""Since when there is something to read in a file that is being caught up with."""
_BEGINNING_SECONDS = 60.0
"""How long after the start everything that is not read yet is taken for such a file."""


class SinkClock:
    """How far event time has come, for the windows of sinks."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._started = time.monotonic()

    def __call__(self, snapshot: "Snapshot | None") -> Times:
        """With a snapshot, as of its take."""
        now: float | None = (
            self._engine.event_time() if snapshot is None else snapshot.slot_notes()["event_time"]
        )
        if now is None:
            return Times(None, None)
        # A rotated file may hold what is long past the newest time of the current one: windows
        # stay open until such files are read.
        return Times(now - _DELAY_SECONDS, None if self._is_catching_up() else now)

    def _is_catching_up(self) -> bool:
        is_beginning = time.monotonic() - self._started < _BEGINNING_SECONDS
        return any(
            file["problem"] is None
            and file["behind_bytes"] > 0
            and (is_beginning or (file["behind_seconds"] or 0) > _BEHIND_SECONDS)
            for file in self._engine.stats()["files"]
        )


class SinkCollector(Collector):
    """`logagent_sink_*`: what becomes of what sinks are to get."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def collect(self) -> Iterator[Metric]:
        """The families."""
        sinks = status(self._outbox)
        for name, about in _COUNTERS.items():
            yield _family(CounterMetricFamily, name, about, sinks)
        for name, about in _GAUGES.items():
            yield _family(GaugeMetricFamily, name, about, sinks)
        about = "Points that were dropped before the far end took them, by reason."
        dropped = CounterMetricFamily(
            "logagent_sink_dropped_points", about, labels=["sink", "reason"]
        )
        for sink in sinks:
            for reason, points in sink["dropped_points"].items():
                dropped.add_metric([sink["name"], reason], points)
        yield dropped

    def describe(self) -> Iterable[Metric]:
        """Nothing: asked at each scrape."""
        return ()


_COUNTERS = {
    "sent_points": "Points that the far end has taken.",
    "sent_frames": "Requests or messages that the far end is done with.",
    "refused_points": "Points that the far end refused for good.",
    "retries": "Attempts to send that failed and were repeated.",
    "late_records": "Records that came when their window was closed.",
    "damaged_rows": "Rows for this sink that were damaged in the state database and left out.",
}
_GAUGES = {
    "outbox_frames": "Frames that the far end has not taken yet.",
    "outbox_bytes": "Size of these frames.",
    "outbox_age_seconds": "Age of the oldest of these frames.",
    "window_series": "Series in windows that may still change.",
    "last_success_timestamp_seconds": "When the far end last took a frame, as Unix time.",
}


def status(outbox: Outbox) -> list[dict[str, Any]]:
    """How each sink is, as plain values; ``failure`` and ``refusal`` are None or a message."""
    return [_status_of(channel) for channel in outbox.channels]


def problems(outbox: Outbox) -> Iterator[Mapping[str, Any]]:
    """What a person should look at."""
    for sink in status(outbox):
        for message in (sink["failure"], sink["refusal"]):
            if message is not None:
                yield {"sink": sink["name"], "message": message}


def _status_of(channel: Channel) -> dict[str, Any]:
    sent, content = channel.sender.sent, channel.content
    oldest = channel.oldest_unix_ms
    return {
        "name": channel.settings.name,
        "failure": sent.failure,
        "refusal": sent.refusal,
        "sent_points": sent.points,
        "sent_frames": sent.frames,
        "refused_points": sent.refused_points,
        "retries": sent.retries,
        "late_records": channel.late_records,
        "damaged_rows": channel.damaged_rows + sent.damaged_frames,
        "dropped_points": dict(channel.dropped_points),
        "outbox_frames": 0 if content is None else content.frames,
        "outbox_bytes": 0 if content is None else content.frame_bytes,
        "outbox_age_seconds": 0 if oldest is None else max(time.time() - oldest / 1000, 0),
        "window_series": 0 if content is None else content.rows,
        "last_success_timestamp_seconds": sent.last_success,
    }


def _family(
    kind: type[CounterMetricFamily] | type[GaugeMetricFamily],
    name: str,
    about: str,
    sinks: Iterable[Mapping[str, Any]],
) -> Metric:
    family = kind(f"logagent_sink_{name}", about, labels=["sink"])
    for sink in sinks:
        family.add_metric([sink["name"]], sink[name])
    return family
