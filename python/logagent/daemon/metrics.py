"""The agent's own metrics. What stands in the state is shown as it was committed."""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from logagent._core import __version__
from logagent.printable import printable

_FILE = ("source", "path")
_OF_FILE = {
    "lines": ("lines", "Lines read, matched or not."),
    "matched": ("matched_lines", "Lines that match the format of their source."),
    "bytes": ("read_bytes", "Bytes read."),
    "unreadable": ("unreadable_values", "Values that should be numbers and are none."),
}
"""Counters of a file: what `Engine.stats` calls them, their names, and what they are."""
_OF_SOURCE = {
    "rotations": ("rotations", "Files that were rotated away and finished."),
    "truncations": ("truncations", "Files that were cut while they were read."),
    "gaps": ("gaps", "Cuts before which lines may have been lost."),
    "gap_bytes": ("gap_bytes", "Bytes that may have been lost to such cuts."),
    "read_errors": ("read_errors", "Errors of reading; files are tried again."),
}
_OF_SLOTS = {
    "without_time": (
        "slot_untimed_records",
        "Records in the slot of the clock for want of a time.",
    ),
    "ahead_of_clock": (
        "slot_future_records",
        "Records in the slot of the clock, stamped after it.",
    ),
    "beyond_limit": ("slot_dropped_records", "Records that metrics counted in no slot."),
}

Labels = tuple[str, ...]
Samples = dict[Labels, float]


class EngineCollector(Collector):
    """What `Engine.stats` says, as families."""

    def __init__(self, stats: Callable[[], Mapping[str, Any]]) -> None:
        """`stats` is asked at each scrape."""
        self._stats = stats

    def collect(self) -> Iterator[Metric]:
        """The families."""
        stats = self._stats()
        sources = [source["name"] for source in stats["sources"]]
        yield from _tallies(stats["committed"], sources)
        yield from _files(stats["files"])
        yield _gauge("open_files", "Files that are open.", (), {(): stats["open_files"]})
        yield _unread_files(stats, sources)
        yield from _series(stats["metrics"])
        yield from _slots(stats["slots"])
        yield from _templates(stats["models"])
        age = max(stats["pending_seconds"] or 0, stats["taken_seconds"] or 0)
        yield _gauge(
            "uncommitted_age_seconds", "Age of the oldest count not durable.", (), {(): age}
        )

    def describe(self) -> Iterable[Metric]:
        """Nothing: the families are not known before the first scrape."""
        return ()


class Figures(Collector):
    """Single figures of the service, each asked for at each scrape."""

    def __init__(self, figures: Callable[[], Iterable[Metric]]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """The families."""
        return self._figures()

    def describe(self) -> Iterable[Metric]:
        """Nothing, as above."""
        return ()


def gauge(name: str, about: str, value: float) -> Metric:
    """A gauge without labels."""
    return _gauge(name, about, (), {(): value})


def counter(name: str, about: str, value: float) -> Metric:
    """A counter without labels."""
    return _counter(name, about, (), {(): value})


def build_info() -> Metric:
    """What runs."""
    labels = {"version": __version__, "python_version": platform.python_version()}
    family = GaugeMetricFamily("logagent_build_info", "What runs.", labels=list(labels))
    family.add_metric(list(labels.values()), 1)
    return family


def event_log(stats: Mapping[str, Any]) -> Iterator[Metric]:
    """The event log, by `EventLog.stats`."""
    yield counter("event_commits", "Commits of the event log.", stats["commits"])
    about = "Entries and blocks of the event log that were damaged and left out."
    damaged = stats["damaged_entries"] + stats["unreadable_blocks"]
    yield counter("event_damages", about, damaged)
    yield gauge("event_last_sequence", "Sequence of the newest entry.", stats["last"])
    about = "Memory that the newest entries of the event log take."
    yield gauge("event_recent_bytes", about, stats["recent_bytes"])
    about = "Whether the event log can be written: 1 or 0."
    yield gauge("event_log_writable", about, 1 if stats["failure"] is None else 0)


def registry() -> CollectorRegistry:
    """A registry of its own: nothing that another library registers gets into a scrape."""
    # Those are a gauge beside each counter, of which Prometheus makes nothing.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    return CollectorRegistry(auto_describe=False)


def _tallies(tallies: Iterable[Mapping[str, Any]], sources: Iterable[str]) -> Iterator[Metric]:
    of_file: dict[str, Samples] = {key: {} for key in _OF_FILE}
    # From the beginning, so that Prometheus sees the first one as an increase.
    of_source: dict[str, Samples] = {key: {(name,): 0 for name in sources} for key in _OF_SOURCE}
    rejected: Samples = {}
    for tally in tallies:
        if tally["path"] is None:
            for key, samples in of_source.items():
                _add(samples, (tally["source"],), tally[key])
            continue
        place = (tally["source"], _shown(tally["path"]))
        for key, samples in of_file.items():
            _add(samples, place, tally[key])
        for reason, count in tally["rejects"].items():
            _add(rejected, (*place, reason), count)
    for key, (name, about) in _OF_FILE.items():
        yield _counter(name, about, _FILE, of_file[key])
    about = "Lines that do not match the format of their source, by reason."
    yield _counter("rejected_lines", about, (*_FILE, "reason"), rejected)
    for key, (name, about) in _OF_SOURCE.items():
        yield _counter(name, about, ("source",), of_source[key])


def _files(files: Iterable[Mapping[str, Any]]) -> Iterator[Metric]:
    behind_bytes: Samples = {}
    behind_seconds: Samples = {}
    for file in files:
        # Before and after a rotation two files may have had one path.
        place = (file["source"], _shown(file["path"]))
        _add(behind_bytes, place, file["behind_bytes"])
        behind_seconds[place] = max(behind_seconds.get(place, 0), file["behind_seconds"] or 0)
    yield _gauge("behind_bytes", "Bytes of a file that are not read yet.", _FILE, behind_bytes)
    about = "How long there has been something to read in a file."
    yield _gauge("behind_seconds", about, _FILE, behind_seconds)


def _unread_files(stats: Mapping[str, Any], sources: Iterable[str]) -> Metric:
    samples: Samples = {(name,): 0 for name in sources}
    failing = (file for file in stats["files"] if file["problem"] is not None)
    for file in (*stats["parked"], *failing):
        _add(samples, (file["source"],), 1)
    about = "Files that are not read at present; /api/v1/status says why."
    return _gauge("unread_files", about, ("source",), samples)


def _series(metrics: Iterable[Mapping[str, Any]]) -> Iterator[Metric]:
    metrics = list(metrics)
    label = ("metric",)
    current: Samples = {(metric["name"],): metric["series"] for metric in metrics}
    yield _gauge("series", "Series of a metric of the configuration.", label, current)
    limits: Samples = {(metric["name"],): metric["series_limit"] for metric in metrics}
    yield _gauge("series_limit", "Series that a metric may have.", label, limits)
    overflowed: Samples = {(metric["name"],): metric["overflowed"] for metric in metrics}
    about = "Records that were counted together, since a metric had as many series as it may."
    yield _counter("overflowed_records", about, label, overflowed)


def _slots(slots: Mapping[str, int] | None) -> Iterator[Metric]:
    if slots is None:
        return
    for key, (name, about) in _OF_SLOTS.items():
        yield counter(name, about, slots[key])
    about = "Slots of series that are not committed yet."
    yield gauge("slot_pending_rows", about, slots["pending_rows"])


def _templates(models: Iterable[Mapping[str, Any]]) -> Iterator[Metric]:
    """The lines of patterns, by the models that the configuration names."""
    named = [model for model in models if model["mode"] is not None]
    if not named:
        return
    lines: Samples = {}
    for model in named:
        for count in model["counts"]:
            _add(lines, (count["source"], count["template"]), count["lines"])
    about = "Lines of a pattern, by the id of its template; /api/v1/status has the patterns."
    yield _counter("template_lines", about, ("source", "template"), lines)
    of_model: Samples = {(model["name"],): model["templates"] for model in named}
    yield _gauge("model_templates", "Patterns that a model has.", ("model",), of_model)
    learning: Samples = {(model["name"],): float(model["is_learning"]) for model in named}
    about = "Whether a model is so young that new patterns are no findings yet: 1 or 0."
    yield _gauge("model_learning", about, ("model",), learning)
    untold: Samples = {(model["name"],): model["untold"] for model in named}
    about = "New patterns that were no findings, since too many came at once."
    yield _counter("model_untold_templates", about, ("model",), untold)


def _gauge(name: str, about: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    return _filled(GaugeMetricFamily(f"logagent_{name}", about, labels=labels), samples)


def _counter(name: str, about: str, labels: tuple[str, ...], samples: Samples) -> Metric:
    return _filled(CounterMetricFamily(f"logagent_{name}", about, labels=labels), samples)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> Metric:
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family


def _add(samples: Samples, labels: Labels, value: float) -> None:
    """Names that look the same once escaped are one series."""
    samples[labels] = samples.get(labels, 0) + value


def _shown(path: str) -> str:
    return printable(path).encode(errors="backslashreplace").decode()
