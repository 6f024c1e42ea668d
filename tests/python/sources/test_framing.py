from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.sources.framing import FramingError, Messages, as_line
from logagent.sources.lines import LINE_BYTES

MESSAGES = st.lists(st.binary(min_size=1, max_size=30).map(lambda text: b"<13>" + text + b"."))


def cut(content: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    return [content[a:b] for a, b in pairwise(bounds)]


@given(MESSAGES, st.lists(st.integers(0, 10_000)))
def test_counted_messages_are_lines_however_they_are_cut(
    messages: list[bytes], places: list[int]
) -> None:
    content = b"".join(b"%d %b" % (len(message), message) for message in messages)
    framing = Messages()
    found = b"".join(framing.push(block) for block in cut(content, places)) + framing.finish()
    assert found == b"".join(map(as_line, messages))


@given(MESSAGES, st.lists(st.integers(0, 10_000)))
def test_lines_stay_lines(messages: list[bytes], places: list[int]) -> None:
    content = b"\n".join(message.replace(b"\n", b" ") for message in messages)
    framing = Messages()
    found = b"".join(framing.push(block) for block in cut(content, places)) + framing.finish()
    assert found == content


def test_what_is_not_whole_at_the_end_of_counted_messages_is_no_message() -> None:
    framing = Messages()
    assert framing.push(b"5 <1>ab9 <1>cut") == b"<1>ab\n"
    assert framing.finish() == b""


@pytest.mark.parametrize("content", [b"5 <1>abx", b"12345678901", b"1234567890 <1>a"])
def test_a_stream_that_is_not_framed_is_refused(content: bytes) -> None:
    framing = Messages()
    with pytest.raises(FramingError, match="count of octets"):
        framing.push(content + b"y" * 20)


def test_a_message_beyond_the_longest_line_is_passed_over_in_bounded_memory() -> None:
    framing = Messages()
    size = 30 * LINE_BYTES
    found = [framing.push(b"%d " % size)]
    found += [framing.push(b"x" * LINE_BYTES) for _ in range(30)]
    found.append(framing.push(b"5 <1>ab"))
    assert b"".join(found) == b"x" * (LINE_BYTES + 1) + b"\n<1>ab\n"


def test_a_message_is_one_line() -> None:
    assert as_line(b"<1>a\nb\r\n\0") == b"<1>a b\n"
    assert as_line(b"\r\n") == b""
