"""Where a consumer is in its partitions, and which of that is durable."""

from collections.abc import Mapping

Partition = tuple[str, int]
"""Topic and number."""


class Offsets:
    """Offsets of the assigned partitions."""

    def __init__(self) -> None:
        self.next: dict[Partition, int] = {}
        """The first offset that was not counted, of each assigned partition."""
        self._taken: dict[Partition, int] = {}
        self._told: dict[Partition, int] = {}
        self._noted: tuple[int, Mapping[Partition, int]] | None = None

    def begin(self, partition: Partition, offset: int) -> None:
        """It is assigned, to be read from this offset on."""
        self.next[partition] = offset
        self._taken.pop(partition, None)
        self._told.pop(partition, None)

    def end(self, partition: Partition) -> None:
        """It is assigned no more."""
        self.next.pop(partition, None)

    def take(self, partition: Partition, offset: int) -> bool:
        """Whether the message at this offset is to be counted; if so, only once."""
        if partition not in self.next or offset < self.taken(partition):
            return False
        self._taken[partition] = offset + 1
        return True

    def taken(self, partition: Partition) -> int:
        """The offset behind what was taken."""
        return max(self.next[partition], self._taken.get(partition, 0))

    def count(self, partition: Partition) -> None:
        """What was taken is counted now; only then may anybody be told."""
        self.next[partition] = self.taken(partition)

    def durable(self, counted: int, durable: int) -> Mapping[Partition, int]:
        """Offsets to tell the group: known to be durable, and not told yet.

        `counted` and `durable` are the numbers of the feed; everything before `next` is counted.
        """
        if self._noted is None or durable >= counted:
            self._noted = (counted, dict(self.next))
        number, offsets = self._noted
        if durable < number:
            return {}
        self._noted = None
        found = {
            partition: offset
            for partition, offset in offsets.items()
            if partition in self.next and self._told.get(partition) != offset
        }
        self._told.update(found)
        return found
