"""Streams of bytes that may be compressed, decoded in constant memory."""

import zlib
from collections.abc import Iterable, Iterator
from typing import IO, cast

from logagent.sources.source import SourceError

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW = 31  # a window of 32 KiB, with gzip's header and trailer
_ZSTD_WINDOW_BYTES = 128 << 20
_DECODED_BYTES = 1 << 20


class DamagedError(Exception):
    """The compressed stream is damaged, or ends too early; the text says which."""


def decoded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes that a stream of blocks holds: of gzip (all members), of Zstandard, or as they are.

    Blocks of at most about a mebibyte come out, whatever the stream expands to. Raises
    `DamagedError` behind the last bytes that could be decoded.
    """
    source = iter(blocks)
    head = b""
    for block in source:
        head += block
        if len(head) >= len(_ZSTD):
            break
    if head.startswith(_GZIP):
        yield from _gunzipped(head, source)
    elif head.startswith(_ZSTD):
        yield from _expanded(head, source)
    else:
        if head:
            yield head
        yield from source


def _gunzipped(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        for block in _chained(head, rest):
            data = block
            while data:
                if stream.eof:
                    # Another member, or the zeros that some writers fill up with.
                    data = data.lstrip(b"\0")
                    if not data:
                        break
                    stream = zlib.decompressobj(_GZIP_WINDOW)
                decoded_block = stream.decompress(data, _DECODED_BYTES)
                data = stream.unused_data if stream.eof else stream.unconsumed_tail
                if decoded_block:
                    yield decoded_block
    except zlib.error as error:
        raise DamagedError(f"its gzip stream is damaged ({error})") from None
    if not stream.eof:
        raise DamagedError("its gzip stream ends too early")


def _expanded(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise SourceError("the package zstandard is missing: pip install logagent[aws]") from None
    readable = cast("IO[bytes]", _Readable(_chained(head, rest)))
    expander = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    reader = expander.stream_reader(readable, read_across_frames=True)
    try:
        while block := reader.read(_DECODED_BYTES):
            yield block
    except zstandard.ZstdError as error:
        raise DamagedError(f"its Zstandard stream is damaged ({error})") from None


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


class _Readable:
    """Blocks as what a file offers for reading."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
        block, self._rest = self._rest[:size], self._rest[size:]
        return block
