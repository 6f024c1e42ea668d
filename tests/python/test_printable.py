import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.printable import columns, printable, shorten


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/index.html?q=1", "/index.html?q=1"),
        ("café 日本", "café 日本"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc\x7f", "a\\nb\\tc\\x7f"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("line\u2028end", "line\\u2028end"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text())
def test_nothing_that_controls_or_hides_is_left(text: str) -> None:
    left = {unicodedata.category(character) for character in printable(text)}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(), st.integers(0, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    text = printable(text)
    short = shorten(text, width)
    assert columns(short) <= width
    if columns(text) <= width:
        assert short == text


def test_both_ends_stay() -> None:
    assert shorten("/products/12345/reviews", 11) == "/prod…views"
    assert shorten("/products/12345/reviews", 11, ellipsis="...") == "/pro...iews"
    assert shorten("abc", 2, ellipsis="...") == ".."


def test_wide_and_combining_characters() -> None:
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
    assert shorten("日本日本", 5) == "日…本"
