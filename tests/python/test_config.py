import io
import sys
from pathlib import Path

import pytest

from logagent.config import load
from logagent.errors import ConfigError, Problem


def problem_of(path: str | Path) -> Problem:
    with pytest.raises(ConfigError) as raised:
        load(path)
    (problem,) = raised.value.problems
    return problem


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    problem = problem_of(tmp_path / "config.toml")
    assert problem.code == "unreadable-file"
    assert problem.render() == f"{tmp_path}/config.toml: No such file or directory"


def test_a_directory(tmp_path: Path) -> None:
    assert problem_of(tmp_path).render() == f"{tmp_path}: Is a directory"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[agent]\n# é "\xff"\n'.encode("latin-1").replace(b"\xe9", "é".encode()))
    problem = problem_of(path)
    assert problem.message == "not UTF-8: byte 0xff at offset 14"
    assert (problem.line, problem.column) == (2, 6)


def test_a_file_that_never_ends() -> None:
    assert problem_of("/dev/zero").message == "it is larger than 64 MiB"


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    problem = problem_of(str(tmp_path / "caf\udce9.toml"))
    assert problem.origin == f"{tmp_path}/caf\ufffd.toml"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[agent]\nx = 1\n")))
    assert problem_of("-").render().startswith("<stdin>:2:1: ")


def test_files_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.toml").write_text('[[metric]]\nname = "a_total"\n')
    (tmp_path / "conf.d" / "b.toml").write_text(
        '[categories.c]\non = "path"\nrules_file = "rules.csv"\n'
    )
    (tmp_path / "conf.d" / "rules.csv").write_text("Id,Regex,Rank\na,^/a,2\nb,^/b,1\n")
    path = tmp_path / "config.toml"
    path.write_text('include = ["${PART}/*.toml"]\n')
    monkeypatch.setenv("PART", "conf.d")
    plan = load(path).describe()
    assert [metric["name"] for metric in plan["metrics"]] == ["a_total"]
    assert [category["rules"] for category in plan["categories"]] == [2]

    (tmp_path / "conf.d" / "rules.csv").write_bytes(b"Id,Regex,Rank\n\xff\n")
    problem = problem_of(path)
    assert problem.origin == f"{tmp_path}/conf.d/b.toml"
    assert problem.message.endswith("rules.csv: it is not UTF-8 at byte 14")

    (tmp_path / "conf.d" / "rules.csv").write_text("Id,Regex,Rank\na,^/a,first\n")
    problem = problem_of(path)
    assert (problem.origin, problem.line, problem.column) == (
        f"{tmp_path}/conf.d/rules.csv",
        2,
        7,
    )


def test_a_plan_says_how_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    formats = ("combined", "regex:(?:(?P<status>[0-9]+),)+$", "json:status=code", "auto")
    path.write_text(
        "".join(f"[[source]]\nname = '{i}'\nformat = '{text}'\n" for i, text in enumerate(formats))
    )
    sources = load(path).describe()["sources"]
    assert [source["scanner"] for source in sources] == ["pattern", "regex", "json", None]
    whys = [source["why_regex"] for source in sources]
    assert whys == [None, "it repeats a group", None, None]
    assert [source["format"] for source in sources] == list(formats)
