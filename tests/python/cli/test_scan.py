"""`logagent scan`: the shapes that scripts rely on."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.python.lines import SAMPLE, SAMPLE_GROUPS
from tests.python.process import assert_one_error, logagent


def scan_json(*arguments: str | Path) -> dict[str, object]:
    process = logagent("scan", "-o", "json", *arguments)
    assert process.returncode == 0, process.stderr.decode()
    assert process.stdout.endswith(b"}\n")
    found = json.loads(process.stdout)
    assert isinstance(found, dict)
    return found


def test_json(sample: Path) -> None:
    found = scan_json("--format", "combined", "--by", "method,status", sample)
    assert list(found) == ["lines", "matched", "rejected", "bytes", "groups", "rejects"]
    assert (found["lines"], found["matched"], found["rejected"]) == (7, 5, 2)
    assert found["bytes"] == len(SAMPLE)
    groups = found["groups"]
    assert isinstance(groups, list)
    assert groups[0] == {"method": None, "status": "400", "count": 2}
    assert sorted(groups, key=str) == sorted(SAMPLE_GROUPS, key=str)
    rejects = found["rejects"]
    assert isinstance(rejects, dict)
    assert rejects["empty"] == 1
    assert sum(rejects.values()) == 2


def test_json_sums_and_limit(sample: Path) -> None:
    found = scan_json("--by", "status", "--sum", "bytes", "--limit", "2", "-f", "combined", sample)
    assert found["groups"] == [
        {"status": "400", "count": 2, "sum_bytes": 157},
        {"status": "200", "count": 1, "sum_bytes": 23},
    ]
    assert (found["lines"], found["matched"]) == (7, 5)


def test_json_without_fields_counts_all_together(sample: Path) -> None:
    assert scan_json("--by", "", "-f", "combined", sample)["groups"] == [{"count": 5}]


def test_detected_format_is_named(sample: Path) -> None:
    process = logagent("scan", "-o", "json", sample)
    (note,) = process.stderr.decode().splitlines()
    assert note.startswith(f"note: {sample}: format combined")
    (sample.parent / "other.log").write_bytes(SAMPLE)
    process = logagent("scan", "-o", "json", sample.parent / "*.log")
    (note,) = process.stderr.decode().splitlines()
    assert note == f"note: {sample} and 1 more: format combined"


def test_csv(sample: Path) -> None:
    process = logagent("scan", "-f", "combined", "-o", "csv", "--sum", "bytes", sample)
    rows = list(csv.reader(io.StringIO(process.stdout.decode())))
    assert rows[:2] == [["method", "status", "count", "sum_bytes"], ["", "400", "2", "157"]]
    assert len(rows) == 5


def test_table(sample: Path) -> None:
    process = logagent("scan", "-f", "combined", "--by", "status", sample)
    lines = process.stdout.decode().splitlines()
    assert lines[0].split() == ["status", "count", "share"]
    assert lines[1].split() == ["400", "2", "40.0%", "████"]
    assert lines[6].split() == ["total", "5", "100.0%"]
    assert lines[8].startswith("7 lines, 5 matched, 2 rejected · ")
    assert "  1 empty: no text" in lines
    hint = b"hint: logagent explain says why lines are rejected; --rejects FILE keeps them\n"
    assert process.stderr == hint


def test_table_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    path.write_bytes(b"".join(b'h - - [t] "GET /%d" 200 5\n' % i for i in range(100)))
    shown = logagent("scan", "-f", "common", "--by", "path", path).stdout.decode()
    assert "… 70 more groups with 70 lines" in shown
    every = logagent("scan", "-f", "common", "--by", "path", "--limit", "0", path).stdout.decode()
    assert "more groups" not in every
    assert every.count("/") == 100


def test_table_in_ascii(sample: Path) -> None:
    process = logagent("scan", "-f", "combined", sample, env={"PYTHONIOENCODING": "ascii"})
    assert process.returncode == 0
    assert process.stdout.isascii()
    assert b"-----" in process.stdout


@pytest.mark.parametrize("output", ["table", "json"])
def test_log_content_cannot_control_the_terminal(tmp_path: Path, output: str) -> None:
    path = tmp_path / "hostile.log"
    hostile = "\x1b]0;x\x07\x9b2J\x7f\u202e\u2066".encode()
    path.write_bytes(b'h - - [t] "GET /' + hostile + b' HTTP/1.1" 200 5\n')
    process = logagent("scan", "-f", "common", "--by", "path", "-o", output, path)
    shown = process.stdout.decode()
    for character in "\x1b\x07\x9b\x7f\u202e\u2066":
        assert character not in shown


def test_since_and_until(sample: Path) -> None:
    window = ("--since", "2026-10-10T13:55:37Z", "--until", "2026-10-10T13:55:40Z")
    found = scan_json("-f", "combined", "--by", "", *window, sample)
    assert found["groups"] == [{"count": 3}]
    assert found["selected"] == 3
    assert found["matched"] != 3
    assert "selected" not in scan_json("-f", "combined", "--by", "", sample)


def test_rejects_are_kept_as_they_are(sample: Path, tmp_path: Path) -> None:
    kept = tmp_path / "refused.log"
    kept.write_text("from before\n")
    scan_json("-f", "combined", "--rejects", kept, sample)
    assert kept.read_bytes().splitlines()[-1] == b"not a line of this format"


@pytest.mark.parametrize("options", [("-j", "2"), ("-j", "0"), ("--no-mmap",)], ids=" ".join)
def test_how_it_is_read_changes_nothing(sample: Path, options: tuple[str, ...]) -> None:
    assert scan_json("-f", "combined", *options, sample) == scan_json("-f", "combined", sample)


def test_a_format_without_method_and_status(tmp_path: Path) -> None:
    path = tmp_path / "drinks.log"
    path.write_bytes(b"dark beer\nlight wine\ndark beer\n")
    assert scan_json("--format", "$side $drink", path)["groups"] == [{"count": 3}]
    found = scan_json("--format", "$side $drink", "--by", "drink", path)
    assert found["groups"] == [{"drink": "beer", "count": 2}, {"drink": "wine", "count": 1}]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--format", "combinde"), "--format: "),
        (("--format", "$status $"), "--format: "),
        (("--format", "regex:("), "--format: "),
        (("--by", "staus", "--format", "combined"), "--by: "),
        (("--sum", "bites", "--format", "combined"), "--sum: "),
        (("--since", "noon"), "--since: `noon` is not an instant"),
        (("--until", "2026-99-99"), "--until: `2026-99-99` is not an instant"),
        (("--limit", "-1"), "--limit"),
        (("-j", "x"), "--threads"),
        (("-o", "xml"), "--output"),
        (("--nope",), "unexpected argument '--nope' found"),
    ],
    ids=lambda part: part if isinstance(part, str) else " ".join(part),
)
def test_wrong_usage(sample: Path, arguments: tuple[str, ...], says: str) -> None:
    process = logagent("scan", *arguments, sample)
    assert_one_error(process, says=says, code=2)
    assert process.stdout == b""
