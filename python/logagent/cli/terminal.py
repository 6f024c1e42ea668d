"""What the standard streams can show, and messages to people on standard error."""

from __future__ import annotations

import os
import sys

from logagent.printable import printable
from logagent.table import ASCII, UNICODE, Glyphs

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal, TextIO

    Colour = Literal["red", "yellow", "bold"]

_SGR = {"red": "31", "yellow": "33", "bold": "1"}


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at `stream`."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def has_colours(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows colours, and nobody objects (no-color.org)."""
    return (
        is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def painted(text: str, colour: Colour | None, stream: TextIO) -> str:
    """`text` in a colour where `stream` shows colours."""
    if colour is None or not has_colours(stream):
        return text
    return f"\x1b[{_SGR[colour]}m{text}\x1b[0m"


def width(stream: TextIO) -> int | None:
    """Columns of the terminal behind `stream`; None if it is none: lines may have any length."""
    if not is_terminal(stream):
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def glyphs(stream: TextIO) -> Glyphs:
    """The characters that the encoding of `stream` can show."""
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    return UNICODE if encoding.replace("-", "").startswith("utf") else ASCII


def say(kind: Literal["error", "hint", "note"], message: str) -> None:
    """Write `kind: message` to standard error; content of logs and names of files are escaped."""
    if sys.stderr is None:
        return
    colour: Colour | None = "red" if kind == "error" else None
    lines = [printable(line) for line in message.split("\n")]
    sys.stderr.write(painted(f"{kind}:", colour, sys.stderr) + " " + "\n".join(lines) + "\n")


def write_lines(lines: Iterable[str], output: TextIO | None = None) -> None:
    """Write lines to standard output, or to `output`; what its encoding lacks becomes an escape."""
    output = output or sys.stdout
    if output is None:  # closed by whoever started this process
        return
    if hasattr(output, "reconfigure"):
        output.reconfigure(errors="backslashreplace")
    for line in lines:
        output.write(line + "\n")


def confirmed(question: str) -> bool:
    """Ask a person on standard error whether to go on; no answer is none."""
    while True:
        sys.stderr.write(f"{printable(question)} [y/N]: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip().lower()
        if answer in {"y", "yes"}:
            return True
        if answer in {"", "n", "no"}:
            return False


def password(prompt: str) -> str:
    """Ask a person for a password, which is not shown."""
    from getpass import getpass

    try:
        return getpass(f"{printable(prompt)}: ")
    except EOFError:
        raise KeyboardInterrupt from None
