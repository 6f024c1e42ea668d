"""Writes configurations for people: TOML in a given order, with comments.

Only what configurations hold: texts, numbers, lists and inline tables of them; `query` needs the
same quoting at every start, with places that stay known.
"""

from __future__ import annotations

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Value = str | int | float | Sequence["Value"] | Mapping[str, "Value"]
    """What can be written; inline tables are dicts."""

_CONTROLS = (*range(0x20), 0x7F)
_NOT_IN_LITERALS = dict.fromkeys((code for code in _CONTROLS if code != ord("\t")), " ")
_ESCAPES = {code: f"\\u{code:04X}" for code in (*_CONTROLS, *b'"\\')}


def value(content: Value) -> str:
    """`content` on one line."""
    match content:
        case str():
            return string(content)
        case bool():
            raise TypeError("modes of the configuration are words")
        case int() | float():
            return repr(content)
        case dict():
            pairs = ", ".join(f"{key(name)} = {value(item)}" for name, item in content.items())
            return f"{{ {pairs} }}"
    return "[" + ", ".join(map(value, content)) + "]"


def string(text: str) -> str:
    """`text` in plain quotes, or as a literal where that spares escapes, as in regexes."""
    if "\\" in text or '"' in text:
        return literal(text) or basic(text)
    return basic(text)


def literal(text: str) -> str | None:
    """`text` as a literal string, each character standing for itself; None where that cannot be."""
    if text.translate(_NOT_IN_LITERALS) == text:
        for quote in ("'", "'''"):
            if quote not in text and not text.endswith("'"):
                return f"{quote}{text}{quote}"
    return None


def basic(text: str) -> str:
    """`text` as a basic string, with escapes."""
    return f'"{text.translate(_ESCAPES)}"'


def key(name: str) -> str:
    """`name` as a key."""
    is_bare = name.isascii() and name.replace("_", "x").replace("-", "x").isalnum()
    return name if is_bare else basic(name)


def comment(text: str) -> str:
    """`text` as a comment of one line; what a comment cannot hold becomes a blank."""
    return "# " + text.translate(_NOT_IN_LITERALS)


class Document:
    """A configuration that is being written."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def note(self, *texts: str) -> None:
        """Add comments, a line each."""
        self._lines.extend(map(comment, texts))

    def table(self, *path: str, notes: Sequence[str] = ()) -> None:
        """Begin the table ``[a.b]`` after an empty line and its comments."""
        self._head("[" + ".".join(map(key, path)) + "]", notes)

    def item(self, name: str, *, notes: Sequence[str] = ()) -> None:
        """Begin the next table of the list ``[[name]]``, as `table` does."""
        self._head(f"[[{key(name)}]]", notes)

    def set(self, name: str, content: Value, *, note: str | None = None) -> None:
        """Add a key of the table, and a comment behind it."""
        self._add(f"{key(name)} = {value(content)}", note)

    def set_list(self, name: str, items: Sequence[tuple[Value, str | None]]) -> None:
        """Add a list with an item a line, each with its comment; nothing for no items."""
        if not items:
            return
        self._lines.append(f"{key(name)} = [")
        for content, note in items:
            self._add(f"  {value(content)},", note)
        self._lines.append("]")

    def render(self) -> str:
        """The whole text."""
        return "\n".join(self._lines) + "\n"

    def _head(self, heading: str, notes: Sequence[str]) -> None:
        if self._lines:
            self._lines.append("")
        self.note(*notes)
        self._lines.append(heading)

    def _add(self, line: str, note: str | None) -> None:
        self._lines.append(line if note is None else f"{line} {comment(note)}")
