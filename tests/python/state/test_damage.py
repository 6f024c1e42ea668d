"""Flipped bits and cut files: what is loaded is a commit as a whole, or nothing and an error."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from logagent.errors import StateError
from logagent.state import Store, ballast, schema
from logagent.state.database import READ_ERRORS, connect_to_read, read_verified
from logagent.state.reading import read_beside
from logagent.state.rows import no_rows
from tests.python.state.rows import in_order, made_up

if TYPE_CHECKING:
    from logagent._core import Rows

FILES = ("state.sqlite", "state.sqlite-wal")


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for thousands of trials: in memory where that can be, and without a ballast."""
    monkeypatch.setattr(ballast, "BALLAST_BYTES", 0)
    shared = Path("/dev/shm")  # noqa: S108 - tempfile makes a name of its own there
    with TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as name:
        yield Path(name)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that every byte can be tried."""
    monkeypatch.setattr(schema, "PAGE_BYTES", 512)


@pytest.fixture
def crashed(directory: Path, tmp_path: Path, small_pages: None) -> Path:  # noqa: ARG001
    """A state as a kill can leave it: the log was copied into the database, and is still there.

    A log that ends too early would then mix what it holds with what is newer.
    """
    store = Store.open(directory)
    store.commit(made_up(1))
    assert store._connection is not None
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.commit(no_rows() | {"files": made_up(2)["files"]})
    store.commit(no_rows() | {"metrics": made_up(3)["metrics"], "series": made_up(3)["series"]})
    store._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    copy = tmp_path / "crashed"
    copy.mkdir()
    for name in FILES:
        shutil.copy(directory / name, copy)
    store.close()
    return copy


def whole_commits() -> "list[Rows]":
    """Every state that ever was committed."""
    first = in_order(made_up(1))
    second = first | {"files": made_up(2)["files"]}
    third = second | {"series": in_order(made_up(3))["series"]}
    return [no_rows(), first, second, third]


def loads_whole_or_refuses(directory: Path) -> bool:
    """Whether a service could load it; what was loaded is a state that ever was committed."""
    try:
        store = Store.open(directory)
    except StateError:
        return False
    rows = store.load()
    store.close()
    assert rows in whole_commits()
    return True


class Trials:
    """Reads changed copies of a state, as `Store.open` does before it writes anything."""

    def __init__(self, crashed: Path, directory: Path) -> None:
        self.contents = {name: (crashed / name).read_bytes() for name in FILES}
        self.whole = whole_commits()
        self.directory = directory

    def is_read(self, name: str, changed: bytes) -> bool:
        """Whether it can be read with one file changed; what is read was committed, as a whole."""
        for file, content in (self.contents | {name: changed}).items():
            (self.directory / file).write_bytes(content)
        (self.directory / "state.sqlite-shm").unlink(missing_ok=True)
        try:
            with closing(connect_to_read(self.directory / "state.sqlite")) as connection:
                found = read_verified(connection)
        except (*READ_ERRORS, StateError):
            return False
        assert found is not None
        assert found[0] in self.whole
        return True


@pytest.mark.parametrize("name", FILES)
def test_every_byte_flipped(crashed: Path, memory: Path, name: str) -> None:
    trials = Trials(crashed, memory)
    content = trials.contents[name]
    verdicts = set()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        verdicts.add(trials.is_read(name, bytes(flipped)))
    # What lies in free space does not matter; all else does.
    assert verdicts == {True, False}


@pytest.mark.parametrize("name", FILES)
def test_every_truncation(crashed: Path, memory: Path, name: str) -> None:
    trials = Trials(crashed, memory)
    content = trials.contents[name]
    verdicts = {trials.is_read(name, content[:length]) for length in range(len(content))}
    assert False in verdicts


@pytest.mark.parametrize("name", FILES)
def test_filled_with_zeros(crashed: Path, memory: Path, name: str) -> None:
    trials = Trials(crashed, memory)
    content = trials.contents[name]
    for start in range(0, len(content), 64):
        trials.is_read(name, content[:start] + bytes(64) + content[start + 64 :])


@pytest.mark.parametrize("name", FILES)
def test_a_service_starts_on_a_whole_commit_or_not_at_all(
    crashed: Path, memory: Path, name: str
) -> None:
    contents = {file: (crashed / file).read_bytes() for file in FILES}
    for place in range(0, len(contents[name]), 97):
        directory = memory / "state"
        directory.mkdir()
        for file, content in contents.items():
            (directory / file).write_bytes(content)
        with (directory / name).open("r+b") as file_object:
            file_object.seek(place)
            file_object.write(bytes([contents[name][place] ^ 0xFF]))
        before = {file: (directory / file).read_bytes() for file in FILES}
        if not loads_whole_or_refuses(directory):
            # Nothing that may still be saved was touched.
            assert {file: (directory / file).read_bytes() for file in FILES} == before
        shutil.rmtree(directory)


def test_a_log_without_its_database_is_no_new_state(crashed: Path) -> None:
    (crashed / "state.sqlite").unlink()
    with pytest.raises(StateError, match="it is missing, though its write-ahead log is there"):
        Store.open(crashed)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM series WHERE labels = x'6c6162656c2d30'",
        "UPDATE tallies SET value = '{}'",
        "UPDATE files SET key = 7 WHERE key = 1",
        "UPDATE metrics SET value = replace(value, 'bytes', 'bites')",
        "UPDATE digests SET rows = rows + 1 WHERE id = 3",
        "DELETE FROM digests WHERE id = 4",
        "DELETE FROM meta",
        "DROP TRIGGER series_update",
    ],
)
def test_rows_that_something_else_changed(crashed: Path, statement: str) -> None:
    """Behind the triggers' back, as damage does it."""
    with closing(sqlite3.connect(crashed / "state.sqlite")) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        if not statement.startswith("DROP"):
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        if not statement.startswith("DROP"):
            for _, sql in triggers:
                connection.execute(sql)
        connection.commit()
    with pytest.raises(StateError, match=r"state\.sqlite is damaged: "):
        Store.open(crashed)
    with pytest.raises(StateError, match=r"state\.sqlite is damaged: "):
        read_beside(crashed)


def test_a_damaged_state_is_set_aside_on_demand(crashed: Path) -> None:
    for name in FILES:
        damaged = bytes(512) + (crashed / name).read_bytes()[512:]
        (crashed / name).write_bytes(damaged)
    contents = {name: (crashed / name).read_bytes() for name in FILES}
    with pytest.raises(StateError):
        Store.open(crashed)
    store = Store.open(crashed, fresh=True)
    assert store.load() == no_rows()
    aside = store.set_aside
    assert aside is not None
    assert aside.name.startswith("state.sqlite.aside-2")
    assert aside.read_bytes() == contents["state.sqlite"]
    assert Path(f"{aside}-wal").read_bytes() == contents["state.sqlite-wal"]
    store.commit(made_up(1))
    store.close()
    assert loads_whole_or_refuses(crashed)


def test_a_good_state_is_kept_even_so(crashed: Path) -> None:
    store = Store.open(crashed, fresh=True)
    assert (store.load(), store.set_aside) == (whole_commits()[-1], None)
    store.close()
