"""Versions of the database: an older one is migrated, a newer one refused."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from logagent.errors import StateError
from logagent.state import Store, schema
from logagent.state.reading import read_beside
from tests.python.state.rows import in_order, made_up

NEXT = (
    "CREATE TABLE notes (text TEXT NOT NULL) STRICT",
    "ALTER TABLE series ADD COLUMN note TEXT",
)
NEVER = (*NEXT, "CREATE TABLE notes (twice TEXT)")


@pytest.fixture
def older(directory: Path) -> Path:
    """The state of this version, which will be the older one."""
    with contextlib.closing(Store.open(directory)) as store:
        store.commit(made_up(1))
    return directory


def query(directory: Path, text: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(directory / "state.sqlite")) as connection:
        return connection.execute(text).fetchall()


def test_an_older_one_is_migrated(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    present = len(schema.MIGRATIONS)
    assert query(older, "PRAGMA user_version") == [(present,)]
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEXT))
    with pytest.raises(StateError, match="written by an older logagent"):
        read_beside(older)
    with contextlib.closing(Store.open(older)) as store:
        assert store.load() == in_order(made_up(1))
    assert query(older, "PRAGMA user_version") == [(present + 1,)]
    assert query(older, "SELECT count(*) FROM notes") == [(0,)]
    assert query(older, "SELECT count(*) FROM series WHERE note IS NULL") == [(5,)]


def test_a_migration_that_fails_changes_nothing(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (older / "state.sqlite").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, NEVER))
        with pytest.raises(StateError):
            Store.open(older)
    assert (older / "state.sqlite").read_bytes() == before
    with contextlib.closing(Store.open(older)) as store:
        assert store.load() == in_order(made_up(1))


def test_a_newer_one_is_refused(older: Path) -> None:
    query(older, "PRAGMA user_version = 77")
    known = rf"newer logagent \(version 77 .* knows {len(schema.MIGRATIONS)}\)"
    with pytest.raises(StateError, match=known) as caught:
        Store.open(older)
    assert caught.value.exit_code == 78
    with pytest.raises(StateError, match="newer logagent"):
        read_beside(older)
    assert query(older, "SELECT count(*) FROM series") == [(5,)]


def test_a_newer_one_is_set_aside_on_demand(older: Path) -> None:
    query(older, "PRAGMA user_version = 77")
    with contextlib.closing(Store.open(older, fresh=True)) as store:
        assert store.load()["series"] == []
        assert store.set_aside is not None
        assert store.set_aside.exists()
