"""Inputs that are not as one hopes: one clear error or counted rejects each, and no traceback."""

import gzip
import json
import os
import random
import resource
import subprocess
from pathlib import Path

import pytest

from tests.python.lines import SAMPLE
from tests.python.process import LOGAGENT, assert_one_error, logagent

SCAN = ("scan", "--format", "combined", "-o", "json")


def test_truncated_gzip(tmp_path: Path) -> None:
    """What could be read is counted."""
    path = tmp_path / "access.log.gz"
    whole = gzip.compress((SAMPLE + b"\n") * 5000, compresslevel=1)
    path.write_bytes(whole[: len(whole) // 2])
    process = logagent(*SCAN, path)
    assert_one_error(process, says=f"{path}: ", code=1)
    assert 0 < json.loads(process.stdout)["lines"] < 7 * 5000


def test_directory(tmp_path: Path) -> None:
    assert_one_error(logagent(*SCAN, tmp_path), says=f"{tmp_path}: ", code=1)


def test_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "missing.log"
    assert_one_error(logagent(*SCAN, path), says=f"{path}: ", code=1)


def test_glob_without_match(tmp_path: Path) -> None:
    assert_one_error(logagent(*SCAN, tmp_path / "*.log"), says="*.log: ", code=1)


def test_no_permission(sample: Path) -> None:
    sample.chmod(0)
    process = logagent(*SCAN, sample, obeys_permissions=True)
    assert_one_error(process, says=f"{sample}: permission denied", code=1)


def test_the_other_files_are_counted(sample: Path) -> None:
    process = logagent(*SCAN, sample, sample.parent / "missing.log")
    assert_one_error(process, says="missing.log: ", code=1)
    assert json.loads(process.stdout)["lines"] == 7


def test_no_table_below_an_error(tmp_path: Path) -> None:
    process = logagent("scan", "--format", "combined", tmp_path / "missing.log")
    assert (process.returncode, process.stdout) == (1, b"")


@pytest.mark.parametrize("threads", [1, 2])
def test_a_line_of_two_gigabytes(tmp_path: Path, threads: int) -> None:
    """It is counted as one, and never held: the process may not have half of it."""
    path = tmp_path / "sparse.log"
    with path.open("wb") as out:
        out.write(SAMPLE + b"\n")
        out.truncate(2 << 30)
        out.seek(0, os.SEEK_END)
        out.write(b"\n" + SAMPLE)
    limit_bytes = 1 << 30
    process = subprocess.run(
        [*LOGAGENT, *SCAN, "-j", str(threads), str(path)],
        capture_output=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes)),
    )
    assert (process.returncode, process.stderr) == (0, b"")
    found = json.loads(process.stdout)
    assert (found["lines"], found["matched"], found["rejects"]["oversize"]) == (15, 10, 1)


def binary() -> bytes:
    return random.Random(3).randbytes(1_000_000)  # noqa: S311 - no secret


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"\x7fELF" + binary())
    process = logagent(*SCAN, path)
    assert (process.returncode, process.stderr) == (0, b"")
    found = json.loads(process.stdout)
    assert found["matched"] == 0
    assert found["rejected"] == found["lines"] > 1000


def test_format_of_a_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"\x7fELF" + binary())
    assert_one_error(logagent("scan", path), says=f"{path}: ", code=1)


def test_rejects_file_that_cannot_be_made(sample: Path) -> None:
    process = logagent(*SCAN, "--rejects", sample.parent / "no" / "such", sample)
    assert process.returncode in {1, 2}
    assert_one_error(process, says="such", code=process.returncode)


def test_name_that_would_control_the_terminal(tmp_path: Path) -> None:
    process = logagent(*SCAN, tmp_path / "\x1b[31m.log")
    assert_one_error(process, says="\\x1b[31m.log: ", code=1)
    assert b"\x1b" not in process.stderr


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.log"
    Path(os.fsdecode(path)).write_bytes(SAMPLE)
    process = logagent(*SCAN, os.fsdecode(path))
    assert (process.returncode, process.stderr) == (0, b"")
    assert json.loads(process.stdout)["lines"] == 7


def test_full_disk(sample: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [*LOGAGENT, *SCAN, str(sample)],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert_one_error(process, says="No space left on device", code=1)
