"""Counts over time in one line of text."""

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-:=+*#"


def sparkline(counts: Sequence[int], columns: int, *, unicode: str | None = _BLOCKS) -> str:
    """The last counts in `columns` characters, oldest first; several in one where they are more.

    The greatest reaches the top; 0 is a blank, so that a pause is seen. `unicode` None: in ASCII.
    """
    levels = _ASCII if unicode is None else _BLOCKS
    if columns <= 0 or not counts:
        return ""
    per_column = max(len(counts) // columns, 1)
    kept = list(counts[-per_column * columns :])
    first = len(kept) % per_column
    starts = range(first, len(kept), per_column)
    sums = [sum(kept[start : start + per_column]) for start in starts]
    highest = max(sums, default=0)
    return "".join(
        " " if count == 0 else levels[(count * len(levels) - 1) // highest] for count in sums
    ).rjust(columns)
