"""Counts by second, of the last minutes."""

import math

_MOST_BINS = 600
_MOST_SPREAD_SECONDS = 60


class Timeline:
    """Counts in bins of a second; bounded, whatever instants it is told."""

    def __init__(self) -> None:
        self._bins: dict[int, int] = {}
        self.begun: float | None = None
        """Since when everything is counted, as Unix time; None: always."""
        self.newest: int | None = None
        """The latest bin that something was added to, as Unix seconds."""

    def add(self, instant: float, count: int) -> None:
        """Count `count` records at a Unix time; what is older than ten minutes is left out."""
        second = math.floor(instant)
        if self.newest is not None and second <= self.newest - _MOST_BINS:
            return
        self._bins[second] = self._bins.get(second, 0) + count
        if self.newest is None or second > self.newest:
            self.newest = second
        if len(self._bins) > 2 * _MOST_BINS:
            oldest = self.newest - _MOST_BINS
            self._bins = {at: count for at, count in self._bins.items() if at > oldest}

    def spread(self, begin: float, end: float, count: int) -> None:
        """Count records that came some time between two instants: evenly, at most a minute back."""
        begin = max(begin, end - _MOST_SPREAD_SECONDS)
        seconds = range(math.floor(begin), math.floor(end) + 1)
        left, span = count, end - begin
        for second in seconds:
            covered = min(second + 1, end) - max(second, begin)
            part = left if second == seconds[-1] else min(round(count * covered / span), left)
            self.add(second, part)
            left -= part

    def counts(self, seconds: int, *, until: float) -> list[int]:
        """The counts of the last whole `seconds` bins before `until`, oldest first."""
        end = math.floor(until)
        return [self._bins.get(second, 0) for second in range(end - seconds, end)]

    def per_second(self, seconds: int, *, until: float) -> float:
        """The mean of the last whole `seconds` bins, or of fewer where counting began later."""
        if self.begun is not None:
            seconds = min(seconds, math.floor(until) - math.ceil(self.begun))
        return sum(self.counts(seconds, until=until)) / seconds if seconds > 0 else 0.0
