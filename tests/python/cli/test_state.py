"""`logagent state`."""

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logagent.state import Store
from logagent.state.rows import no_rows
from tests.python.process import assert_one_error, logagent
from tests.python.state.rows import BYTES, in_order, made_up, record

if TYPE_CHECKING:
    from logagent._core import Rows


def without_series(count: int) -> "Rows":
    """Those of series are of the engine; made-up ones cannot be exported."""
    return in_order(made_up(count, series=[]))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    directory = tmp_path / "state"
    with contextlib.closing(Store.open(directory)) as store:
        store.commit(made_up(1234))
    return directory


def load(directory: Path) -> "Rows":
    with contextlib.closing(Store.open(directory)) as store:
        return store.load()


def test_show(state: Path, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(bytes(2000))
    found = log.stat()
    told = json.loads(record(1500, path=str(log)))
    told |= {"device": found.st_dev, "inode": found.st_ino}
    with contextlib.closing(Store.open(state)) as store:
        changes = no_rows()
        changes["files"] = [(3, json.dumps(told))]
        store.commit(changes)
    process = logagent("state", "show", "--state-dir", state)
    assert (process.returncode, process.stderr) == (0, b"")
    lines = [line.split() for line in process.stdout.decode().splitlines()]
    updated = ["2026-11-21", "22:26:40Z"]
    assert lines[:4] == [
        ["source", "path", "stage", "offset", "size", "behind", "updated"],
        ["proxy", str(log), "open", "1,500", "2,000", "500", *updated],
        ["proxy", "/var/log/access.log", "open", "1,234", "-", "-", *updated],
        ["proxy", "/var/log/other.log", "open", "2,468", "-", "-", *updated],
    ]
    assert lines[5:8] == [
        ["metric", "series"],
        ["http_requests_total", "3"],
        ["http_bytes_total", "2"],
    ]
    assert lines[9][:3] == ["commit", "3", "of"]


def test_show_beside_a_running_service(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    with contextlib.closing(Store.open(directory)) as store:
        for number in (7, 8):
            store.commit(made_up(number))
            process = logagent("state", "show", "--state-dir", directory)
            assert (process.returncode, process.stderr) == (0, b"")
            assert process.stdout.decode().split()[9:11] == ["open", str(number)]
        store.commit(made_up(9))


def test_showing_leaves_nothing_behind(state: Path) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in state.iterdir())
    assert logagent("state", "show", "--state-dir", state).returncode == 0
    after = sorted((path.name, path.stat().st_mtime_ns) for path in state.iterdir())
    assert after == before


def test_no_state(tmp_path: Path) -> None:
    process = logagent("state", "show", "--state-dir", tmp_path)
    assert_one_error(process, says=f"there is no state in {tmp_path}", code=78)
    assert list(tmp_path.iterdir()) == []


def test_the_directory_of_a_configuration(state: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[agent]\nstate_dir = "{state}"\n')
    assert logagent("state", "show", "-c", config).returncode == 0
    both = logagent("state", "show", "-c", config, "--state-dir", state)
    assert_one_error(both, says="not both", code=2)


def test_the_directory_of_the_environment(state: Path) -> None:
    assert logagent("state", "show", env={"STATE_DIRECTORY": str(state)}).returncode == 0


def test_export_and_import(state: Path, tmp_path: Path) -> None:
    with contextlib.closing(Store.open(state)) as store:
        store.replace(without_series(5))
        process = logagent("state", "export", "--state-dir", state)
    assert (process.returncode, process.stderr) == (0, b"")
    document = json.loads(process.stdout)
    assert document["files"][0]["record"]["offset"] == 5
    assert document["files"][0]["updated"] == "2026-11-21T22:26:40.000+00:00"
    assert document["metrics"][0]["definition"]["name"] == "http_requests_total"
    other = tmp_path / "other"
    imported = logagent("state", "import", "--state-dir", other, "-", stdin=process.stdout)
    assert (imported.returncode, imported.stderr) == (0, b"")
    assert load(other) == without_series(5)


def test_import_sets_aside_what_was_there(state: Path, tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    with contextlib.closing(Store.open(tmp_path / "other")) as store:
        store.commit(without_series(5))
    export.write_bytes(logagent("state", "export", "--state-dir", tmp_path / "other").stdout)
    (state / "state.sqlite").write_bytes(b"damaged")
    process = logagent("state", "import", "--state-dir", state, export)
    assert process.returncode == 0
    assert f"the earlier state is {state}/state.sqlite.aside-2".encode() in process.stderr
    assert load(state) == without_series(5)


def empty_export(**fields: object) -> bytes:
    lists: dict[str, object] = {"files": [], "metrics": [], "tallies": [], "positions": []}
    return json.dumps({"logagent_state": 1, "committed": "", "commit": 1} | lists | fields).encode()


BAD_FILE: dict[str, object] = {"id": "x", "updated": None, "record": {}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "no exported state: "),
        (b"[]", "no exported state: Expected `object`, got `array`"),
        (b'{"logagent_state": 1}', "missing required field `committed`"),
        (empty_export(files=[BAD_FILE]), "Expected `int`, got `str` - at `$.files[0].id`"),
        (empty_export(logagent_state=2), "exported by a newer logagent (format 2)"),
        (empty_export(surprise=1), "unknown field `surprise`"),
    ],
)
def test_import_of_something_else(state: Path, text: bytes, says: str) -> None:
    before = load(state)
    process = logagent("state", "import", "--state-dir", state, "-", stdin=text)
    assert_one_error(process, says=says, code=78)
    assert load(state) == before


def test_reset_of_a_source(state: Path) -> None:
    with contextlib.closing(Store.open(state)) as store:
        changes = no_rows()
        changes["files"] = [(7, record(3, source="other"))]
        store.commit(changes)
    process = logagent("state", "reset", "--source", "proxy", "--yes", "--state-dir", state)
    assert (process.returncode, process.stderr) == (0, b"")
    rows = load(state)
    assert rows["files"] == [(7, record(3, source="other"))]
    assert rows["tallies"] == []
    assert len(rows["series"]) == 5


def test_reset_of_a_metric(state: Path) -> None:
    arguments = ("--metric", "http_requests_total", "--yes", "--state-dir", state)
    assert logagent("state", "reset", *arguments).returncode == 0
    rows = load(state)
    assert rows["metrics"] == [BYTES]
    assert [labels for _, labels, _ in rows["series"]] == [b"label-1", b"label-3"]
    assert len(rows["files"]) == 2


def test_reset_of_all(state: Path) -> None:
    assert logagent("state", "reset", "--all", "--yes", "--state-dir", state).returncode == 0
    assert load(state) == no_rows()
    assert len(list(state.glob("state.sqlite.aside-*"))) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name one of --source, --metric and --all"),
        (("--all", "--source", "proxy"), "name one of --source, --metric and --all"),
        (("--source", "prox"), "the state has no source `prox`"),
        (("--metric", "x"), "it has: http_bytes_total, http_requests_total"),
        (("--all",), "Say --yes where nobody can be asked"),
    ],
)
def test_reset_of_nothing(state: Path, arguments: tuple[str, ...], says: str) -> None:
    process = logagent("state", "reset", *arguments, "--state-dir", state)
    assert_one_error(process, says=says, code=2)
    assert load(state) == in_order(made_up(1234))


@pytest.mark.parametrize(
    "arguments", [("reset", "--all", "--yes"), ("reset", "--metric", "http_bytes_total", "--yes")]
)
def test_not_while_a_service_runs(state: Path, arguments: tuple[str, ...]) -> None:
    with contextlib.closing(Store.open(state)):
        process = logagent("state", *arguments, "--state-dir", state)
    assert_one_error(process, says=f"{state} is in use by process {os.getpid()}", code=78)


def test_a_damaged_state_says_the_way_out(state: Path) -> None:
    (state / "state.sqlite").write_bytes(b"damaged")
    process = logagent("state", "show", "--state-dir", state)
    assert_one_error(process, says="state.sqlite is damaged: ", code=78)
    assert b"--fresh-state" in process.stderr
    assert b"logagent state import FILE" in process.stderr
