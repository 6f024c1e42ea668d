"""Archive files: the lines of one stream, compressed, each file whole and durable or not there.

``archive/STREAM/FIRST-LAST.jsonl.gz`` is a gzip file of several members, blocks of some hundred
lines, so that reading can begin at any of them; ``zcat`` reads all of it.
"""

import gzip
import logging
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import orjson

from logagent.eventlog.event import Event, check_stream
from logagent.eventlog.schema import sync_directory

_log = logging.getLogger(__name__)

_BLOCK_BYTES = 256 << 10
_COMPRESSION_LEVEL = 6
DAMAGE = (OSError, ValueError, EOFError, zlib.error)
"""What reading an archive file can raise."""
_NAME = re.compile(r"(\d+)-(\d+)\.jsonl\.gz")
_BLOCKS_IN_MEMORY = 16


class Block(NamedTuple):
    """One member of an archive file."""

    first: int
    """The sequence of its first entry."""
    offset: int
    latest: float
    """When the newest of its entries, and of those before it, was received."""


class Part(NamedTuple):
    """An archive file, as the database describes it."""

    stream: str
    first: int
    last: int
    entries: int
    bytes: int
    """Of its lines."""
    stored_bytes: int
    """Of the file."""
    earliest: float
    latest: float
    blocks: str
    """Its `Block`s as JSON."""

    def block_index(self) -> list[Block]:
        """Where its blocks begin."""
        return [Block(*block) for block in orjson.loads(self.blocks)]


class Archive:
    """The directory of archive files."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.unreadable_blocks = 0
        """Blocks that were missing or damaged when they were to be read."""

    def path(self, part: Part) -> Path:
        """The file of a part."""
        return self._directory / part.stream / f"{part.first}-{part.last}.jsonl.gz"

    def write(self, stream: str, events: Iterable[Event]) -> Part:
        """Make an archive file of these entries of a stream; durable on return. Raises OSError."""
        directory = self._directory / stream
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = directory / "unfinished"
        with new.open("wb") as file:
            part = _write_blocks(stream, events, file.write)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self.path(part))
        for place in (directory, self._directory, self._directory.parent):
            sync_directory(place)
        return part

    def remove(self, part: Part) -> None:
        """Remove a part's file."""
        self.path(part).unlink(missing_ok=True)

    def files(self) -> Iterator[tuple[str, int, int, Path]]:
        """Every archive file: stream, first and last sequence, path."""
        for path in self._directory.glob("*/*.jsonl.gz"):
            if found := _NAME.fullmatch(path.name):
                yield path.parent.name, int(found[1]), int(found[2]), path

    def describe(self, stream: str, path: Path) -> Part:
        """The part of a file that the database does not know. Raises OSError and ValueError."""
        check_stream(stream)
        with gzip.open(path) as file:
            lines = (Event.parse(line.rstrip(b"\n")) for line in file)
            found = _write_blocks(stream, lines, lambda _block: None)
        # Compressing the same lines need not give the same bytes, so it has one block.
        whole = orjson.dumps([(found.first, 0, found.latest)]).decode()
        return found._replace(stored_bytes=path.stat().st_size, blocks=whole)

    def read(self, part: Part, after: int) -> Iterator[Event]:
        """The part's entries after a sequence; what cannot be read is left out and counted."""
        path, blocks = self.path(part), part.block_index()
        ends = [*(block.offset for block in blocks[1:]), part.stored_bytes]
        nexts = [*(block.first for block in blocks[1:]), part.last + 1]
        for block, end, next_first in zip(blocks, ends, nexts, strict=True):
            if next_first <= after + 1:
                continue
            try:
                events = _read_block(path, block.offset, end)
            except FileNotFoundError:
                return  # removed meanwhile, being too old
            except DAMAGE as error:
                self.unreadable_blocks += 1
                _log.warning("%s: the block at %d is damaged: %s", path, block.offset, error)
                continue
            yield from (event for event in events if event.sequence > after)


def _write_blocks(stream: str, events: Iterable[Event], write: Callable[[bytes], object]) -> Part:
    blocks: list[Block] = []
    lines: list[bytes] = []
    size = offset = total = count = 0
    first = block_first = last = -1
    earliest = latest = 0.0

    def end_block() -> int:
        content = gzip.compress(b"\n".join([*lines, b""]), _COMPRESSION_LEVEL, mtime=0)
        write(content)
        blocks.append(Block(block_first, offset, latest))
        lines.clear()
        return offset + len(content)

    for event in events:
        if count == 0:
            first, earliest, latest = event.sequence, event.received, event.received
        if not lines:
            block_first = event.sequence
        earliest, latest = min(earliest, event.received), max(latest, event.received)
        last, count = event.sequence, count + 1
        lines.append(event.line)
        size += len(event.line) + 1
        if size >= _BLOCK_BYTES:
            offset, total, size = end_block(), total + size, 0
    if lines:
        offset, total = end_block(), total + size
    if not blocks:
        raise ValueError("no entries")
    index = orjson.dumps(list(map(tuple, blocks))).decode()
    return Part(stream, first, last, count, total, offset, earliest, latest, index)


@lru_cache(_BLOCKS_IN_MEMORY)
def _read_block(path: Path, offset: int, end: int) -> tuple[Event, ...]:
    with path.open("rb") as file:
        file.seek(offset)
        content = gzip.decompress(file.read(end - offset))
    return tuple(map(Event.parse, content.splitlines()))
