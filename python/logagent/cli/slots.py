"""`scan --slot`: what was counted when."""

from __future__ import annotations

from logagent.cli import options
from logagent.cli.command import option
from logagent.cli.terminal import say

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from logagent._core import Snapshot

_MOST_SECONDS = 86_400

SLOT = option(
    "--slot",
    metavar="DURATION",
    help="Count by slots of time of this width, as `1m`, by the time stamps of the lines.",
)


def seconds_of(slot: str | None, *, output: str, by: str | None) -> int | None:
    """The width of a slot in seconds; None without `--slot`.

    Raises a usage error if the output or the fields of `--by` cannot go with it, and
    `ArgumentError` for another width than whole seconds up to a day.
    """
    if slot is None:
        if output == "influx":
            raise options.usage_error("points have a time: `-o influx` needs --slot")
        return None
    if output == "prometheus":
        raise options.usage_error("only `-o openmetrics` has time stamps: --slot needs that")
    from logagent import result
    from logagent.errors import ArgumentError
    from logagent.instants import duration_s

    if by is not None and result.SLOT in by.split(","):
        raise options.usage_error("`slot` is the name of a column of the result")
    seconds = duration_s(slot, origin="--slot")
    if not (seconds.is_integer() and 1 <= seconds <= _MOST_SECONDS):
        raise ArgumentError.of("--slot", "a slot is whole seconds wide, from 1s to 1d")
    return int(seconds)


def report(snapshot: Snapshot, slot_seconds: int | None) -> int:
    """Say what is in no slot, if it was counted by slot; returns the exit code."""
    if slot_seconds is None:
        return 0
    notes = snapshot.slot_notes()
    if notes["without_time"]:
        say("note", f"{notes['without_time']:,} lines have no readable time: they are in no slot")
    if not notes["beyond_limit"]:
        return 0
    say(
        "error",
        f"there are too many slots: {notes['beyond_limit']:,} counts are in none; take a wider"
        " --slot, fewer labels, or a part of the time with --since and --until",
    )
    return 1
