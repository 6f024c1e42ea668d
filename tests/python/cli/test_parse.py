"""`logagent parse`: one object a line, in order."""

import json
from pathlib import Path

import pytest

from tests.python import oracle
from tests.python.lines import SAMPLE
from tests.python.process import assert_one_error, logagent


def parse(*arguments: str | Path, stdin: bytes = b"") -> list[dict[str, object]]:
    process = logagent("parse", *arguments, stdin=stdin)
    assert process.returncode == 0, process.stderr.decode()
    return [json.loads(line) for line in process.stdout.splitlines()]


def test_fields(sample: Path) -> None:
    first, second, *_ = parse("--format", "combined", sample)
    assert first["matched"] is True
    fields = first["fields"]
    assert isinstance(fields, dict)
    assert fields["status"] == 200
    assert fields["bytes"] == 23
    assert fields["time"] == "2026-10-10T13:55:36Z"
    assert (fields["method"], fields["target"]) == ("GET", "/api/items?id=7")
    assert (fields["path"], fields["query"]) == ("/api/items", "id=7")
    assert "referer" not in fields
    assert "user" not in fields
    fields = second["fields"]
    assert isinstance(fields, dict)
    assert fields["user"] == "frank"
    assert "bytes" not in fields


def test_rejects(sample: Path) -> None:
    objects = parse("--format", "combined", sample)
    assert [one["matched"] for one in objects] == [True, True, False, True, True, False, True]
    assert objects[2]["reason"] == "empty"
    assert set(objects[5]) == {"matched", "reason", "column", "expected"}
    assert isinstance(objects[5]["column"], int)
    assert objects[5]["column"] >= 1


@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_order(tmp_path: Path, threads: str) -> None:
    path = tmp_path / "numbered.log"
    count = 200_000
    path.write_bytes(
        b"".join(b'h - - [t] "GET /%d HTTP/1.1" 200 %d\n' % (i, i) for i in range(count))
    )
    objects = parse("--format", "common", "-j", threads, path)
    found = [one["fields"]["bytes"] for one in objects if isinstance(one["fields"], dict)]
    assert found == list(range(count))


def test_durations_are_seconds() -> None:
    line = b'v h - - [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 5 1500\n'
    (one,) = parse("--format", oracle.VHOST_APACHE, stdin=line)
    fields = one["fields"]
    assert isinstance(fields, dict)
    assert fields["request_time"] == pytest.approx(0.0015)
    assert fields["time"] == "2026-10-10T11:55:36Z"


def test_standard_input() -> None:
    assert parse("-f", "combined", stdin=SAMPLE) == parse("-f", "combined", "-", stdin=SAMPLE)
    assert len(parse("-f", "combined", stdin=SAMPLE)) == 7


def test_text_that_is_not_utf8(sample: Path) -> None:
    fields = parse("--format", "combined", sample)[6]["fields"]
    assert isinstance(fields, dict)
    assert fields["user_agent"] == "café \ufffd"


def test_missing_file(tmp_path: Path) -> None:
    process = logagent("parse", "--format", "combined", tmp_path / "missing.log")
    assert_one_error(process, says="missing.log: ", code=1)


def test_wrong_format(sample: Path) -> None:
    assert_one_error(logagent("parse", "--format", "combinde", sample), says="--format: ", code=2)
