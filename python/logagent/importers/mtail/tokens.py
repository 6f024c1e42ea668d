"""The words of an mtail program (mtail's Language.md)."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a token is."""

    REGEX = "regex"
    STRING = "string"
    CAPTURE = "capture"
    NUMBER = "number"
    WORD = "word"
    SIGN = "sign"
    END = "end"
    """The end of a line."""


class Token(NamedTuple):
    """A token; `text` is without quotes, slashes and the dollar of a capture."""

    kind: Kind
    text: str
    line: int


_OPERANDS = (Kind.STRING, Kind.CAPTURE, Kind.NUMBER, Kind.WORD, Kind.REGEX)
_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r]+|\#[^\n]*)
    | (?P<end>\n)
    | "(?P<string>(?:[^"\\\n]|\\.)*)"
    | \$(?P<capture>[A-Za-z0-9_]+)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>@?[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>\+\+|--|\*\*|<<|>>|&&|\|\||[-+=!<>]=|=~|!~|[-+*/%=<>!&|^~(){}\[\],.?:])
    """,
    re.VERBOSE,
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)*)/")


def tokens_of(program: str) -> Iterator[Token]:
    """The tokens of `program`; raises `ValueError` with the line as its second argument."""
    at, line = 0, 1
    before = last = Token(Kind.END, "", 0)
    while at < len(program):
        # A slash divides behind an operand; anywhere else a regex begins, as in `const NAME /a/`.
        is_operand = last.kind in _OPERANDS or last.text in {")", "]"}
        divides = is_operand and before.text != "const"
        regex = None if divides else _REGEX.match(program, at)
        match = regex or _TOKEN.match(program, at)
        if match is None:
            raise ValueError(f"`{program[at]}` is not known here", line)
        at = match.end()
        if regex is not None:
            token = Token(Kind.REGEX, regex[1].replace("\\/", "/"), line)
        elif match.lastgroup == "blank":
            continue
        else:
            kind = Kind(match.lastgroup)
            token = Token(kind, match[kind.value], line)
        yield token
        before, last = last, token
        line += token.kind is Kind.END
    yield Token(Kind.END, "\n", line)
