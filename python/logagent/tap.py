"""Records that an engine keeps with its counts, shared by those who want some."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logagent._core import Engine, Filter, Snapshot

Wish = tuple[str | None, "Filter | None"]
"""The source and the condition of records; all without."""
Kept = tuple[bytes, int]
"""A line of JSON for each record, and how many more there were than fit."""


class Tap:
    """Tells an engine what all of them want, and each of them what was kept for it."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._wishes: dict[str, Sequence[Wish]] = {}

    def want(self, owner: str, wishes: Sequence[Wish]) -> None:
        """Keep the records of these wishes from now on, beside those of others.

        Between two takes, with nothing counted since the last: what is kept by then is forgotten.
        """
        if wishes or self._wishes.get(owner):
            self._wishes[owner] = wishes
            self._engine.keep([one for wishes in self._wishes.values() for one in wishes])

    def wants(self, owner: str) -> bool:
        """Whether it has wishes."""
        return bool(self._wishes.get(owner))

    def kept(self, owner: str, snapshot: "Snapshot | None") -> Sequence[Kept]:
        """What a snapshot of `Engine.take` has for each wish of an owner; without one nothing."""
        wishes = self._wishes.get(owner, ())
        if snapshot is None or not wishes:
            return [(b"", 0)] * len(wishes)
        begin = 0
        for other, theirs in self._wishes.items():
            if other == owner:
                break
            begin += len(theirs)
        return snapshot.records[begin : begin + len(wishes)]
