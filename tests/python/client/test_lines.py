from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.client.lines import ServerEvent, ServerEvents

STREAM = (
    b"retry: 1000\nid: 5\n: logagent\n\n"
    b"id: 6\ndata: one\n\n"
    b"event: cut\r\ndata: two\rdata:three\r\n\r\n"
    b"id: 7\n: waiting\n\n"
    b"id: bad\0\ndata:  spaced \xe2\x80\xa8\n\n"
    b"id: 8\ndata: cut off"
)
EVENTS = [
    ServerEvent("message", "one", "6"),
    ServerEvent("cut", "two\nthree", "6"),
    ServerEvent("message", " spaced \u2028", "7"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    lines = ServerEvents()
    found: list[ServerEvent] = []
    places = [0, *sorted(cuts), len(STREAM)]
    for start, end in pairwise(places):
        found += lines.feed(STREAM[start:end])
    assert found == EVENTS
    assert lines.last_id == "7", "an event that did not end was not read"


@pytest.mark.parametrize("piece", [b"x" * 100_000, b"data: " + b"x" * 100_000 + b"\n"])
def test_what_has_no_end_is_refused(piece: bytes) -> None:
    lines = ServerEvents()
    for _ in range(40):
        lines.feed(piece)
    with pytest.raises(ValueError, match="without an end"):
        lines.feed(piece * 10)
