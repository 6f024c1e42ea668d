"""What becomes of a line, for people: its fields, or where it stops matching."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logagent.printable import columns, printable, shorten
from logagent.table import UNICODE, Glyphs, number

_WIDTH = 100
"""Columns of a shown line where nothing says how many there are."""
_SHOWN_BYTES = 1024
_GOT_COLUMNS = 24
_INDENT = "  "

Explanation = Mapping[str, Any]
"""What `Plan.explain` answers."""


def lines_of(
    found: Explanation, *, width: int | None = None, glyphs: Glyphs = UNICODE
) -> Iterator[str]:
    """An explanation of one line."""
    if found["mismatch"]:
        yield from mismatch_lines(found["mismatch"], width=width, glyphs=glyphs)
        if found.get("fits"):
            yield f"the line looks like: {found['fits']}"
        if found.get("edit"):
            yield f"it would match with one edit of the format: {printable(found['edit']['text'])}"
        return
    yield from _section("fields", map(_field, found["fields"]), width, glyphs)
    yield from _section("derived", map(_field, found["derived"]), width, glyphs)
    if found["categories"]:
        yield from ("", "categories")
        for category in found["categories"]:
            yield from _category(category)
    if found["metrics"]:
        yield from ("", "metrics that it moves")
        for metric in found["metrics"]:
            yield _INDENT + _metric(metric)


def mismatch_lines(
    mismatch: Mapping[str, Any], *, width: int | None = None, glyphs: Glyphs = UNICODE
) -> Iterator[str]:
    """Where a line stops matching: what was expected, and the line with a caret at the place."""
    yield f"column {number(mismatch['column'])}: {reason(mismatch)}"
    text, caret = _window(mismatch, (width or _WIDTH) - len(_INDENT), glyphs)
    yield _INDENT + text
    yield _INDENT + " " * caret + "^"


def edit_line(edit: Mapping[str, Any]) -> str:
    """The one edit of the format that would make most of the refused lines match."""
    lines = "line" if edit["lines"] == 1 else f"{number(edit['lines'])} refused lines"
    return (
        f"with one edit of the format {number(edit['matched'])} of the first {lines} would match:"
        f" {printable(edit['text'])}"
    )


def reason(mismatch: Mapping[str, Any]) -> str:
    """What was expected and what stands there instead, on one line."""
    got = mismatch["got"]
    shown = f'"{shorten(printable(got), _GOT_COLUMNS)}"' if got else "the end of the line"
    return f"expected {mismatch['expected']}, got {shown}"


def _window(mismatch: Mapping[str, Any], room: int, glyphs: Glyphs) -> tuple[str, int]:
    """The part of the line around the place, in `room` columns, and the caret's column from 0."""
    line: bytes = mismatch["line"]
    at = mismatch["column"] - mismatch["line_column"]
    before = _shown(line[max(at - _SHOWN_BYTES, 0) : at])
    after = _shown(line[at : at + _SHOWN_BYTES])
    is_cut = mismatch["line_column"] > 1 or at > _SHOWN_BYTES
    # What follows gets the room that it needs, up to half of it.
    room_before = max(room - max(min(columns(after), room // 2), 1), len(glyphs.ellipsis))
    if is_cut or columns(before) > room_before:
        before = glyphs.ellipsis + _tail(before, room_before - len(glyphs.ellipsis))
    room_after = room - columns(before)
    if columns(after) > room_after:
        after = _tail(after[::-1], room_after - len(glyphs.ellipsis))[::-1] + glyphs.ellipsis
    return before + after, columns(before)


def _shown(part: bytes) -> str:
    return printable(part.decode("utf-8", "replace"))


def _tail(text: str, room: int) -> str:
    """The last characters that fit into `room` columns."""
    taken = max(room, 0)
    text = text[len(text) - taken :] if taken < len(text) else text
    while columns(text) > room and text:
        text = text[1:]
    return text


def _section(
    heading: str, rows: Iterator[tuple[str, str, str]], width: int | None, glyphs: Glyphs
) -> Iterator[str]:
    cells = list(rows)
    if not cells:
        return
    yield from ("", heading)
    names = max(columns(name) for name, _, _ in cells)
    kinds = max(columns(kind) for _, kind, _ in cells)
    for name, kind, value in cells:
        head = f"{_INDENT}{name}{' ' * (names - columns(name))}  {kind:{kinds}}  "
        room = max((width or 0) - columns(head), _GOT_COLUMNS)
        yield head + (value if width is None else shorten(value, room, ellipsis=glyphs.ellipsis))


def _field(field: Mapping[str, Any]) -> tuple[str, str, str]:
    value, text = field["value"], field["text"]
    if value is None:
        shown = "-" if text is None else f"-  (logged as {printable(text)})"
    else:
        shown = printable(str(value))
        if text != str(value):
            shown += f"  (logged as {printable(text)})"
        elif field["kind"] == "time" and not text.endswith("Z"):
            shown += "  (not a time as the format writes it)"
    return printable(field["name"]), field["kind"], shown


def _category(category: Mapping[str, Any]) -> Iterator[str]:
    value = "-" if category["value"] is None else printable(category["value"])
    won = "the default" if category["rule"] is None else _rule(category["rule"])
    yield f"{_INDENT}{printable(category['name'])} = {value}  ({won})"
    for rule in category["runners_up"]:
        yield f"{_INDENT * 2}behind it: {printable(rule['name'])}  ({_rule(rule)})"


def _rule(rule: Mapping[str, Any]) -> str:
    return f"rule {rule['index'] + 1}: {printable(rule['test'])}"


def _metric(metric: Mapping[str, Any]) -> str:
    labels = ", ".join(
        f"{printable(name)}={printable(value or '-')}" for name, value in metric["labels"].items()
    )
    value = metric["value"]
    moved = f"+{number(value)}" if isinstance(value, int | float) else printable(str(value))
    return f"{printable(metric['name'])}{{{labels}}}  {moved}"


def plain(found: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same for JSON: bytes of lines as text."""
    match found:
        case bytes():
            return found.decode("utf-8", "replace")
        case Mapping():
            return {name: plain(item) for name, item in found.items()}
        case Sequence() if not isinstance(found, str):
            return [plain(item) for item in found]
    return found
