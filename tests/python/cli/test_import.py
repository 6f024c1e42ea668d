"""`logagent import`: what it writes, what it says, how it ends."""

from pathlib import Path

from tests.python.process import assert_one_error, logagent


def test_what_was_left_out_is_said_and_ends_with_one(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("Id,Regex,Rank\na,x,1\nb\x1b,(?=y),2\n")
    process = logagent("import", "edgesense", "m.csv", cwd=tmp_path)
    assert process.returncode == 1
    assert b'{ name = "a", regex = "x" }, # rank 1' in process.stdout
    assert process.stderr.startswith(b"note: m.csv:3: left out: `b\\x1b`: ")


def test_all_imported_ends_with_nought() -> None:
    process = logagent("import", "edgesense", "-", stdin=b"Id,Regex,Rank\na,x,1\n")
    assert (process.returncode, process.stderr) == (0, b"")


def test_options_of_the_loader(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('[["--file", "/a.log"]]')
    process = logagent("import", "multibrain", "--option-map", "--file=log", "m.json", cwd=tmp_path)
    assert process.returncode == 0
    assert b'paths = ["/a.log"]' in process.stdout


def test_errors(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"Id,Regex,Rank\ncaf\xe9,x,1\n")
    bad = logagent("import", "edgesense", "latin.csv", cwd=tmp_path)
    assert_one_error(bad, says="not UTF-8: byte 0xe9", code=78)
    missing = logagent("import", "mtail", "no.mtail", cwd=tmp_path)
    assert_one_error(missing, says="no.mtail: No such file", code=78)
