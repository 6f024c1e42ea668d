"""A disk that is full, read-only or gone: the error says which, and the next commit heals it."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from logagent.errors import CommitError, CommitFailure, StateError
from logagent.state import Store
from logagent.state.ballast import BALLAST_BYTES, Ballast
from logagent.state.database import commit_error
from tests.python.state.rows import in_order, made_up

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 and "CI" not in os.environ, reason="mounting a file system takes root"
)


def fails(store: Store, kind: CommitFailure, number: int) -> CommitError:
    with pytest.raises(CommitError) as caught:
        store.commit(made_up(number))
    assert caught.value.kind is kind
    return caught.value


def limit_pages(store: Store, pages: int | None) -> None:
    """As a full disk, the database may not grow beyond this; None: beyond what it has."""
    assert store._connection is not None
    count = pages or store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {count}")


def test_full(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    (directory / "ballast").unlink()
    limit_pages(store, None)
    rows = made_up(2, series=range(1000))
    for _ in range(2):
        with pytest.raises(CommitError, match=r"state\.sqlite: .*full") as caught:
            store.commit(rows)
        assert caught.value.kind is CommitFailure.FULL
    assert store.load() == in_order(made_up(1))
    limit_pages(store, 1_000_000)
    store.commit(rows)
    assert store.load() == in_order(rows)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=24m", "tmpfs", disk)
    yield disk
    subprocess.run(["/bin/umount", "--lazy", str(disk)], check=True)


def mount(*arguments: str | Path) -> None:
    subprocess.run(["/bin/mount", *map(str, arguments)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("ab", buffering=0) as file:
        while True:
            try:
                file.write(bytes(1 << 12))
            except OSError:
                return


@needs_root
def test_the_ballast_is_released_on_a_full_disk(small_disk: Path) -> None:
    directory = small_disk / "state"
    store = Store.open(directory)
    store.commit(made_up(1))
    assert store.stats()["ballast_bytes"] >= BALLAST_BYTES
    fill(small_disk)
    rows = made_up(2, series=range(5000))
    store.commit(rows)
    assert store.stats()["ballast_bytes"] == 0
    assert store.stats()["ballast_releases"] == 1
    assert store.load() == in_order(rows)
    fill(small_disk)
    more = made_up(3, series=range(20_000))
    with pytest.raises(CommitError) as caught:
        store.commit(more)
    assert caught.value.kind is CommitFailure.FULL
    assert store.load() == in_order(rows)
    (small_disk / "filler").unlink()
    store.commit(more)
    store.close()
    again = Store.open(directory)
    assert again.load() == in_order(more)
    again.close()


@needs_root
def test_a_start_on_a_full_disk_takes_the_ballast(small_disk: Path) -> None:
    directory = small_disk / "state"
    store = Store.open(directory)
    store.commit(made_up(1))
    store.close()
    fill(small_disk)
    store = Store.open(directory)
    assert store.load() == in_order(made_up(1))
    store.commit(made_up(2))
    store.close()


@needs_root
def test_read_only(small_disk: Path) -> None:
    store = Store.open(small_disk / "state")
    store.commit(made_up(1))
    store.close()
    mount("-o", "remount,ro", small_disk)
    with pytest.raises(StateError, match=r"readonly|Read-only"):
        Store.open(small_disk / "state")


def test_a_database_that_may_not_be_written(store: Store) -> None:
    store.commit(made_up(1))
    assert store._connection is not None
    store._connection.execute("PRAGMA query_only = ON")
    fails(store, CommitFailure.READ_ONLY, 2)
    store._connection.execute("PRAGMA query_only = OFF")
    store.commit(made_up(2))
    assert store.load() == in_order(made_up(2))


def test_an_unknown_error_reopens_the_database(store: Store) -> None:
    store.commit(made_up(1))
    other = sqlite3.connect(store._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "locked" in fails(store, CommitFailure.IO, 2).message
    assert "locked" in fails(store, CommitFailure.IO, 2).message
    other.execute("ROLLBACK")
    other.close()
    store.commit(made_up(2))
    assert store.load() == in_order(made_up(2))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, CommitFailure.FULL),
        (sqlite3.SQLITE_READONLY, CommitFailure.READ_ONLY),
        (sqlite3.SQLITE_READONLY_DBMOVED, CommitFailure.READ_ONLY),
        (sqlite3.SQLITE_IOERR_FSYNC, CommitFailure.IO),
        (sqlite3.SQLITE_IOERR_WRITE, CommitFailure.IO),
        (sqlite3.SQLITE_CORRUPT_INDEX, CommitFailure.GONE),
        (sqlite3.SQLITE_NOTADB, CommitFailure.GONE),
    ],
)
def test_kinds(tmp_path: Path, code: int, kind: CommitFailure) -> None:
    path = tmp_path / "state.sqlite"
    path.touch()
    error = sqlite3.OperationalError("words of SQLite")
    error.sqlite_errorcode = code
    found = commit_error(error, path)
    assert (found.kind, found.message) == (kind, f"{path}: words of SQLite")


def gone_and_replaced(store: Store, directory: Path) -> None:
    """It is noticed, however often it is tried, until all is written anew."""
    fails(store, CommitFailure.GONE, 2)
    fails(store, CommitFailure.GONE, 2)
    store.replace(made_up(2))
    assert store.load() == in_order(made_up(2))
    store.commit(made_up(3))
    store.close()
    again = Store.open(directory)
    assert again.load() == in_order(made_up(3))
    again.close()


def test_the_directory_is_removed(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    shutil.rmtree(directory)
    gone_and_replaced(store, directory)


@pytest.mark.parametrize("name", ["state.sqlite", "state.sqlite-wal", "lock"])
def test_a_file_is_removed(store: Store, directory: Path, name: str) -> None:
    store.commit(made_up(1))
    (directory / name).unlink()
    gone_and_replaced(store, directory)


def test_another_database_is_put_in_its_place(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    shutil.copy(directory / "state.sqlite", directory / "copy")
    (directory / "copy").rename(directory / "state.sqlite")
    content = (directory / "state.sqlite").read_bytes()
    fails(store, CommitFailure.GONE, 2)
    store.replace(made_up(2))
    assert store.set_aside is not None
    assert store.set_aside.read_bytes() == content
    assert store.load() == in_order(made_up(2))


def test_a_directory_that_comes_back_goes_on(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    away = directory.rename(directory.with_name("away"))
    fails(store, CommitFailure.GONE, 2)
    away.rename(directory)
    store.commit(made_up(2))
    assert store.load() == in_order(made_up(2))


def test_replacing_fails_while_the_directory_cannot_be_made(store: Store, directory: Path) -> None:
    shutil.rmtree(directory)
    directory.write_text("a file is in its place")
    for _ in range(2):
        with pytest.raises(CommitError) as caught:
            store.replace(made_up(1))
        assert caught.value.kind is CommitFailure.GONE
    directory.unlink()
    store.replace(made_up(1))
    assert store.load() == in_order(made_up(1))


def test_damage_under_a_running_service_is_replaced(store: Store, directory: Path) -> None:
    store.commit(made_up(1, series=range(2000)))
    assert store._connection is not None
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (directory / "state.sqlite").stat().st_size
    with (directory / "state.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    store._connection.execute("PRAGMA shrink_memory")
    with pytest.raises(CommitError) as caught:
        store.commit(made_up(2, series=range(2000)))
    assert caught.value.kind is CommitFailure.GONE
    gone_and_replaced(store, directory)
    assert store.set_aside is not None


def test_the_ballast_comes_back_when_there_is_room(tmp_path: Path) -> None:
    now = 0.0
    ballast = Ballast(tmp_path, clock=lambda: now)
    assert not ballast.release()
    ballast.ensure()
    assert ballast.size_bytes >= BALLAST_BYTES
    assert ballast.release()
    assert (ballast.size_bytes, ballast.releases) == (0, 1)
    now = 59.0
    ballast.ensure()
    assert ballast.size_bytes == 0
    now = 61.0
    ballast.ensure()
    assert ballast.size_bytes >= BALLAST_BYTES


def test_a_ballast_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "missing")
    ballast.ensure()
    assert (ballast.size_bytes, ballast.release()) == (0, False)
