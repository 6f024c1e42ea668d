import gzip
from pathlib import Path

import pytest

from logagent.errors import InputError, LogagentError
from logagent.suggest import read_sample
from logagent.suggest import sample as module
from logagent.suggest.sample import Detected, Request

LINE = '192.0.2.1 - - [21/Nov/2026:10:00:00 +0000] "GET %s HTTP/1.1" 200 5\n'


def write(path: Path, targets: list[str], *, tail: str = "") -> str:
    lines = (LINE % target for target in targets)
    path.write_text("".join(line.replace("\n", f"{tail}\n") for line in lines))
    return str(path)


def test_requests_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", ["/x?q=1", "/x", "/y"])
    found = read_sample([path], "auto")
    assert found.requests == {Request("/x", ""): 2, Request("/y", ""): 1}
    assert (found.lines, found.matched) == (3, 3)
    assert {"path", "status", "method"} <= found.fields
    assert "user" not in found.fields
    assert found.formats == {path: Detected("common", goes_on=False)}


def test_a_format_that_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", ["/"], tail=" 0.25 HIT")
    found = read_sample([path], "auto")
    assert (found.formats[path], found.rest) == (Detected("common", goes_on=True), "0.25 HIT")


def test_fields_are_those_of_all_inputs(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.log", ["/"])
    combined = write(tmp_path / "b.log", ["/"], tail=' "-" "curl"')
    assert "user_agent" in read_sample([combined], "auto").fields
    assert "user_agent" not in read_sample([plain, combined], "auto").fields


def test_a_long_file_is_read_at_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_END_BYTES", 1000)
    path = write(tmp_path / "a.log", [f"/{i:04}" for i in range(1000)])
    found = read_sample([path], "common")
    seen = sorted(request.path for request in found.requests)
    assert found.lines == found.matched == len(seen) < 40
    assert (seen[0], seen[-1]) == ("/0000", "/0999")


def test_a_compressed_file_is_read_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_END_BYTES", 10)
    monkeypatch.setattr(module, "_MOST_LINES", 150)
    path = tmp_path / "a.log.gz"
    path.write_bytes(gzip.compress((LINE % "/x").encode() * 5000))
    assert read_sample([str(path)], "common").lines == 150


def test_no_input_and_no_match(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_sample([str(tmp_path / "none")], "auto")
    path = tmp_path / "a.log"
    path.write_text("nothing\n")
    with pytest.raises(LogagentError, match="no line matches"):
        read_sample([str(path)], "common")
    found = read_sample([str(tmp_path / "none"), write(tmp_path / "b.log", ["/"])], "auto")
    assert [what for _, what in found.errors] == ["no such file"]
