"""Where lines come from: files of all kinds, many at once, globs, standard input."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

import logagent
from tests.python import oracle
from tests.python.agree import assert_agree
from tests.python.lines import SAMPLE, SAMPLE_GROUPS
from tests.python.process import logagent as run

MANY = (SAMPLE + b"\n") * 3000


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as out:
        out.write(content)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(MANY),
        gzip.compress(MANY[:100_001]) + gzip.compress(MANY[100_001:]),
        gzip.compress(b"") + gzip.compress(MANY),
        zstd(MANY),
        zstd(MANY[:100_001]) + zstd(MANY[100_001:]),
    ],
    ids=["gzip", "gzip members", "empty gzip member", "zstd", "zstd frames"],
)
def test_compressed(tmp_path: Path, content: bytes, threads: int) -> None:
    """Recognised by content: the name does not say it."""
    path = tmp_path / "access.log"
    path.write_bytes(content)
    result = logagent.scan(path, "combined", threads=threads)
    assert_agree(result, oracle.count(MANY, oracle.COMBINED))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_many_files(tmp_path: Path, threads: int) -> None:
    """A file that does not end in a line feed keeps its last line to itself."""
    paths = [tmp_path / f"access.log.{i}" for i in range(5)]
    for path in paths[:3]:
        path.write_bytes(SAMPLE)
    paths[3].write_bytes(gzip.compress(SAMPLE))
    paths[4].write_bytes(b"")
    result = logagent.scan(paths, "combined", threads=threads)
    expected = oracle.count((SAMPLE + b"\n") * 4, oracle.COMBINED)
    expected.bytes = 4 * len(SAMPLE)
    assert_agree(result, expected)


def test_glob(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "b.txt", "[c].log"):
        (tmp_path / name).write_bytes(SAMPLE)
    assert logagent.scan(tmp_path / "*.log", "combined").lines == 3 * 7
    assert logagent.scan(str(tmp_path / "[ab].log"), "combined").lines == 2 * 7
    # A name that exists is no glob.
    assert logagent.scan(tmp_path / "[c].log", "combined").lines == 7


def test_a_file_that_is_named_twice_counts_once(sample: Path) -> None:
    result = logagent.scan([sample, sample, sample.parent / "*.log"], "combined")
    assert result.lines == 7


@pytest.mark.parametrize("content", [SAMPLE, gzip.compress(SAMPLE)], ids=["plain", "gzip"])
@pytest.mark.parametrize("files", [("-",), ()], ids=["-", "no file"])
def test_standard_input(content: bytes, files: tuple[str, ...]) -> None:
    process = run("scan", "--format", "combined", "-o", "json", *files, stdin=content)
    assert process.returncode == 0
    found = json.loads(process.stdout)
    assert (found["lines"], found["matched"], found["rejected"]) == (7, 5, 2)
    assert found["bytes"] == len(SAMPLE)
    assert sorted(found["groups"], key=str) == sorted(SAMPLE_GROUPS, key=str)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.touch()
    process = run("scan", "-o", "json", path)
    assert (process.returncode, process.stderr) == (0, b"")
    assert json.loads(process.stdout) == {
        "lines": 0,
        "matched": 0,
        "rejected": 0,
        "bytes": 0,
        "groups": [],
        "rejects": {},
    }
