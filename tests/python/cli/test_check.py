import json
from pathlib import Path

import pytest

from tests.python.process import assert_one_error, logagent

ROOT = Path(__file__).parents[3]

MISTAKES = """\
[agent]
slot = "10 parsecs"

[[source]]
name = "proxy"
path = ["/var/log/nginx/access.log"]
format = "timed"

[formats.timed]
nginx = '$remote_addr "$request" $status $'

[[source]]
name = "backend"
paths = ["${NO_SUCH_DIRECTORY}/access.log"]
format = "combined"

[categories.group]
rules = [{ name = "api", prefix = "/api/" }]

[[metric]]
name = "http-requests"
labels = ["method", "staus"]

[[metric]]
name = "http_seconds"
type = "histogram"
value = "bytes"
buckets = [1, 5, "250ms"]
"""
PLACES = [
    (2, 8, 20, "wrong-type"),
    (6, 1, 5, "unknown-key"),
    (10, 42, 43, "bad-format"),
    (14, 11, 31, "unset-variable"),
    (17, 13, 18, "missing-key"),
    (21, 13, 14, "bad-name"),
    (22, 21, 28, "unknown-field"),
    (28, 18, 25, "bad-value"),
]
GOOD = """\
[[source]]
name = "proxy"
paths = ["/var/log/nginx/access.log"]
format = "combined"
[categories.group]
on = "path"
rules = [{ name = "api", prefix = "/api/" }]
[[metric]]
name = "http_requests_total"
labels = ["status", "path"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_eight_mistakes_are_eight_problems(config: Path) -> None:
    config.write_text(MISTAKES)
    process = logagent("check", "-o", "json", "config.toml", cwd=config.parent)
    assert (process.returncode, process.stderr) == (1, b"")
    found = json.loads(process.stdout)
    places = [
        (problem["line"], problem["column"], problem["end_column"], problem["code"])
        for problem in found["problems"]
    ]
    assert places == PLACES
    lines = MISTAKES.splitlines()
    for problem in found["problems"]:
        assert problem["origin"] == "config.toml"
        assert problem["text"] == lines[problem["line"] - 1]


def test_problems_for_people(config: Path) -> None:
    config.write_text(MISTAKES)
    process = logagent("check", "-c", "config.toml", cwd=config.parent)
    assert (process.returncode, process.stderr) == (1, b"")
    lines = process.stdout.decode().splitlines()
    at = lines.index("error: config.toml:6:1: unknown key `path` in [[source]] [unknown-key]")
    assert lines[at + 1 : at + 4] == [
        '  path = ["/var/log/nginx/access.log"]',
        "  ^^^^",
        "  hint: did you mean `paths`?",
    ]
    errors = [line.split(": ")[1] for line in lines if line.startswith("error: ")]
    assert errors == [f"config.toml:{line}:{column}" for line, column, _, _ in PLACES]
    assert lines[-1].startswith("config.toml: 8 problems")


def test_no_problems(config: Path) -> None:
    config.write_text(GOOD)
    process = logagent("check", config)
    assert (process.returncode, process.stderr) == (0, b"")
    *warning, last = process.stdout.decode().splitlines()
    assert warning[0].startswith(f"warning: {config}:10:21: the label `path` can take any number")
    summary = "1 source, 1 category with 1 rule, 1 metric; no problems, 1 warning"
    assert last == f"{config}: {summary}"


def test_show(config: Path) -> None:
    config.write_text(GOOD)
    process = logagent("check", "--show", config)
    text = process.stdout.decode()
    for line in (
        "source proxy",
        "  format  combined (fast pattern)",
        "category group",
        "  rules  1",
        "metric http_requests_total",
        "  labels  status, path",
        "  limit   1,000 series",
    ):
        assert f"\n{line}\n" in text, text
    found = json.loads(logagent("check", "--show", "-o", "json", config).stdout)
    assert found["plan"]["agent"]["slot_seconds"] == 10
    assert found["plan"]["metrics"][0]["labels"] == ["status", "path"]
    assert [warning["code"] for warning in found["warnings"]] == ["unbounded-label"]


def test_from_standard_input() -> None:
    process = logagent("check", "-", stdin=GOOD.replace('"path"', '"section"').encode())
    assert process.returncode == 0
    assert process.stdout.decode().endswith("no problems\n")


def test_the_sample_has_no_problems() -> None:
    assert logagent("check", "config.toml", cwd=ROOT).returncode == 0


def test_a_missing_file_is_a_problem(config: Path) -> None:
    process = logagent("check", config)
    assert (process.returncode, process.stderr) == (1, b"")
    assert process.stdout.decode().splitlines() == [
        f"error: {config}: No such file or directory",
        f"{config}: 1 problem",
    ]


@pytest.mark.parametrize("arguments", [(), ("a.toml", "-c", "b.toml")])
def test_one_file_is_needed(arguments: tuple[str, ...]) -> None:
    assert_one_error(logagent("check", *arguments), says="name one configuration file", code=2)


def test_nothing_controls_the_terminal(config: Path) -> None:
    config.write_bytes(b"[agent]\n# \x1b[31m\n\"\x1b\" = 1 # \xe2\x80\xae\n'x\\u202e' = 1\n")
    process = logagent("check", config)
    assert process.returncode == 1
    assert b"\x1b" not in process.stdout
    assert "\u202e" not in process.stdout.decode()


def test_mistakes_of_types_are_told_with_all_others(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[[source]]\nname = "s"\npaths = ["a"]\nformat = "combned"\n'
        '[[metric]]\nname = "n"\n'
        '[[sink]]\nname = "far"\ntype = "influxdb"\nurll = "http://localhost"\ndatabase = "x"\n'
        '[[sink]]\nname = "chat"\ntype = "webhok"\n'
        '[[checker]]\nname = "busy"\nmetric = "other"\n'
        '[[receiver]]\nname = "me"\ntype = "webhook"\nurl = "${MISSING}"\n'
    )
    found = json.loads(logagent("check", "-o", "json", config).stdout)["problems"]
    places = [(one["line"], one["code"]) for one in found]
    assert places == [
        (4, "bad-format"),
        (7, "missing-key"),
        (10, "unknown-key"),
        (14, "unknown-type"),
        (15, "missing-key"),  # neither `above` nor `below`
        (21, "unset-variable"),
    ]
    # What does not parse hides too much to say what is missing.
    config.write_text(config.read_text() + "x = [\n")
    broken = json.loads(logagent("check", "-o", "json", config).stdout)["problems"]
    assert {one["code"] for one in broken} >= {"syntax"}
    assert "missing-key" not in {one["code"] for one in broken}
