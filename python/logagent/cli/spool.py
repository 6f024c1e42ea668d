"""Lines and records of old logs by slot, for checkers that want more than counts."""

import contextlib
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Self

from logagent import job
from logagent._core import Plan, Replay
from logagent.checkers import Lines, Panel
from logagent.cli import progress
from logagent.cli.reading import Reading

if TYPE_CHECKING:
    from logagent._core import Filter


_PART_BYTES = 4 << 20
"""About what is in memory of the records of a slot."""


class FileSpool:
    """Reads sources once more; records lie in temporary files until they are asked for.

    As `logagent.checkers.replay.Spool`. In memory are the lengths of runs of records of one slot:
    few for a log in order of time.
    """

    def __init__(self, panel: Panel, slot_seconds: int) -> None:
        self._wishes = panel.wishes
        self._slot_seconds = slot_seconds
        self._files = contextlib.ExitStack()
        self._kept: list[IO[bytes]] = []
        for _ in self._wishes:
            self._kept.append(self._files.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115
        self._places: list[dict[int, list[tuple[int, int]]]] = [
            defaultdict(list) for _ in self._wishes
        ]
        """For each wish the records of each slot: where they begin, and how long they are."""
        self._lines: dict[int, dict[str, Lines]] = defaultdict(dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def read(
        self, plan: Plan, source: int, files: Sequence[str] | None, reading: Reading
    ) -> list[tuple[str, str]]:
        """Read a source, as of `configured.count`; what could not be read whole, and why."""
        name = plan.describe()["sources"][source]["name"]
        numbers = [
            number for number, wish in enumerate(self._wishes) if wish[0] is None or wish[0] == name
        ]
        wishes: list[tuple[Filter | None, int]] = [
            (self._wishes[number][1], self._kept[number].fileno()) for number in numbers
        ]
        begins = [self._kept[number].seek(0, 2) for number in numbers]
        replay = Replay(
            plan,
            files,
            source=source,
            slot_seconds=self._slot_seconds,
            wishes=wishes,
            threads=reading.threads,
            since_ns=reading.since_ns,
            until_ns=reading.until_ns,
        )
        job.run(replay, watch=progress.watch)
        for slot, lines, rejected in replay.lines():
            known = self._lines[slot].get(name, Lines(0, 0))
            self._lines[slot][name] = Lines(known.lines + lines, known.rejected + rejected)
        for wish, (number, begin) in enumerate(zip(numbers, begins, strict=True)):
            place = begin
            for slot, length in replay.runs(wish):
                self._places[number][slot].append((place, length))
                place += length
        return replay.errors()

    def slots(self) -> set[int]:
        """As `Spool.slots`."""
        return {*self._lines}

    def lines(self, slot: int) -> Mapping[str, Lines]:
        """As `Spool.lines`."""
        return self._lines.get(slot, {})

    def records(self, slot: int) -> Iterator[Sequence[tuple[bytes, int]]]:
        """As `Spool.records`."""
        for number, (places, file) in enumerate(zip(self._places, self._kept, strict=True)):
            kept = [(b"", 0)] * len(self._places)
            for begin, length in places.get(slot, ()):
                file.seek(begin)
                while (left := begin + length - file.tell()) > 0:
                    part = file.read(min(left, _PART_BYTES))
                    kept[number] = (part + file.readline() if len(part) < left else part, 0)
                    yield kept
