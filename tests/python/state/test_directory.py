"""Where the state lies, and who may write it."""

import os
import time
from pathlib import Path

import pytest

from logagent.errors import StateError
from logagent.state import Store, state_directory
from tests.python.process import assert_one_error, logagent
from tests.python.state.rows import made_up


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({"state_dir": "/configured"}, {"STATE_DIRECTORY": "/given"}, "/configured"),
        ({"state_dir": None}, {"STATE_DIRECTORY": "/given:/second"}, "/given"),
        ({}, {"XDG_STATE_HOME": "/home/x/state"}, "/home/x/state/logagent"),
        ({}, {"XDG_STATE_HOME": "relative", "HOME": "/home/x"}, "/home/x/.local/state/logagent"),
        ({}, {"HOME": "/home/x"}, "/home/x/.local/state/logagent"),
    ],
)
def test_where(
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str | None],
    environment: dict[str, str],
    expected: str,
) -> None:
    for name in ("STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert state_directory(settings) == Path(expected)


def test_a_second_writer_is_refused(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    started = time.monotonic()
    with pytest.raises(StateError) as caught:
        Store.open(directory)
    assert time.monotonic() - started < 1
    assert caught.value.message == f"{directory} is in use by process {os.getpid()}"
    assert caught.value.exit_code == 78


def test_a_second_process_is_refused(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    process = logagent("state", "reset", "--all", "--yes", "--state-dir", directory)
    assert_one_error(process, says=f"in use by process {os.getpid()}", code=78)


def test_the_lock_ends_with_the_store(directory: Path) -> None:
    Store.open(directory).close()
    Store.open(directory).close()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file/state cannot be opened: Not a directory"):
        Store.open(tmp_path / "file" / "state")
