"""A second, slow reading of logs, which says why a line is refused.

A format is written as text with fields in braces: `{word} [{brackets}] "{quotes}" {digits}`. A line
is refused at the first part of it that cannot be reached; the words for why are those of the
product, found here by trying ever shorter beginnings of the format.
"""

import json
import re
from collections import Counter
from collections.abc import Callable

from tests.python.oracle import LINE_LIMIT_BYTES, lines_of

_CLASSES = {
    "word": rb"[^ ]+",
    "text": rb".*?",
    "digits": rb"(?:-|[0-9]+)",
    "number": rb"(?:-?[0-9]+(?:\.[0-9]+)?|-)",
    "quotes": rb'(?:[^"\\]|\\.)*',
    "brackets": rb"[^\]]*",
    "blanks": rb" *",
    "before_slash": rb"[^ /]*",
    "before_colon": rb"[^ :]*",
    "list": rb"[^ ,]+(?:(?:, | : )[^ ,]+)*",
    "rest": rb"(?: .*)?",
}

Reader = Callable[[bytes], str | None]
"""Answers why a line that is not empty is refused; None for one that is read."""


def text(*shapes: str) -> Reader:
    """Reads lines of the first of these formats that matches; the last says why none does."""
    readers = [_parts(shape) for shape in shapes]

    def why(line: bytes) -> str | None:
        whys = [_why(line, parts) for parts in readers]
        return None if None in whys else whys[-1]

    return why


def _parts(shape: str) -> list[tuple[str, bytes]]:
    parts = []
    for piece in re.split(r"(\{\w+\})", shape):
        if piece.startswith("{"):
            parts.append((piece[1:-1], _CLASSES[piece[1:-1]]))
        elif piece:
            parts.append(("literal", re.escape(piece.encode())))
    return parts


def _why(line: bytes, parts: list[tuple[str, bytes]]) -> str | None:
    def beginning(count: int) -> re.Match[bytes] | None:
        return re.compile(b"".join(regex for _, regex in parts[:count]), re.DOTALL).match(line)

    if re.compile(b"".join(regex for _, regex in parts) + rb"\Z", re.DOTALL).match(line):
        return None
    count = next(count for count in range(len(parts), -1, -1) if beginning(count))
    reached = beginning(count)
    assert reached is not None
    rest = line[reached.end() :]
    if count == len(parts):
        return "trailing"
    name, regex = parts[count]
    if name != "literal":
        return "field" if rest else "short"
    # A text is looked for up to the line's end.
    was_sought = count > 0 and parts[count - 1][0] == "text"
    literal = re.sub(rb"\\(.)", rb"\1", regex, flags=re.DOTALL)
    return "short" if was_sought or literal.startswith(rest) else "literal"


def objects(line: bytes) -> str | None:
    """Reads JSON objects."""
    try:
        return None if isinstance(json.loads(line), dict) else "json"
    except ValueError:
        return "json"


def columns() -> Reader:
    """Reads W3C extended logs, whose columns the last `#Fields:` names."""
    names: list[bytes] = []

    def why(line: bytes) -> str | None:
        nonlocal names
        if line.startswith(b"#"):
            if line.startswith(b"#Fields:"):
                names = line.removeprefix(b"#Fields:").split()
            return "comment"
        cells = re.findall(rb'"[^"]*"|[^ \t]+', line)
        return None if len(cells) == len(names) else "columns"

    return why


def count(content: bytes, reader: Reader) -> tuple[int, Counter[str]]:
    """How many lines are read, and how many are refused for which reason."""
    matched = 0
    reasons: Counter[str] = Counter()
    for line in lines_of(content):
        if not line:
            why: str | None = "empty"
        else:
            why = "oversize" if len(line) > LINE_LIMIT_BYTES else reader(line)
        if why is None:
            matched += 1
        else:
            reasons[why] += 1
    return matched, reasons
