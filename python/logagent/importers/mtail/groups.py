"""The capture groups of a regex: how many, and what they are called."""

import re

_PART = re.compile(r"\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\((\?P?<(\w+)>|\?)?", re.DOTALL)


def group_names(regex: str) -> list[str | None]:
    """The name of each capture group in order; None for one without."""
    return [
        part[2]
        for part in _PART.finditer(regex)
        if part[0].startswith("(") and (part[1] is None or part[2] is not None)
    ]


def rename_group(regex: str, old: str, new: str) -> str:
    """The regex with the group `old` called `new`."""
    return re.sub(rf"(\(\?P?<){re.escape(old)}>", rf"\g<1>{new}>", regex)
