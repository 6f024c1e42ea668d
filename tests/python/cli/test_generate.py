"""`logagent generate`: as many lines as asked for, equal for equal seeds, at the rate asked for."""

import gzip
import re
import time
from pathlib import Path

import pytest

import logagent as library
from tests.python import oracle
from tests.python.process import assert_one_error, logagent

FIXED = ("--start", "2026-11-21T00:00:00Z")


def generate(*arguments: str | Path) -> bytes:
    process = logagent("generate", *arguments)
    assert (process.returncode, process.stderr) == (0, b"")
    return process.stdout


def test_equal_seeds_give_equal_bytes() -> None:
    first = generate("--lines", "25000", "--seed", "7", *FIXED)
    assert first == generate("--lines", "25000", "--seed", "7", *FIXED)
    assert first != generate("--lines", "25000", "--seed", "8", *FIXED)
    assert first.startswith(generate("--lines", "10", "--seed", "7", *FIXED))
    assert first.count(b"\n") == 25000
    assert first.endswith(b"\n")


@pytest.mark.parametrize("log_format", ["combined", "common", "$status $request_time", "%h %>s %D"])
def test_each_line_matches_its_format(tmp_path: Path, log_format: str) -> None:
    path = tmp_path / "generated.log"
    assert generate("--format", log_format, "--lines", "5000", "-o", path) == b""
    result = library.scan(path, log_format, by=["status"])
    assert (result.lines, result.rejected) == (5000, 0)
    assert len(result) > 3


def test_combined_is_what_the_oracle_calls_so() -> None:
    found = oracle.count(generate("--lines", "2000"), oracle.COMBINED, ["status"])
    assert (found.lines, found.rejected) == (2000, 0)


def test_a_duration_without_a_rate_is_of_time_stamps(tmp_path: Path) -> None:
    path = tmp_path / "generated.log"
    began_s = time.monotonic()
    generate("--duration", "1h", "-o", path)
    assert time.monotonic() - began_s < 60
    assert library.scan(path, "combined").lines == 360_000
    assert library.scan(path, "combined", since="-70m", until="1s").matched == 360_000
    recent = library.scan(path, "combined", by=[], since="-10m").to_dicts()
    assert 0 < recent[0]["count"] < 120_000


def test_start() -> None:
    lines = generate("--lines", "201", *FIXED).splitlines()
    stamps = [re.findall(rb"\[21/Nov/2026:00:00:(\d\d) \+0000\]", line)[0] for line in lines]
    assert (stamps[0], stamps[99], stamps[100], stamps[200]) == (b"00", b"00", b"01", b"02")


def test_a_rate_is_real_time() -> None:
    began_s = time.monotonic()
    content = generate("--rate", "400/s", "--duration", "1.5s")
    assert 1.2 < time.monotonic() - began_s < 30
    assert content.count(b"\n") == 600


def test_a_file_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "generated.log"
    path.write_text("from before\n")
    generate("--lines", "0", "-o", path)
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--lines", "5", "--duration", "5s"), "exclude each other"),
        (("--format", "combinde"), "--format: "),
        (("--duration", "soon"), "--duration: `soon` is not a duration"),
        (("--rate", "fast"), "`fast` is not a number of lines per second"),
        (("--rate", "0"), "`0` is not a number of lines per second"),
        (("--rate", "nan"), "`nan` is not a number of lines per second"),
        (("--seed", "-1"), "--seed"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_wrong_usage(arguments: tuple[str, ...], says: str) -> None:
    assert_one_error(logagent("generate", *arguments), says=says, code=2)


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    process = logagent("generate", "--lines", "1", "-o", tmp_path / "no" / "such.log")
    assert_one_error(process, says="such.log: No such file or directory", code=1)


def test_objects_are_compressed_and_equal_for_equal_seeds(tmp_path: Path) -> None:
    arguments = ("generate", "--format", "akamai", "--lines", "1100", "--start", "2026-11-21")
    for name in ("a", "b"):
        process = logagent(*arguments, "--objects", tmp_path / name)
        assert process.returncode == 0, process.stderr.decode()
    objects = sorted((tmp_path / "a").iterdir())
    assert [path.name for path in objects] == ["000000.gz", "000001.gz", "000002.gz"]
    content = [gzip.decompress(path.read_bytes()) for path in objects]
    assert [one.count(b"\n") for one in content] == [500, 500, 100]
    assert b"".join(content) == logagent(*arguments).stdout
    assert [one.read_bytes() for one in objects] == [
        one.read_bytes() for one in sorted((tmp_path / "b").iterdir())
    ]


def test_objects_need_a_place(tmp_path: Path) -> None:
    process = logagent("generate", "--objects", "s3:///x")
    assert_one_error(process, says="names no bucket", code=2)
    process = logagent("generate", "--objects", tmp_path, "-o", "x")
    assert_one_error(process, says="excludes --output", code=2)
