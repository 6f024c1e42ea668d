import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.printable import columns
from logagent.table import ASCII, UNICODE, Column, bar, byte_count, number, render

HEADING = [Column("path"), Column("agent"), Column("count", "number"), Column("", "bar")]


def test_layout() -> None:
    lines = render(
        HEADING,
        [["/a", "curl", "1,000", "██"], ["/bcd", "-", "7", ""]],
        totals=["total", "", "1,007", ""],
        width=None,
    )
    assert lines == [
        "path   agent  count",
        "/a     curl   1,000  ██",
        "/bcd   -          7",
        "───────────────────────",
        "total         1,007",
    ]


def test_long_text_gives_way_and_numbers_do_not() -> None:
    rows = [["/a" * 100, "b" * 50, "1,000,000", "█" * 10]]
    lines = render(HEADING, rows, totals=["total", "", "1,000,000", ""], width=60)
    assert max(map(columns, lines)) <= 60
    assert "1,000,000" in lines[1]
    assert "…" in lines[1]


@given(
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60)), max_size=5),
    st.integers(30, 120),
)
def test_any_text_fits_the_terminal(texts: list[tuple[str, str]], width: int) -> None:
    rows = [[path, agent, "12", "█"] for path, agent in texts]
    lines = render(HEADING, rows, totals=["total", "", "12", ""], width=width)
    assert max(map(columns, lines)) <= width
    assert len(lines) == len(rows) + 3


def test_rows_are_painted_by_their_number() -> None:
    lines = render(
        [Column("a")],
        [["x"], ["y"]],
        totals=["z"],
        width=None,
        paint=lambda line, row: f"{row}:{line}",
    )
    assert lines == ["None:a", "0:x", "1:y", "─", "z"]


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, ""), (1, "██████████"), (0.5, "█████"), (0.0125, "▏"), (2, "██████████"), (-1, "")],
)
def test_bar(share: float, expected: str) -> None:
    assert bar(share, UNICODE) == expected
    assert bar(share, ASCII) == ""


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (1234567, "1,234,567"), (0.125, "0.125"), (1234.5, "1,234.5")]
)
def test_number(value: float, expected: str) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (31_400_000, "31.4 MB"),
        (2 * 10**9, "2.0 GB"),
        (5 * 10**16, "50,000.0 TB"),
    ],
)
def test_byte_count(count: int, expected: str) -> None:
    assert byte_count(count) == expected
