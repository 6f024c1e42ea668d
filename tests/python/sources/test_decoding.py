import gzip
import random
from collections.abc import Iterator

import pytest
import zstandard

from logagent.sources.decoding import DamagedError, decoded

TEXT = b"".join(b"line %d of some text\n" % number for number in range(50_000))


def blocks(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
@pytest.mark.parametrize("form", ["plain", "gzip", "members", "padded", "zstd", "frames", "empty"])
def test_all_forms_are_decoded_however_they_are_cut(form: str, size: int) -> None:
    text = TEXT[:30_000] if size == 1 else TEXT
    content = {
        "plain": text,
        "gzip": gzip.compress(text),
        "members": gzip.compress(text[:10]) + gzip.compress(b"") + gzip.compress(text[10:]),
        "padded": gzip.compress(text) + bytes(1000),
        "zstd": zstandard.compress(text),
        "frames": zstandard.compress(text[:10]) + zstandard.compress(text[10:]),
        "empty": b"",
    }[form]
    assert b"".join(decoded(blocks(content, size))) == (b"" if form == "empty" else text)


def test_what_expands_without_end_comes_in_bounded_blocks() -> None:
    for content in (gzip.compress(bytes(64 << 20)), zstandard.compress(bytes(64 << 20))):
        sizes = [len(block) for block in decoded(blocks(content, 1 << 18))]
        assert sum(sizes) == 64 << 20
        assert max(sizes) <= 1 << 20


def test_damage_comes_behind_what_is_whole() -> None:
    content = gzip.compress(random.Random(1).randbytes(100_000))  # noqa: S311 - no secret
    found: list[bytes] = []
    with pytest.raises(DamagedError, match="ends too early"):
        found.extend(decoded(blocks(content[:50_000], 1000)))
    found = []
    with pytest.raises(DamagedError, match="is damaged"):
        found.extend(decoded(blocks(content[:-8] + bytes(8), 1000)))
