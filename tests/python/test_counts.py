"""The core's counts are the oracle's, for any content, any number of threads, any cut."""

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logagent import ScanResult, job
from logagent._core import Scan, Scanner
from logagent.query import compile_query
from tests.python import lines, oracle
from tests.python.agree import assert_agree

FORMATS = {
    "common": (oracle.COMMON, lines.common_line),
    "combined": (oracle.COMBINED, lines.combined_line),
    oracle.TIMED_NGINX: (oracle.TIMED, lines.timed_line),
    oracle.VHOST_APACHE: (oracle.VHOST, lines.vhost_line),
}
BY = (
    ("method", "status"),
    ("method", "status_class", "section"),
    ("path", "query"),
    ("target", "protocol"),
    ("remote_addr", "user", "time"),
    (),
)


def scan_file(
    path: Path,
    log_format: str,
    *,
    by: Sequence[str],
    sums: Sequence[str] = ("bytes",),
    threads: int,
    mapped: bool,
) -> ScanResult:
    query = compile_query(log_format, by=by, sums=sums)
    counting = Scan(query.plan, [str(path)], threads=threads, mmap=mapped)
    snapshot = job.run(counting)
    return ScanResult(snapshot, by=query.by, sums=query.sums, errors=counting.errors())


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counts") / "access.log"


@pytest.mark.parametrize("log_format", FORMATS)
@settings(max_examples=150, deadline=None)
@given(choices=st.data())
def test_any_content(log: Path, log_format: str, choices: st.DataObject) -> None:
    pattern, line = FORMATS[log_format]
    content = choices.draw(lines.content(line), label="content")
    by = choices.draw(st.sampled_from(BY), label="by")
    log.write_bytes(content)
    result = scan_file(
        log,
        log_format,
        by=by,
        threads=choices.draw(st.integers(1, 3), label="threads"),
        mapped=choices.draw(st.booleans(), label="mapped"),
    )
    assert_agree(result, oracle.count(content, pattern, by, ["bytes"]))


@settings(max_examples=100, deadline=None)
@given(content=lines.content(lines.combined_line))
def test_quoted_fields(log: Path, content: bytes) -> None:
    log.write_bytes(content)
    by = ("referer", "user_agent")
    result = scan_file(log, "combined", by=by, threads=1, mapped=True)
    assert_agree(result, oracle.count(content, oracle.COMBINED, by, ["bytes"]))


@settings(max_examples=100, deadline=None)
@given(content=lines.content(lines.timed_line))
def test_sums_of_fractions(log: Path, content: bytes) -> None:
    log.write_bytes(content)
    sums = ("bytes", "request_time")
    result = scan_file(log, oracle.TIMED_NGINX, by=["status"], sums=sums, threads=1, mapped=True)
    assert_agree(result, oracle.count(content, oracle.TIMED, ["status"], sums))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, oracle.Count]:
    """A log of 40 MB, so that it is read in many windows, and what it holds."""
    choose = random.Random(7)  # noqa: S311 - no secret
    block = b"".join(
        b'192.0.2.%d - - [10/Oct/2026:13:55:36 +0000] "GET /%s?%s HTTP/1.1" %d %d "-" "curl"%s'
        % (
            choose.randrange(256),
            choose.choice([b"", b"a/1", b"b", b"\\x22"]),
            b"x" * choose.randrange(300),
            choose.choice([200, 404, 500]),
            choose.randrange(10**6),
            choose.choice([b"\n", b"\r\n", b"\n\n", b" garbage\n"]),
        )
        for _ in range(2000)
    )
    copies = 40_000_000 // len(block)
    path = tmp_path_factory.mktemp("large") / "access.log"
    with path.open("wb") as out:
        for _ in range(copies):
            out.write(block)
    by = ("method", "status", "section")
    return path, oracle.count(block, oracle.COMBINED, by, ["bytes"]).times(copies)


@pytest.mark.parametrize("reading", ["mapped", "read"])
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_many_windows(large: tuple[Path, oracle.Count], threads: int, reading: str) -> None:
    path, expected = large
    by = ("method", "status", "section")
    assert_agree(
        scan_file(path, "combined", by=by, threads=threads, mapped=reading == "mapped"), expected
    )


@cache
def about_the_limit(excess_bytes: int) -> tuple[bytes, oracle.Count]:
    """Lines of 1 MiB and `excess_bytes`, three of them in a row, one at the end."""
    size = oracle.LINE_LIMIT_BYTES + excess_bytes
    line = b'h - - [t] "GET /%s" 200 7' % (b"x" * (size - len(b'h - - [t] "GET /" 200 7')))
    content = b"\n".join([line, lines.SAMPLE, line, line, line, b"", line])
    return content, oracle.count(content, oracle.COMMON, ("method", "status"), ["bytes"])


@pytest.mark.parametrize("reading", ["mapped", "read"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("excess_bytes", [0, 1])
def test_line_limit(log: Path, excess_bytes: int, threads: int, reading: str) -> None:
    content, expected = about_the_limit(excess_bytes)
    assert expected.oversize == 5 * excess_bytes
    log.write_bytes(content)
    by = ("method", "status")
    result = scan_file(log, "common", by=by, threads=threads, mapped=reading == "mapped")
    assert_agree(result, expected)


def found(scanner: Scanner) -> ScanResult:
    return ScanResult(scanner.take(), by=("method", "status", "path"), sums=("bytes",))


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    query = compile_query("combined", by=("method", "status", "path"), sums=("bytes",))
    return Scanner(query.plan)


def test_a_cut_at_any_byte_changes_nothing(scanner: Scanner) -> None:
    by = ("method", "status", "path")
    expected = oracle.count(lines.SAMPLE, oracle.COMBINED, by, ["bytes"])
    for cut in range(len(lines.SAMPLE) + 1):
        scanner.scan(lines.SAMPLE[:cut])
        scanner.scan(lines.SAMPLE[cut:])
        assert_agree(found(scanner), expected)


@settings(max_examples=100, deadline=None)
@given(content=lines.content(lines.combined_line), chunk_bytes=st.integers(1, 300))
def test_chunks_of_any_size_change_nothing(
    scanner: Scanner, content: bytes, chunk_bytes: int
) -> None:
    for at in range(0, len(content), chunk_bytes):
        scanner.scan(content[at : at + chunk_bytes])
    by = ("method", "status", "path")
    assert_agree(found(scanner), oracle.count(content, oracle.COMBINED, by, ["bytes"]))


def test_scanner_says_how_many_lines_it_saw(scanner: Scanner) -> None:
    assert scanner.scan(b"a\nb\nc") == 2
    assert scanner.scan(b"\n") == 1
    assert scanner.take().lines == 3
    assert scanner.take().lines == 0


def test_snapshots_merge(scanner: Scanner) -> None:
    halves = re.split(rb"(?<=\n)", lines.SAMPLE, maxsplit=3)
    scanner.scan(b"".join(halves[:3]))
    merged = scanner.take()
    scanner.scan(b"".join(halves[3:]))
    merged.merge(scanner.take())
    by = ("method", "status", "path")
    assert_agree(
        ScanResult(merged, by=by, sums=("bytes",)),
        oracle.count(lines.SAMPLE, oracle.COMBINED, by, ["bytes"]),
    )
