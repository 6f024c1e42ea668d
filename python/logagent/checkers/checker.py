"""What a checker is: counts by slot of event time and records go in, findings come out.

A type of checker is a class derived from `Checker`, named by an entry point of the group
``logagent.checkers`` (docs/checkers.md has a complete example). It reads no clock and no file of
its own, so that an old log, replayed, gives what it gave when it was written.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from logagent.checkers.records import Records, RecordWish
from logagent.errors import Edit, EditError, EditRefusal, Problem
from logagent.options import Option, Table

if TYPE_CHECKING:
    from logagent._core import Plan


_FIRST_SECONDS, _LAST_SECONDS = -62_135_596_800, 253_402_300_799  # the years 1 to 9999


class Phase(StrEnum):
    """Where in the life of what was found a finding stands."""

    OPEN = "open"
    UPDATE = "update"
    CLOSE = "close"


class Finding(NamedTuple):
    """Something that a checker noticed, as it stands at one instant of event time."""

    kind: str
    """What sort of thing it is, in one word: `rate`, `absence`."""
    phase: Phase
    key: str
    """The same for all phases of one thing, and for no other thing of this checker."""
    event_time: float
    """Unix seconds: where the slot starts that made it so."""
    started: float
    """The event time at which it opened."""
    summary: str
    """One line for people. It may hold texts of logs: whoever shows it escapes it."""
    observed: float | None = None
    """The value; None if there was none."""
    expected: float | None = None
    """What it was compared with."""
    score: float | None = None
    """How far off it is; 1 is just at the border."""
    labels: Mapping[str, str] = {}
    evidence: Mapping[str, Any] = {}
    """What shows why, as plain values: label values that moved, lines."""
    model: str | None = None
    """What was learnt and judged by, if anything was."""
    version: int | None = None


class Noted(NamedTuple):
    """A finding, and the name of the checker that made it."""

    checker: str
    finding: Finding

    @property
    def alert(self) -> str:
        """What names the one thing that all its phases are about, among all checkers."""
        return f"{self.checker}/{self.finding.key}"

    @property
    def key(self) -> str:
        """What names this finding alone."""
        return f"{self.alert}/{self.finding.phase}/{self.finding.event_time:.0f}"

    def plain(self) -> dict[str, Any]:
        """As JSON values, with ``key`` and ``alert`` as here; instants in ISO 8601."""
        return {
            **self.finding._asdict(),
            "checker": self.checker,
            "alert": self.alert,
            "key": self.key,
            "event_time": iso(self.finding.event_time),
            "started": iso(self.finding.started),
        }


def iso(unix_seconds: float) -> str:
    """An instant in ISO 8601, of years that a clock may show."""
    moment = min(max(unix_seconds, _FIRST_SECONDS), _LAST_SECONDS)
    text = datetime.fromtimestamp(moment, UTC).isoformat()
    return text.replace("+00:00", "Z")


class Lines(NamedTuple):
    """Lines of a source that were read."""

    lines: int
    rejected: int
    """Those of them that do not match the format."""


class SlotRows(NamedTuple):
    """What was counted since the last call."""

    columns: Mapping[str, Mapping[str, Any]]
    """By metric, as `Snapshot.slots` answers them: a row for each slot and label set."""
    states: Mapping[str, Sequence[tuple[int, bytes, bytes]]]
    """By metric of `Checker.sketches`: slot, labels, state, as in `Snapshot.slot_rows`."""
    lines: Mapping[str, Lines]
    """By source; in a replay those of the slot, as far as a checker asks for them."""
    wall_time: float
    """Unix seconds; in a replay the event time."""


class Checker:
    """The base of all checkers: what a type does not need it leaves as it is.

    Everything is called in one thread, in the order of event time: `load` and `restore` once before
    all else, then for each commit `records` and `slots` if anything was counted, and `heartbeat`;
    `edit` between two commits.
    """

    OPTIONS: ClassVar[Sequence[Option]] = ()
    """The keys of its table in the configuration beside `name` and `type`."""
    STREAM: ClassVar[str] = "findings"
    """The stream of the event log that takes what it finds."""

    @classmethod
    def check(
        cls,
        table: Table,  # noqa: ARG003 - for those who look at it
        options: Mapping[str, Any],  # noqa: ARG003
        described: Mapping[str, Any],  # noqa: ARG003
    ) -> Iterable[Problem]:
        """What is wrong with options that are each right by themselves.

        `described` is all of the configuration, as `Plan.describe` gives it.
        """
        return ()

    def __init__(self, name: str, options: Mapping[str, Any], plan: "Plan") -> None:
        """A checker that has seen nothing; `options` are those of `OPTIONS`, defaults included."""
        self.name = name
        self.options = options
        self.plan = plan

    @property
    def metrics(self) -> Sequence[str]:
        """The metrics whose counts by slot it wants."""
        return ()

    @property
    def sketches(self) -> Sequence[str]:
        """Those of which it wants the rows themselves, to add them with `Plan.merge_states`."""
        return ()

    @property
    def wants_lines(self) -> bool:
        """Whether it wants `SlotRows.lines`."""
        return False

    @property
    def record_wish(self) -> RecordWish | None:
        """The records that it wants: each costs some microseconds, so better few than all."""
        return None

    def records(self, batch: Records) -> Sequence[Finding]:  # noqa: ARG002
        """Take in records that were counted; those of a commit may come in several batches."""
        return ()

    def slots(self, rows: SlotRows) -> Sequence[Finding]:  # noqa: ARG002
        """Take in what was counted: differences, also of slots that were there before."""
        return ()

    def heartbeat(self, event_time: float, wall_time: float) -> Sequence[Finding]:  # noqa: ARG002
        """All counts up to `event_time` were taken in, as far as they came; both in Unix seconds.

        Called though nothing was counted, so that what ends by silence ends.
        """
        return ()

    def edit(self, edit: Edit, name: str, content: Any) -> Sequence[Finding]:  # noqa: ANN401, ARG002
        """Change what it judges by, as somebody asks who is told when that is durable.

        `content` is a JSON value, None to remove what is called `name`. Raises `EditError` if that
        is not there, or is already, and ValueError or KeyError for what is none of its contents:
        nothing may be changed then.
        """
        message = f"the checker {self.name} has nothing that could be edited"
        raise EditError(EditRefusal.UNSUPPORTED, message)

    def end_of_log(self) -> Sequence[Finding]:
        """Nothing more comes: a replay is at its end."""
        return ()

    def state(self) -> Mapping[str, Any]:
        """All that it knows of the present, as plain JSON values by key.

        Kept with the counts, so that a restart neither repeats nor forgets. Only the keys whose
        values changed are written: put what changes rarely under a key of its own.
        """
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` answered; raises ValueError or KeyError if it cannot be."""

    def model(self) -> Any | None:  # noqa: ANN401 - any JSON value
        """What it has learnt, as a plain JSON value; None if nothing.

        Kept apart from the state: it stays when the options change.
        """
        return None

    def load(self, model: Any) -> None:  # noqa: ANN401 - any JSON value
        """Go on with what `model` answered; raises ValueError or KeyError if it cannot be."""
