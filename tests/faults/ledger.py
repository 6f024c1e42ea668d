"""What was written: how many lines, the sum of their numbers and of their squares."""

from collections.abc import Iterable
from dataclasses import dataclass

MODULUS = 2**64
LARGEST_NUMBER = 10**9
"""Its square is the largest number that the service reads exactly."""

FORMAT = '$remote_addr [$time_local] "$request" $status $n $n2'
"""The format of the lines, as an nginx `log_format`."""

STATUSES = (200, 304, 404)
"""The status of line n is the one at n mod 3."""

_TEXTS = tuple(
    b'192.0.2.%d [10/Oct/2026:13:55:36 +0000] "GET /shop/item?colour=%d HTTP/1.1" %d %%d %%d\n'
    % (7 + status % 10, status, status)
    for status in STATUSES
)


@dataclass
class Total:
    """Lines and the two sums over them, modulo 2⁶⁴; `-` and `+` go by component."""

    lines: int = 0
    n: int = 0
    n2: int = 0

    def __add__(self, other: "Total") -> "Total":
        return Total(
            self.lines + other.lines,
            (self.n + other.n) % MODULUS,
            (self.n2 + other.n2) % MODULUS,
        )

    def __sub__(self, other: "Total") -> "Total":
        return Total(
            self.lines - other.lines,
            (self.n - other.n) % MODULUS,
            (self.n2 - other.n2) % MODULUS,
        )

    @classmethod
    def of(cls, numbers: Iterable[int]) -> "Total":
        """The total over lines with these numbers."""
        total = cls()
        for n in numbers:
            total = total + cls(1, n, n * n % MODULUS)
        return total

    @classmethod
    def of_range(cls, first: int, end: int) -> "Total":
        """The total over the numbers from `first` to before `end`."""

        def below(bound: int) -> "Total":
            square_sum = (bound - 1) * bound * (2 * bound - 1) // 6
            return cls(bound, bound * (bound - 1) // 2 % MODULUS, square_sum % MODULUS)

        return below(end) - below(first)


class Ledger:
    """Hands out numbered lines and keeps their total."""

    def __init__(self, first: int = 1) -> None:
        self.next = first
        self.total = Total()

    def lines(self, count: int) -> bytes:
        """The next `count` lines, to be written somewhere."""
        first, self.next = self.next, self.next + count
        assert self.next <= LARGEST_NUMBER
        self.total = self.total + Total.of_range(first, self.next)
        return numbered_lines(range(first, self.next))

    def add(self, total: Total) -> None:
        """Lines that somebody else wrote."""
        self.total = self.total + total

    def lose(self, block: bytes) -> None:
        """Lines that were written and that nobody can read any more."""
        self.total = self.total - total_of_lines(block)


def numbered_lines(numbers: Iterable[int]) -> bytes:
    """The lines with these numbers."""
    return b"".join([_TEXTS[n % 3] % (n, n * n) for n in numbers])


def total_of_lines(block: bytes) -> Total:
    """The total over the lines of a block, read back from their text."""
    return Total.of(int(line.split()[-2]) for line in block.splitlines())
