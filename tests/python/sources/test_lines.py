from hypothesis import given
from hypothesis import strategies as st

from logagent.sources.lines import LINE_BYTES, WholeLines


@given(st.lists(st.binary(max_size=20).map(lambda block: block.replace(b"a", b"\n"))))
def test_blocks_come_out_as_they_went_in(blocks: list[bytes]) -> None:
    lines = WholeLines()
    out = []
    for block in blocks:
        whole = lines.push(block)
        assert not whole or whole.endswith(b"\n")
        out.append(whole)
        assert lines.consumed_bytes == sum(map(len, out))
    out.append(lines.finish())
    assert b"".join(out) == b"".join(blocks)
    assert lines.consumed_bytes == sum(map(len, blocks))


def test_a_line_without_end_is_not_kept() -> None:
    lines = WholeLines()
    for _ in range(40):
        assert lines.push(b"x" * (LINE_BYTES // 8)) == b""
    whole = lines.push(b"x\nshort\n")
    assert whole == b"x" * (LINE_BYTES + 1) + b"x\nshort\n"
    assert lines.consumed_bytes == 40 * (LINE_BYTES // 8) + 8
