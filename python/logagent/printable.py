"""Log content on a terminal: nothing that moves the cursor, hides or turns text around."""

from unicodedata import category, combining, east_asian_width

# Controls (C0, DEL, C1), line and paragraph separators, and the format characters: bidi marks,
# zero-width characters, tags. Lone surrogates cannot be written at all.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    r"""`text` with each invisible or controlling character as an escape: ``\x1b``, ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if category(character) in _INVISIBLE
        else character
        for character in text
    )


def columns(text: str) -> int:
    """How many columns of a terminal printable `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_character_columns, text))


def shorten(text: str, width: int, *, ellipsis: str = "…") -> str:
    """`text` in at most `width` columns: what is too long loses its middle.

    Both ends stay because paths differ at either of them.
    """
    if columns(text) <= width:
        return text
    room = width - len(ellipsis)
    if room <= 0:
        return ellipsis[:width]
    head_columns = (room + 1) // 2
    head = _take(text, head_columns)
    tail = _take(text[::-1], room - head_columns)[::-1]
    return head + ellipsis + tail


def _take(text: str, width: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += _character_columns(character)
        if taken > width:
            return text[:index]
    return text


def _character_columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
