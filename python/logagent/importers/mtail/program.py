"""The structure of an mtail program: declarations, blocks and statements."""

from collections.abc import Sequence
from typing import NamedTuple

from logagent.importers.mtail.tokens import Kind, Token, tokens_of

_METRIC_KINDS = frozenset({"counter", "gauge", "histogram", "timer", "text"})
_CONTINUING = frozenset({"+", "-", "*", "/", "&&", "||", ",", "=", "=~", "!~", "(", "["})
_DEEPEST = 20


class Declaration(NamedTuple):
    """A metric."""

    kind: str
    name: str
    exported_name: str
    labels: list[str]
    buckets: list[float]
    is_hidden: bool
    line: int


class Block(NamedTuple):
    """`condition { body }`; an `else` is a block of its own with the word as its condition."""

    condition: list[Token]
    body: "list[Block | Statement]"
    line: int


class Statement(NamedTuple):
    """Anything else that stands on a line."""

    tokens: list[Token]
    line: int


class Program(NamedTuple):
    """A program."""

    declarations: list[Declaration]
    constants: dict[str, list[Token]]
    body: list[Block | Statement]


def parse(text: str) -> Program:
    """The structure of a program; raises `ValueError` with the line as its second argument."""
    return _Parser(list(tokens_of(text))).program()


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._program = Program([], {}, [])

    def program(self) -> Program:
        self._program.body.extend(self._body(depth=0))
        if self._at < len(self._tokens):
            raise ValueError("a closing brace without an opening one", self._tokens[self._at].line)
        return self._program

    def _body(self, depth: int) -> list[Block | Statement]:
        found: list[Block | Statement] = []
        if depth > _DEEPEST:
            raise ValueError("too deeply nested", self._tokens[self._at].line)
        while self._at < len(self._tokens):
            if self._tokens[self._at].text == "}" and self._is_sign():
                break
            head = self._head()
            if not head:
                continue
            line = head[0].line
            if self._opens():
                self._at += 1
                body = self._body(depth + 1)
                if self._at >= len(self._tokens):
                    raise ValueError("this brace is never closed", line)
                self._at += 1
                found.append(Block(head, body, line))
            elif declaration := _declaration(head):
                self._program.declarations.append(declaration)
            elif head[0].text == "const" and len(head) > 1:
                self._program.constants[head[1].text] = head[2:]
            else:
                found.append(Statement(head, line))
        return found

    def _is_sign(self) -> bool:
        return self._tokens[self._at].kind is Kind.SIGN

    def _opens(self) -> bool:
        return (
            self._at < len(self._tokens) and self._is_sign() and self._tokens[self._at].text == "{"
        )

    def _head(self) -> list[Token]:
        """The tokens up to a brace or the end of the line, or of lines that go on."""
        head: list[Token] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind is Kind.SIGN and token.text in "{}":
                break
            self._at += 1
            if token.kind is not Kind.END:
                head.append(token)
            elif not (head and head[-1].kind is Kind.SIGN and head[-1].text in _CONTINUING):
                break
        return head


def _declaration(head: Sequence[Token]) -> Declaration | None:
    """`[hidden] counter name [as "exported"] [by a, b] [buckets 1, 2]`, if `head` is one."""
    words = list(head)
    is_hidden = words[0].text == "hidden"
    words = words[is_hidden:]
    if len(words) < 2 or words[0].text not in _METRIC_KINDS:  # noqa: PLR2004 - kind and name
        return None
    kind, name = words[0].text, words[1].text
    exported, labels, buckets, clause = name, [], [], ""
    for token in words[2:]:
        if token.kind is Kind.WORD and token.text in {"by", "as", "buckets", "with", "limit"}:
            clause = token.text
        elif clause == "as":
            exported = token.text
        elif clause == "by" and token.kind in {Kind.WORD, Kind.STRING}:
            labels.append(token.text)
        elif clause in {"buckets", "with"} and token.kind is Kind.NUMBER:
            buckets.append(float(token.text))
    return Declaration(kind, name, exported, labels, buckets, is_hidden, head[0].line)
