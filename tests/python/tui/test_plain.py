import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.live.tables import Kind, Row, Table
from logagent.live.view import Alert, View
from logagent.printable import columns
from logagent.table import ASCII, UNICODE
from logagent.tui.columns import Order, ordered
from logagent.tui.plain import lines
from logagent.tui.sparkline import sparkline

VIEW = View(
    title="access.log",
    state="following",
    at=0.0,
    lines=1000,
    rejected=10,
    size_bytes=200_000,
    per_second=12.5,
    history=[0, 5, 10],
    tables=[
        Table(
            "section",
            "section",
            Kind.LABEL,
            [Row("/a", 900, 0, 0, 4_000.0, None), Row("/b", 100, 0, 7, 90_000.0, None)],
            2,
        ),
        Table("path", "URL", Kind.TOP, [Row("/a/1", 40, 30, None, None, None)], 1),
        Table("slowest", "slowest", Kind.SLOWEST, [Row("/b", 100, 0, 7, None, 1.5)], 1),
    ],
    alerts=[Alert("high", "open", 0.0, "12 is above 10")],
)


def text_of(view: View, *, width: int | None = 60, order: Order = Order.TOTAL) -> list[str]:
    return list(lines(view, rows=10, order=order, width=width, glyphs=UNICODE))


def test_everything_is_there() -> None:
    text = "\n".join(text_of(VIEW))
    assert "access.log · following" in text
    assert "12.5 requests/s" in text
    assert "1,000 lines, 10 of them (1.0 %) rejected, 200.0 kB" in text
    assert "FIRING since" in text
    assert "section  total  last 10 s    bytes" in text
    assert "/a         900          0   4.0 kB" in text
    assert "/a/1    ≤40" in text  # may be lower
    assert "1.5 s" in text


@pytest.mark.parametrize(
    ("order", "first"), [(Order.TOTAL, "/a"), (Order.RECENT, "/b"), (Order.BYTES, "/b")]
)
def test_order(order: Order, first: str) -> None:
    assert ordered(VIEW.tables[0], order)[0].text == first


@given(st.text(), st.integers(20, 120), st.sampled_from([ASCII, UNICODE]))
def test_hostile_texts_fit_and_control_nothing(text: str, width: int, glyphs: object) -> None:
    table = Table("path", "URL", Kind.TOP, [Row(text, 5, 0, 1, None, None)], 1)
    view = VIEW._replace(title=text, tables=[table], problems=[text])
    assert isinstance(glyphs, type(UNICODE))
    shown = list(lines(view, rows=5, order=Order.TOTAL, width=width, glyphs=glyphs))
    for line in shown:
        assert columns(line) <= max(width, 40)  # numbers are not cut
        assert {unicodedata.category(one) for one in line}.isdisjoint({"Cc", "Cf", "Zl", "Zp"})


@pytest.mark.parametrize(
    ("counts", "width", "line"),
    [
        ([], 4, ""),
        ([0, 1, 2, 4], 4, " ▂▄█"),
        ([1, 1, 2, 2], 2, "▄█"),
        ([9], 3, "  █"),
        ([0, 0], 2, "  "),
        ([1, 2], 0, ""),
    ],
)
def test_sparkline(counts: Sequence[int], width: int, line: str) -> None:
    assert sparkline(counts, width) == line


@given(st.lists(st.integers(0, 10**12), max_size=300), st.integers(1, 80))
def test_sparkline_fits(counts: list[int], width: int) -> None:
    assert len(sparkline(counts, width, unicode=None)) in {0, width}
