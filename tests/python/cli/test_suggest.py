"""`logagent suggest`: a configuration from a sample."""

import tomllib
from pathlib import Path

from tests.python.process import assert_one_error, logagent


def test_to_standard_output_and_to_a_new_file(sample: Path, tmp_path: Path) -> None:
    process = logagent("suggest", sample)
    assert (process.returncode, process.stderr) == (0, b"")
    assert tomllib.loads(process.stdout.decode())["source"][0]["format"] == "combined"
    written = logagent("suggest", "-o", tmp_path / "new.toml", sample)
    assert (written.returncode, written.stdout) == (0, b"")
    assert (tmp_path / "new.toml").read_bytes() == process.stdout


def test_a_file_that_is_there_is_kept(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("mine")
    process = logagent("suggest", "-o", path, sample)
    assert_one_error(process, says="is there already", code=1)
    assert path.read_text() == "mine"


def test_standard_input_has_no_path(sample: Path) -> None:
    process = logagent("suggest", stdin=sample.read_bytes())
    assert tomllib.loads(process.stdout.decode())["source"] == [
        {"name": "stdin", "format": "combined"}
    ]


def test_errors(sample: Path, tmp_path: Path) -> None:
    assert_one_error(logagent("suggest", tmp_path / "no.log"), says="no such file", code=1)
    partly = logagent("suggest", tmp_path / "no.log", sample)
    assert_one_error(partly, says="no such file", code=1)
    assert b"[[source]]" in partly.stdout
