"""`logagent explain`: one line, or why many lines are refused."""

import json
from pathlib import Path

import pytest

from tests.python.lines import SAMPLE
from tests.python.process import assert_one_error, logagent

GOOD = SAMPLE.splitlines()[0].decode()
CONFIG = """
[[source]]
name = "one"
format = "combined"
[[source]]
name = "two"
format = "$remote_addr $status"
[[metric]]
name = "n"
"""


def test_a_line_from_the_argument() -> None:
    process = logagent("explain", GOOD)
    assert process.returncode == 0
    assert process.stderr == b"note: format combined\n"
    assert "  section       text  /api" in process.stdout.decode().splitlines()


def test_a_time_that_cannot_be_read_is_told() -> None:
    log_format = "[$time_local] $status"
    unreadable = logagent("explain", "-f", log_format, "[today noon] 200").stdout
    assert b"today noon  (not a time as the format writes it)" in unreadable
    other = logagent("explain", "-f", log_format, "[2026-11-21 10:15:32] 200").stdout
    assert b"2026-11-21T10:15:32Z  (logged as 2026-11-21 10:15:32)" in other


def test_a_line_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "one.log"
    path.write_text(GOOD + "\n")
    expected = logagent("explain", "-f", "combined", GOOD).stdout
    assert logagent("explain", "-f", "combined", path).stdout == expected
    assert logagent("explain", "-f", "combined", stdin=GOOD.encode()).stdout == expected


def test_a_line_that_does_not_match() -> None:
    process = logagent("explain", "--format", "$remote_addr $status", "h x\x1b")
    assert process.returncode == 1
    assert process.stdout.decode().splitlines() == [
        'column 3: expected digits or "-", got "x\\x1b"',
        "  h x\\x1b",
        "    ^",
    ]


def test_rejects_in_groups(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    path.write_bytes(SAMPLE + b"\n" + b"192.0.2.7 - nobody - [or nowhere\n" * 3)
    process = logagent("explain", "-f", "combined", path)
    assert process.returncode == 1
    lines = process.stdout.decode().splitlines()
    assert lines[0].startswith("10 lines, 5 matched, 5 rejected")
    heads = [line.split()[:2] for line in lines if line[:1].isdigit()][1:]
    assert heads[0][0] == "3"
    assert sum(int(count) for count, _ in heads) == 5


def test_lines_that_all_match_show_the_first(sample: Path) -> None:
    good = [line for line in SAMPLE.splitlines() if line.startswith((b"192", b"2001"))]
    sample.write_bytes(b"\n".join(good))
    process = logagent("explain", sample)
    assert process.returncode == 0
    lines = process.stdout.decode().splitlines()
    assert lines[0].startswith("3 lines, 3 matched, 0 rejected")
    assert lines[2:4] == ["the first line:", "fields"]


def test_json(sample: Path) -> None:
    one = json.loads(logagent("explain", "-o", "json", GOOD).stdout)
    assert one["matched"] is True
    assert {"name": "status", "value": 200, "kind": "integer", "text": "200"} in one["fields"]
    many = json.loads(logagent("explain", "-o", "json", sample).stdout)
    assert (many["lines"], many["matched"]) == (7, 5)
    assert sum(group["count"] for group in many["groups"]) == 2
    assert {"reason", "column", "expected", "got", "line"} <= set(many["groups"][0])


def test_the_result_is_the_same_for_any_number_of_threads(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    path.write_bytes((SAMPLE + b"\nx\ny y\n") * 60_000)
    one, two = (logagent("explain", "-o", "json", "-j", n, path).stdout for n in ("1", "2"))
    assert one == two


def test_a_source_of_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(CONFIG)
    assert logagent("explain", "-c", path, GOOD).returncode == 0
    assert logagent("explain", "-c", path, "--source", "two", "h 200").returncode == 0
    wrong = logagent("explain", "-c", path, "--source", "three", "h 200")
    assert_one_error(wrong, says="hint: there is: one, two", code=2)


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (("missing.log",), "missing.log: no such file", 1),
        (("what is this",), "this line: its format is not recognised", 1),
        (("-f", "combined", "-c", "c.toml", "a b"), "--format and --config exclude each other", 2),
        (("--source", "x", "a b"), "--source is a name of a configuration", 2),
        (("-c", "missing.toml", "a b"), "missing.toml: No such file", 78),
    ],
)
def test_errors(arguments: tuple[str, ...], says: str, code: int, tmp_path: Path) -> None:
    assert_one_error(logagent("explain", *arguments, cwd=tmp_path), says=says, code=code)
