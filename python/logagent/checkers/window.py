"""A sliding window over slots: what they add up to now, and in the window before."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any, NamedTuple

Part = tuple[str, str]
"""A label and its value."""
Row = tuple[bytes, bytes]
"""Labels and state of a series of sketches."""

_MOST_PARTS = 50_000
"""Label values that all slots of a window keep together; the rarest of a slot are left out."""
_LEAST_PARTS = 8


class Amounts(NamedTuple):
    """What was counted in a slot: whole numbers, so that adding and taking away is exact."""

    numbers: list[int]
    sketches: list[Row]
    """These can be added, but not taken away."""
    parts: dict[Part, int]


class Window:
    """Slots by number, and the sums of the `length` that end with `end` and of those before.

    Memory: two windows of slots, those that are not over yet, and a bounded number of parts.
    """

    def __init__(self, length: int, width: int) -> None:
        """`length` slots make a window; each slot has `width` numbers."""
        self.length = length
        self.end: int | None = None
        """The last slot of the window; None before the first."""
        self.total = [0] * width
        self.parts: dict[Part, int] = {}
        self.parts_before: dict[Part, int] = {}
        self._slots: dict[int, Amounts] = {}
        self._most_parts = max(_MOST_PARTS // (2 * length), _LEAST_PARTS)

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing in either window."""
        return not any(self.total) and not self.parts and not self.parts_before

    @property
    def newest(self) -> int | None:
        """The last slot in which something was counted."""
        return max(self._slots, default=None)

    def add(
        self, number: int, numbers: Sequence[int], sketch: Row | None, parts: Iterable[Part]
    ) -> None:
        """Count in a slot; one that both windows have left behind is forgotten.

        Each of `parts` counts with the first of the numbers.
        """
        if self.end is not None and number <= self.end - 2 * self.length:
            return
        amounts = self._slots.get(number)
        if amounts is None:
            amounts = self._slots[number] = Amounts([0] * len(self.total), [], {})
        is_now = self.end is not None and self.end - self.length < number <= self.end
        sums = None if self.end is None or number > self.end else self._sums(number)
        for place, value in enumerate(numbers):
            amounts.numbers[place] += value
            if is_now:
                self.total[place] += value
        if sketch is not None:
            amounts.sketches.append(sketch)
        for part in parts:
            amounts.parts[part] = amounts.parts.get(part, 0) + numbers[0]
            if sums is not None:
                _change(sums, part, numbers[0])
        if len(amounts.parts) > 2 * self._most_parts:
            self._forget_rare(number, amounts)

    def move(self) -> None:
        """Go on by one slot."""
        if self.end is None:
            raise ValueError("the window has no place yet")
        self.end += 1
        entering, leaving = self._slots.get(self.end), self._slots.get(self.end - self.length)
        forgotten = self._slots.pop(self.end - 2 * self.length, None)
        if entering is not None:
            self._shift(entering, 1, self.parts)
        if leaving is not None:
            self._shift(leaving, -1, self.parts)
            for part, value in leaving.parts.items():
                _change(self.parts_before, part, value)
        if forgotten is not None:
            for part, value in forgotten.parts.items():
                _change(self.parts_before, part, -value)

    def skip(self, last: int) -> None:
        """Go on to `last`, or to just before the next slot with something in it; if `is_quiet`."""
        if self.end is None:
            raise ValueError("the window has no place yet")
        for number in [number for number in self._slots if number <= self.end]:
            del self._slots[number]  # counted as nothing
        self.end = min([last, *(number - 1 for number in self._slots)])

    def sketches(self) -> list[Row]:
        """The sketches in the window."""
        if self.end is None:
            return []
        places = range(self.end - self.length + 1, self.end + 1)
        found = (self._slots.get(number) for number in places)
        return [row for amounts in found if amounts is not None for row in amounts.sketches]

    def compact(self, most: int, merge: Callable[[list[bytes]], bytes]) -> None:
        """Add up the sketches of slots that have more than `most`."""
        for amounts in self._slots.values():
            if len(amounts.sketches) > most:
                merged = merge([state for _, state in amounts.sketches])
                amounts.sketches[:] = [(amounts.sketches[0][0], merged)]

    def moved(self, most: int) -> list[tuple[Part, int, int]]:
        """The parts that changed most from the window before: part, before, now."""
        changes = [
            (part, self.parts_before.get(part, 0), self.parts.get(part, 0))
            for part in self.parts.keys() | self.parts_before.keys()
        ]
        changes = [change for change in changes if change[1] != change[2]]
        return nlargest(most, sorted(changes), key=lambda change: abs(change[2] - change[1]))

    def contents(self) -> Mapping[int, Amounts]:
        """The slots by number."""
        return self._slots

    def put(self, number: int, amounts: Amounts) -> None:
        """Bring back a slot of `contents`; `end` is set afterwards, with `settle`."""
        self._slots[number] = amounts

    def settle(self, end: int) -> None:
        """Take a place among slots that were put, or begin at the first."""
        self.end = end
        self.total = [0] * len(self.total)
        self.parts, self.parts_before = {}, {}
        for number, amounts in self._slots.items():
            if end - self.length < number <= end:
                self._shift(amounts, 1, self.parts)
            elif number <= end - self.length:
                for part, value in amounts.parts.items():
                    _change(self.parts_before, part, value)

    def _sums(self, number: int) -> dict[Part, int]:
        is_before = self.end is not None and number <= self.end - self.length
        return self.parts_before if is_before else self.parts

    def _shift(self, amounts: Amounts, sign: int, parts: dict[Part, int]) -> None:
        for place, value in enumerate(amounts.numbers):
            self.total[place] += sign * value
        for part, value in amounts.parts.items():
            _change(parts, part, sign * value)

    def _forget_rare(self, number: int, amounts: Amounts) -> None:
        kept = set(nlargest(self._most_parts, amounts.parts, key=amounts.parts.__getitem__))
        is_summed = self.end is not None and number <= self.end
        for part in [part for part in amounts.parts if part not in kept]:
            value = amounts.parts.pop(part)
            if is_summed:
                _change(self._sums(number), part, -value)


def plain(amounts: Amounts) -> list[Any]:
    """As JSON values; sketches are text."""
    parts = [[*part, value] for part, value in amounts.parts.items()]
    return [
        amounts.numbers,
        [[labels.hex(), state.hex()] for labels, state in amounts.sketches],
        parts,
    ]


def amounts_of(plain: Sequence[Any]) -> Amounts:
    """What `plain` made of them."""
    numbers, sketches, parts = plain
    return Amounts(
        [int(number) for number in numbers],
        [(bytes.fromhex(labels), bytes.fromhex(state)) for labels, state in sketches],
        {(str(label), str(value)): int(count) for label, value, count in parts},
    )


def _change(sums: dict[Part, int], part: Part, value: int) -> None:
    """Add; what comes to nothing is not kept."""
    found = sums.get(part, 0) + value
    if found:
        sums[part] = found
    else:
        sums.pop(part, None)
