"""Every named format's own lines, by the library, as Arrow and as JSON lines."""

import tempfile
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

import logagent
from logagent._core import Parse, formats
from logagent.query import compile_query

FOLDER = Path(__file__).parents[1] / "data" / "formats" / "lines"


def _cases() -> list[dict[str, Any]]:
    files = sorted(FOLDER.glob("*.toml"))
    return [case for file in files for case in tomllib.loads(file.read_text("utf-8"))["format"]]


CASES = _cases()


def _write(folder: Path, case: dict[str, Any], line: str) -> Path:
    path = folder / "case.log"
    header = [case["header"]] if "header" in case else []
    path.write_text("\n".join([*header, line, ""]), encoding="utf-8")
    return path


def test_every_named_format_has_lines_of_its_own() -> None:
    named = {name for name, *_ in formats()}
    assert named - {case["format"].partition(":")[0] for case in CASES} == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["format"])
def test_fields_are_those_of_the_case(case: dict[str, Any], tmp_path: Path) -> None:
    for one in case.get("matches", []):
        path = _write(tmp_path, case, one["line"])
        names = list(one["fields"])
        result = logagent.scan(path, case["format"], by=names)
        wanted = {name: text or None for name, text in one["fields"].items()}
        assert result.to_dicts() == [{**wanted, "count": 1}], one["line"]
        assert result.to_arrow().to_pylist() == result.to_dicts()
        assert _parsed(path, case["format"]) == [True]
    for line in case.get("refuses", []):
        path = _write(tmp_path, case, line)
        assert logagent.scan(path, case["format"], by=[]).matched == 0, line
        assert not any(_parsed(path, case["format"])), line


def _parsed(path: Path, log_format: str) -> list[bool]:
    """Whether each line but headers and comments matches, by `parse`."""
    plan = compile_query(log_format, by=()).plan
    with tempfile.TemporaryFile() as output:
        Parse(plan, [str(path)], output_fd=output.fileno()).run()
        output.seek(0)
        records = [orjson.loads(record) for record in output.read().splitlines()]
    return [record["matched"] for record in records if record.get("reason") != "comment"]
