"""What crosses between Rust and Python: configuration in, snapshots out, never a line."""

import builtins
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, final

from logagent.cli.command import Command

__version__: str

def parse_arguments(
    command: Command, path: str, words: Sequence[str], *, columns: int, coloured: bool
) -> Arguments:
    """Parse the words behind `path`, by which people call the command.

    Help is folded to `columns`. Raises `logagent.errors.UsageError`.
    """

@final
class Arguments:
    """What the words of a command line say."""

    help: str | None
    """What is to be shown instead of running a command."""
    commands: list[str]
    """The names of the sub-commands, outermost first."""
    values: dict[str, Any]
    """The value of each parameter of the last of them, by its name."""
    given: dict[str, str]
    """Which of these stood on the command line, and how each is called there."""

class Rows(TypedDict):
    """What a state database holds of an engine (for type checkers; not there at run time).

    `metrics` are definitions as JSON: name, type, labels, value, sums, and the buckets or accuracy;
    equal texts are one metric, whatever its condition, limits and help. `series` are
    ``(index into metrics, labels, cumulative state)``; the bytes are versioned, and
    `Snapshot.read_series` reads them. `files` are ``(file id, record as JSON)``, None for one to
    forget. `tallies` are ``(key, cumulative counters)`` as JSON, the key ``{"source", "path"}``,
    the counters those of `Engine.stats`. `positions` are those given to `Engine.feed`: ``(key,
    JSON)``, None for one to forget. Each row replaces an earlier one of its key; keys are texts
    that compare as such. `models` is what was learnt of lines, as `positions`.
    """

    metrics: list[str]
    series: list[tuple[int, bytes, bytes]]
    files: list[tuple[int, str | None]]
    tallies: list[tuple[str, str]]
    positions: list[tuple[str, str | None]]
    models: list[tuple[str, str | None]]

@final
class Plan:
    """A compiled configuration: immutable, shared by every thread."""

    @staticmethod
    def from_toml(text: str, *, origin: str) -> Plan:
        """Compile a configuration text and the files that it names (docs/configuration.md).

        `origin` is the file's path, or another name for problems to carry; the files that the text
        names start beside it. Raises `logagent.errors.ConfigError` with every problem at once.
        """
    @staticmethod
    def outline(text: str, *, origin: str) -> dict[str, Any]:
        """As `describe`, of a configuration that may be wrong: what can be read of it.

        Sources lack ``scanner``, ``why_regex`` and ``fields``.
        """
    def explain(self, line: bytes, *, source: int = 0) -> dict[str, Any]:
        """What the plan makes of one line (without its line feed) of the source of this number.

        ``{"matched": bool, "format": str | None, "fields": […], "derived": […], "categories": […],
        "metrics": […], "mismatch": None | {…}}``: `format` is what was detected, where it had to
        be; a field is ``{"name", "value", "kind", "text"}``, value and text None when absent, a
        duration in seconds, an instant in ISO 8601; a category ``{"name", "value", "rule":
        {"index", "name", "test"} | None, "runners_up": [rule, …]}``; a metric ``{"name", "labels",
        "value"}``. A mismatch is as in `Diagnose.groups`, without a count.
        Raises ValueError when the format has to be detected and cannot be.
        """
    def describe(self) -> dict[str, Any]:
        """The resolved plan as plain values.

        ``agent`` is an object (``slots`` says whether the service counts by slot), and ``geoip``
        another one (``on``, the field that is looked up, and ``files``, the database of each fact,
        empty without the section), and ``events`` (limits of the event log). ``sources``,
        ``categories`` and ``metrics`` are lists of objects in the order of the configuration. A
        source's ``scanner`` is ``pattern`` (the fast one), ``regex`` or ``json``, and None where
        the format is detected in each file; ``why_regex`` says why a user's regex is not read as a
        pattern. Tables that name a type (sources, ``sinks``, ``checkers``, ``receivers``) have
        ``name``, ``type``, ``options`` (values of the keys that only the type knows),
        ``written`` (the same with every ``${NAME}`` as it is written) and ``places``, as
        `logagent.options` reads them; a sink has ``metrics``, ``every_seconds`` and
        ``lateness_seconds`` besides.
        """
    def learn(self, inputs: Sequence[str], *, source: int = 0) -> Plan:
        """The same plan with groups for its mined categories, out of the beginnings of files.

        `inputs` are as for `Scan`, of the source of this number; groups that the plan has stay.
        """
    def with_groups(self, groups: Mapping[str, Sequence[str]]) -> Plan:
        """The same plan with these groups, by category, instead of its own: for several workers."""
    def groups(self) -> dict[str, list[tuple[str, str]]]:
        """Learnt groups of each mined category, in their order, with the regex of each."""
    def merge_states(self, metric: int, states: Sequence[bytes]) -> bytes:
        """The sum of states of the metric of this number, as `Snapshot.slot_rows` answers them.

        Adding is associative and commutative (but for the bounds of a ``top`` beyond its capacity).
        ValueError if the bytes are no state, or of another metric.
        """
    def columns(self, metric: int, rows: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
        """Rows ``(labels, state)`` of a metric as columns, as `Snapshot.series` has them.

        Rows of equal labels are added. ValueError if the bytes are no rows of the metric.
        """
    def files(self) -> list[str]:
        """The files that the configuration names and consists of, as paths and globs.

        The file that was given as text is not among them.
        """
    def warnings(self) -> list[dict[str, Any]]:
        """What is probably not meant so, as `logagent.errors.Problem` takes it."""

@final
class Snapshot:
    """Counts, and what they were counted from; merging is associative and commutative."""

    lines: int
    matched: int
    selected: int
    """Matching lines within the window of time; all of them without one."""
    rejected: int
    bytes: int
    rejects: dict[str, int]
    unreadable: int
    """Values that are there and are no numbers, or below 0 where that cannot be."""
    feeds: int
    """Calls of `Engine.feed` and `Engine.forget` before the take; ValueError without one."""
    records: list[tuple[builtins.bytes, int]]
    """For each wish of `Engine.keep` its records, in the order of counting, and how many there was
    no room for (beyond 64 MiB); a line each as of `Engine.hear`. ValueError without a take."""
    def merge(self, other: Snapshot) -> None:
        """Add the other's counts; ValueError unless both are by the same slots, or by none."""
    def series(self, metric: int = 0) -> dict[str, Any]:
        """One metric's series as columns.

        ``{"labels": {name: [str | None, …]}, "count": [int, …], "sums": {name: [float, …]}}``, all
        lists of one length, ordered by count, descending, then by label values. Sums of which all
        are whole are int. An absent label value is None. Beside these, by the metric's type:

        - ``"value"``: the sum of the values (counter with a value, histogram, quantiles), or the
          last one (gauge): ``[int | float, …]``
        - ``"buckets"`` (histogram): ``{bound: [int, …]}``, the values of at most each bound
        - ``"quantiles"``: ``{quantile: [float | None, …]}``
        - ``"distinct"``: ``[int, …]``
        - ``"top"``: ``[[(text, count, error), …], …]``, most frequent first; the true count is
          between ``count - error`` and ``count``
        """
    def slots(self, metric: int) -> dict[str, Any]:
        """One metric's counts by slot of event time, as columns.

        As `series`, with ``"slot": [int, …]`` beside: Unix seconds at which the slot starts. There
        is a row for each slot and series in which something was counted, with what was counted in
        just that slot; ordered by slot, then as `series`. ValueError if nothing counted by slot.
        """
    def slot_rows(self) -> list[tuple[int, int, builtins.bytes, builtins.bytes]]:
        """The same of all metrics as rows: ``(metric, slot, labels, state)``.

        Ordered by metric, then by slot; labels and state are as in `Rows.series`, but of the slot
        alone. `Plan.merge_states` adds states, `Plan.columns` and `read_series` read them.
        """
    def slot_notes(self) -> dict[str, Any]:
        """What is to know of the slots beside their counts.

        ``{"without_time": int, "ahead_of_clock": int, "beyond_limit": int, "newest_unix_seconds":
        {source: float}, "event_time": float | None}``: records without a readable time (an engine
        counts them in the wall clock's slot, a scan in none); records stamped more than five
        minutes after the wall clock (an engine counts them in its slot); what metrics took of
        records and no slot did, since there are too many rows. The last two are of a snapshot that
        `Engine.take` answered: the newest time of a record of each source that came, and
        `Engine.event_time` then.
        """
    def write_slots(self, format: Literal["openmetrics", "influx"], output_fd: int) -> None:
        """Write what was counted by slot of all metrics to a file descriptor.

        ``openmetrics`` has cumulative values, stamped with the end of each slot: of a series from
        its first slot to the last of all, but for times in which nothing is counted in it for more
        than 60 slots. ``influx`` has a point in line protocol for each slot and series, with what
        was counted in just that slot. Raises OSError, and ValueError if nothing counted by slot.
        """
    def exposition(self, format: str) -> builtins.bytes:
        """All metrics as an exposition; `format` is ``prometheus`` or ``openmetrics``."""
    def to_bytes(self) -> builtins.bytes:
        """The counts as bytes: the same for the same counts. Slots are left out."""
    @staticmethod
    def from_bytes(plan: Plan, encoded: builtins.bytes) -> Snapshot:
        """What `to_bytes` made of a snapshot of a plan with the same metrics; else `ValueError`."""
    def new_templates(self) -> list[dict[str, Any]]:
        """The templates of log lines that are told with this snapshot of `Engine.take`.

        ``{"model", "version", "template": id, "text", "source", "path", "line", "unix_seconds"}``.
        """
    def changes(self) -> Rows:
        """The rows to write in one transaction, of a snapshot that `Engine.take` answered.

        They hold cumulative values, and are always the same ones. Other snapshots have no rows:
        ValueError.
        """
    @staticmethod
    def read_series(labels: builtins.bytes, state: builtins.bytes) -> dict[str, Any]:
        """A series of `Rows` as plain values; ValueError if the bytes are none.

        ``{"labels": [str, …], "count": int, "sums": [str, …]}``, sums as exact decimals, and by the
        metric's type: ``"last": {"unix_ns": int, "value": str} | None`` (gauge), ``"buckets":
        [int, …]`` (histogram, not cumulative), ``"bins": [[int, int], …]`` (quantiles),
        ``"distinct": int``, ``"top": [[text, count, error], …]``.
        """

@final
class Scanner:
    """Scans chunks of bytes without files or threads; whole lines need not align with chunks."""

    def __init__(self, plan: Plan, *, source: int = 0, head: bytes | None = None) -> None:
        """For lines of the source of this number.

        `head` are lines to detect the format from, where it has to be detected. Raises ValueError
        if it cannot be, and for a source that is not there.
        """
    def scan(self, chunk: bytes) -> int:
        """Count the chunk's lines (a last part without line feed waits); returns the lines seen."""
    def take(self) -> Snapshot:
        """End the input, hand over all counts and start anew."""

@final
class Scan:
    """One count over files. `run` blocks without the GIL; the rest may be called meanwhile."""

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[str] | None,
        *,
        source: int = 0,
        threads: int = 1,
        since_ns: int | None = None,
        until_ns: int | None = None,
        slot_seconds: int | None = None,
        rejects: str | None = None,
        mmap: bool = True,
    ) -> None:
        """Prepare a count of lines of the source of this number; `run` does it.

        `inputs` are paths and globs, ``-`` is standard input; None: what the source itself names,
        but for what an earlier source names too. Counted is what happened at `since_ns` ≤ time <
        `until_ns`, in Unix nanoseconds. With `slot_seconds` the snapshot has slots of that width.
        `rejects` is a file that takes the refused lines as they are. Mined categories without
        groups learn them from the beginnings of the inputs first; ValueError for standard input
        then.
        """
    def run(self) -> Snapshot: ...
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]:
        """Bytes read so far and in all (compressed size for compressed files; None if unknown)."""
    def errors(self) -> list[tuple[str, str]]:
        """Inputs that could not be read whole: (path, what happened)."""
    def formats(self) -> list[tuple[str, str]]:
        """Inputs whose format was detected: (path, format)."""

@final
class Parse:
    """Writes one JSON object per input line, in order, to a file descriptor."""

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[str],
        *,
        output_fd: int,
        threads: int = 1,
        schema: str = "own",
        year: int | None = None,
    ) -> None: ...
    def run(self) -> Snapshot: ...
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]: ...
    def errors(self) -> list[tuple[str, str]]: ...
    def formats(self) -> list[tuple[str, str]]: ...

@final
class Replay:
    """Puts lines into slots of event time, and writes the records that somebody wants."""

    def __init__(
        self,
        plan: Plan,
        inputs: Sequence[str] | None,
        *,
        source: int,
        slot_seconds: int,
        wishes: Sequence[tuple[Filter | None, int]],
        threads: int = 1,
        since_ns: int | None = None,
        until_ns: int | None = None,
    ) -> None:
        """Prepare to read lines of the source of this number; `run` does it.

        Inputs and instants are as of `Scan`. A wish is a condition and a file descriptor: that gets
        the records with a time, in the order of the inputs, as `Snapshot.records` has them.
        """
    def run(self) -> Snapshot:
        """The counts of lines; it has no metrics."""
    def lines(self) -> list[tuple[int, int, int]]:
        """Slot (where it starts, in Unix seconds), lines, and those that match no format.

        The latter count in the slot of the record before them in their input, or before the first
        record in that one's.
        """
    def runs(self, wish: int) -> list[tuple[int, int]]:
        """Slot and length in bytes of the records that follow each other in a wish's output."""
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]: ...
    def errors(self) -> list[tuple[str, str]]: ...
    def formats(self) -> list[tuple[str, str]]: ...

@final
class Diagnose:
    """Groups refused lines by where they leave the format and what stands there."""

    def __init__(
        self, plan: Plan, inputs: Sequence[str], *, source: int = 0, threads: int = 1
    ) -> None: ...
    def run(self) -> Snapshot:
        """The counts of lines; it has no metrics."""
    def groups(self) -> list[dict[str, Any]]:
        """The groups, the largest first.

        ``{"count", "reason", "column", "expected", "got", "line", "line_column", "fits"}``: `line`
        holds the bytes of the first line of the group, or those around the place, from
        `line_column` on; columns count bytes from 1. `got` is the text that stands there, cut.
        `fits` is the format that the line would be detected as, None if there is none.
        """
    def patterns(self) -> list[dict[str, Any]]:
        """Refused lines by what they have in common, the most frequent first, at most 100.

        ``{"id", "pattern", "count", "example"}``; `pattern` has ``<*>`` for what varies.
        """
    def edit(self) -> dict[str, Any] | None:
        """The one edit of the format by which most of the refused lines would match.

        ``{"text", "matched", "lines"}``: what to change, and how many of the first `lines` refused
        lines would match; None if no edit helps more than half of them.
        """
    ungrouped: int
    """Refused lines beyond the most groups that are kept."""
    def first_line(self) -> bytes | None:
        """The first line of the inputs, without its line feed."""
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]: ...
    def errors(self) -> list[tuple[str, str]]: ...
    def formats(self) -> list[tuple[str, str]]: ...

@final
class Model:
    """Learnt templates of log lines."""

    def __init__(self) -> None: ...
    @staticmethod
    def from_json(text: str) -> Model:
        """The model that `to_json` wrote; else `ValueError`."""
    def to_json(self) -> str:
        """The model as JSON: the same text for the same model."""
    def merge(self, other: Model) -> None:
        """Add what another model learnt; ids stay the same."""
    lines: int
    """Lines that it learnt from."""
    forgotten_lines: int
    """Lines of shapes that were forgotten for want of memory; they are of no template."""
    def alias(self, template_id: str) -> str | None:
        """The present id of a template that once had another."""
    def templates(self) -> list[dict[str, Any]]:
        """The templates, those with the most lines first.

        ``{"id", "template", "typed", "regex", "grok", "fields", "count", "first_seen", "last_seen",
        "timeline", "bin_seconds", "examples"}``: `fields` are pairs of name and kind; instants are
        Unix seconds or None; `timeline` counts lines in bins of `bin_seconds` from the first
        instant of all templates on, or is None.
        """
    def diff(self, other: Model) -> list[dict[str, Any]]:
        """The templates of both, also with ``"before"`` and ``"after"``: lines here and there."""

@final
class Mine:
    """Learns the templates of lines, or matches lines with them. The model is in use meanwhile."""

    def __init__(
        self,
        model: Model,
        inputs: Sequence[str],
        *,
        mode: Literal["learn", "frozen"] = "learn",
        assign_fd: int | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> None:
        """Prepare the work; `run` does it.

        ``frozen`` learns nothing. `assign_fd` takes ``LineId,EventId,EventTemplate`` of each line
        as CSV, in the mode ``frozen`` only. Looked at is what was logged at `since` ≤ time <
        `until`, in Unix seconds; a line that does not say when, with the line before it.
        """
    def run(self) -> dict[str, Any]:
        """``{"lines", "dated", "unmatched", "unmatched_examples", "oversize", "counts"}``.

        All of this run; `dated` counts lines that say when they were logged, those that are out of
        the window too. Unmatched are lines of new templates, or in the mode ``frozen`` of none;
        `counts` are lines by id of template, in the mode ``frozen`` only.
        """
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int | None]: ...
    def errors(self) -> list[tuple[str, str]]: ...
    def formats(self) -> list[tuple[str, str]]: ...

@final
class Filter:
    """A condition over lines of JSON objects; immutable, used by any thread."""

    def __init__(self, condition: str, *, origin: str, roots: Sequence[str] | None = None) -> None:
        """Compile the condition (as in ``when``), whose names are dotted paths into the objects.

        A path begins with one of `roots`; without them names are those of fields, of the records
        that `Engine.hear` answers. What is not there is absent. Raises
        `logagent.errors.ConfigError` with every mistake, each in `origin`.
        """
    def matches(self, lines: Sequence[bytes]) -> list[bool]:
        """For each line whether the condition holds; it does not for what is no object."""

@final
class Generator:
    """Realistic, seeded traffic in a format, as bytes."""

    def __init__(self, format: str, *, seed: int, start_ns: int, rate: float) -> None:
        """`format` as on the command line. Record `i` is stamped at ``start_ns + i / rate`` s."""
    def lines(self, count: int) -> bytes:
        """The next `count` lines."""

@final
class Engine:
    """Follows the sources of a plan, counts, and shows what was committed.

    One thread calls `poll`, one `take` and `commit`; everything may be called from any thread. No
    method holds the GIL while it works. After a fork, or when the engine met a bug of its own,
    every method raises RuntimeError: the way on is a new process, which continues from what was
    committed.
    """

    def __init__(self, plan: Plan, *, threads: int = 1) -> None:
        """An engine that has read nothing.

        Files are read by the thread that calls `poll`: it reads more than a disk of a proxy writes.
        With more `threads` a second one counts half of each large block, for whoever waits for all
        of a long log; not where a plan counts by slot or learns.
        """
    def restore(self, rows: Rows) -> list[str]:
        """Go on from what a state database holds; once, before the first `poll`.

        Answers the definitions that no metric of the plan has any more, to be deleted. ValueError
        if a row cannot be read: the engine is then not to be used.
        """
    def poll(self, timeout: float, *, go_on_to_bytes: int = 0) -> int:
        """Wait for something to read, at most `timeout` seconds, and count a bounded part of it.

        It goes on, without waiting again, while there is more and it has read less than
        `go_on_to_bytes`: to come back to Python, where another thread works, takes time. Answers
        the bytes read; 0 when there was nothing or `wake` was called.
        """
    def wake(self) -> None:
        """End a waiting `poll`, or the next one, from any thread."""
    def feed(
        self,
        source: str,
        position: tuple[str, str] | None,
        chunk: bytes,
        *,
        path: str | None = None,
    ) -> int:
        """Count whole lines that Python read for the source of this name; answers how many.

        `position` is a key and a JSON text: where that key is after the chunk. It becomes durable
        with the lines. They are tallied under `path`, by default the key. ValueError if there is no
        such source, or its format is not recognised: nothing was counted then.
        """
    def begin(self, source: str, head: bytes) -> None:
        """What is fed of this source next begins with `head`, or once began so.

        Formats and headers are found there; without it in the first chunk that is fed. ValueError
        as of `feed`.
        """
    def forget(self, keys: Sequence[str]) -> None:
        """Forget positions."""
    def position(self, key: str) -> str | None:
        """The position of this key, durable or not."""
    def positions(self, prefix: str) -> list[tuple[str, str]]:
        """The positions whose keys begin with `prefix`, as of the last take, by key."""
    def take(self) -> Snapshot | None:
        """What was counted since the last take, with the positions: durable together or not at all.

        None if nothing changed. RuntimeError while an earlier snapshot is not committed.
        """
    def commit(self, snapshot: Snapshot) -> None:
        """The snapshot's `changes` are durable: show them. It has to be the one taken last."""
    def everything(self) -> Rows:
        """All rows as of the last take, for a state database that has to be written anew.

        With a snapshot that is not committed yet its changes are among them.
        """
    def reload(self, plan: Plan) -> dict[str, Any]:
        """Go on by another plan. RuntimeError while a snapshot is not committed.

        Metrics whose definition (as in `Rows`) did not change keep counts and series, whatever
        became of conditions and categories; sources are matched by name and keep their positions.
        Answers ``{"kept": [name, …], "new": [name, …], "dropped": [definition, …]}``; rows of
        dropped definitions are to be deleted.
        """
    def exposition(self, format: str = "prometheus") -> builtins.bytes:
        """What was committed; `format` is ``prometheus`` or ``openmetrics``."""
    def changed_formats(self) -> list[dict[str, str]]:
        """Files that go on in another format than the one that was found, since the last call.

        ``{"source", "path", "before", "format"}``, formats in words. They are read in the new one
        from there on.
        """
    def refused_lines(self) -> list[dict[str, Any]]:
        """A few of the lines of each source that were refused since the last call.

        As in `Diagnose.groups`, with ``"source"``, ``"path"``, ``"pattern"`` (what the line has in
        common with others that were refused) and ``"pattern_id"``, and without a count; of long
        lines what is around the place.
        """
    def unmatched_lines(self) -> list[dict[str, Any]]:
        """A few lines of each source that frozen models did not match since the last call.

        ``{"source", "path", "model", "line"}``.
        """
    def model(self, name: str, *, version: int | None = None) -> tuple[int, str] | None:
        """The version of a model of patterns and its JSON, as `Model.to_json`; or an earlier one's.

        None if there is none.
        """
    def set_model(self, name: str, json: str | None) -> int:
        """Put another model, or an empty one, in the place of one, between two batches.

        Answers its version; it is durable with the next snapshot. A model that the plan does not
        name is removed by None. ValueError for what is no model, or if there are too many.
        """
    def settle_groups(self) -> None:
        """Make groups of the paths that were learnt so far; the next `take` holds them."""
    def listen(
        self, *, source: str | None = None, condition: Filter | None = None, every: int = 1
    ) -> int | None:
        """Keep records for somebody from now on; a number to ask with, None if too many listen.

        They are those of a source, for which the condition holds, one in so many.
        """
    def hear(self, listener: int) -> tuple[builtins.bytes, int] | None:
        """The records since the last call, and how many did not fit; None if nobody listens so.

        A line of JSON each: ``{"source", "path", "fields": {…}, "line"}``. At most a megabyte is
        kept.
        """
    def leave(self, listener: int) -> None:
        """Keep no more for a listener."""
    def keep(self, wishes: Sequence[tuple[str | None, Filter | None, str]]) -> None:
        """Keep from now on the records of each wish, for takes.

        A wish is a source, a condition, and the convention that names the fields of what is kept
        (`own`, `ecs`, `otel`).

        Earlier wishes are forgotten, with what is kept of them. See `Snapshot.records`.
        """
    def event_time(self) -> float | None:
        """The event-time clock, in Unix seconds: up to where in the logs' time records are counted.

        That is the least over the sources, the idle ones left out, of the newest time of a record;
        when all are idle it is the wall clock, and it never is beyond that. A source is idle when
        no record came for ten seconds. None while a source has just been begun. It goes back when
        a source comes with older records.
        """
    def is_half_full(self) -> bool:
        """Whether a take is due because little more can be counted by slot, or kept."""
    def stats(self) -> dict[str, Any]:
        """How the engine is, as plain values.

        - ``"pending_seconds"``: the age of the oldest count that was not taken yet; None without
        - ``"taken_seconds"``: the age of the snapshot that is not committed yet; None without
        - ``"files"``: followed files: ``{"file": id, "source", "path", "stage", "offset", "size",
          "behind_bytes", "behind_seconds", "problem": str | None, "format": str | None}``; `format`
          is None unless it was detected
        - ``"parked"``: files that are left alone for now: ``{"source", "path", "reason"}``
        - ``"sources"``: ``{"name", "counts": {…}, "error": str | None}``; the counts are those
          below, not committed yet
        - ``"open_files"``: how many descriptors are open
        - ``"committed"``: tallies of the plan's sources, as committed: ``{"source", "path",
          "lines", "matched", "bytes", "rejects": {reason: int}, "unreadable"}``; and with path
          None, for a source that met any of these, ``{"source", "path", "rotations",
          "truncations", "gaps", "gap_bytes", "read_errors"}``
        - ``"models"``: models of patterns, as committed: ``{"name", "version", "mode": str | None,
          "is_learning", "learnt_lines", "templates", "untold", "counts": [{"source", "template",
          "text", "lines"}]}``; `mode` is None if the plan does not name it
        - ``"metrics"``: ``{"name", "series", "series_limit", "overflowed"}``: committed series, and
          the records that were counted beyond the limit
        - ``"slots"``: ``{"pending_rows", "without_time", "ahead_of_clock", "beyond_limit"}`` since
          the engine was made, as in `Snapshot.slot_notes`; None if the plan has no use for slots
        - ``"groups"``: learnt groups of each mined category, as committed: ``{category: [str]}``
        """

def path_groups(paths: Sequence[tuple[str, int]], limit: int) -> list[tuple[str, str]]:
    """Groups of counted paths, such as ``/orders/<num>``, each with the regex that it means."""

def formats() -> list[tuple[str, str, str, list[str]]]:
    """Name, description, example and fields of every named format."""
