"""Commits: all or nothing, durable, repeatable."""

import contextlib
import multiprocessing
import os
import signal
import sqlite3
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logagent.errors import StateError
from logagent.state import Store
from logagent.state.rows import no_rows
from tests.python.state.rows import BYTES, REQUESTS, in_order, made_up

if TYPE_CHECKING:
    from logagent._core import Rows


def reopened(directory: Path) -> "Rows":
    with contextlib.closing(Store.open(directory)) as store:
        return store.load()


def test_a_new_state_is_empty(directory: Path) -> None:
    assert reopened(directory) == no_rows()


def test_what_was_committed_is_loaded(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    store.commit(made_up(2))
    assert store.load() == in_order(made_up(2))
    store.close()
    assert reopened(directory) == in_order(made_up(2))


def test_the_same_rows_again(store: Store) -> None:
    store.commit(made_up(1))
    store.commit(made_up(1))
    assert store.load() == in_order(made_up(1))


def test_only_what_changed_is_given(store: Store) -> None:
    store.commit(made_up(1))
    changes = no_rows()
    changes["metrics"] = [BYTES]
    changes["series"] = [(0, b"label-1", b"state-2"), (0, b"new", b"state-2")]
    changes["files"] = [(1, None), (2, "{}"), (2, '{"last":"wins"}'), (3, None)]
    changes["positions"] = [("topic/0", None), ("topic/1", "{}")]
    store.commit(changes)
    rows = store.load()
    assert rows["metrics"] == [REQUESTS, BYTES]
    assert rows["series"] == [
        (0, b"label-0", b"state-1"),
        (0, b"label-2", b"state-1"),
        (0, b"label-4", b"state-1"),
        (1, b"label-1", b"state-2"),
        (1, b"label-3", b"state-1"),
        (1, b"new", b"state-2"),
    ]
    assert rows["files"] == [(2, '{"last":"wins"}')]
    assert rows["positions"] == [("topic/1", "{}")]


def test_dropped_metrics_go_with_their_series(store: Store) -> None:
    store.commit(made_up(1))
    store.commit(no_rows(), dropped=[REQUESTS, "never heard of"])
    rows = store.load()
    assert rows["metrics"] == [BYTES]
    assert {place for place, _, _ in rows["series"]} == {0}
    assert len(rows["series"]) == 2


def test_a_metric_that_is_dropped_and_comes_again_starts_anew(store: Store) -> None:
    store.commit(made_up(1))
    again = no_rows()
    again["metrics"] = [REQUESTS]
    again["series"] = [(0, b"label-0", b"state-7")]
    store.commit(again, dropped=[REQUESTS])
    rows = store.load()
    place = rows["metrics"].index(REQUESTS)
    assert [row for row in rows["series"] if row[0] == place] == [(place, b"label-0", b"state-7")]


def test_replacing_leaves_nothing_of_before(store: Store) -> None:
    store.commit(made_up(1))
    store.replace(made_up(2, series=[9]))
    assert store.load() == in_order(made_up(2, series=[9]))


@settings(deadline=None, max_examples=25)  # the disk has its own pace
@given(st.lists(st.tuples(st.sets(st.integers(0, 9)), st.sets(st.sampled_from([REQUESTS, BYTES])))))
def test_any_commits_come_to_the_same_as_a_dictionary(
    commits: list[tuple[set[int], set[str]]],
) -> None:
    expected: dict[tuple[str, bytes], bytes] = {}
    with TemporaryDirectory() as name:
        store = Store.open(Path(name))
        for number, (series, dropped) in enumerate(commits):
            rows = made_up(number, series=series)
            store.commit(rows, dropped=sorted(dropped))
            expected = {key: value for key, value in expected.items() if key[0] not in dropped}
            for place, labels, state in rows["series"]:
                expected[rows["metrics"][place], labels] = state
        store.close()
        rows = reopened(Path(name))
    found = {(rows["metrics"][place], labels): state for place, labels, state in rows["series"]}
    assert found == expected


def test_a_clean_end_leaves_one_database_file(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    assert (directory / "state.sqlite-wal").exists()
    store.close()
    assert sorted(path.name for path in directory.iterdir()) == ["ballast", "lock", "state.sqlite"]


def test_others_may_not_look_into_it(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    for path in (directory, *directory.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_every_commit_is_synchronised(store: Store) -> None:
    assert store._connection is not None
    full, wal = 2, "wal"
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (full,)
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == (wal,)


def commit_for_ever(directory: str, pipe: int) -> None:
    store = Store.open(Path(directory))
    for number in range(1, 1_000_000):
        store.commit(made_up(number, series=range(50)))
        os.write(pipe, number.to_bytes(4, "big"))


def test_killed_at_any_moment(directory: Path) -> None:
    """What is loaded is the commit that returned last or the one under way, as a whole."""
    for milliseconds in (0, 20, 40, 60, 80):
        reader, writer = os.pipe()
        process = multiprocessing.get_context("fork").Process(
            target=commit_for_ever, args=(str(directory), writer)
        )
        process.start()
        os.close(writer)
        first = os.read(reader, 4)
        assert process.pid is not None
        process.join(milliseconds / 1000)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        acknowledged = first
        while more := os.read(reader, 4):
            acknowledged = more
        os.close(reader)
        last = int.from_bytes(acknowledged, "big")
        assert reopened(directory) in [
            in_order(made_up(number, series=range(50))) for number in (last, last + 1)
        ]


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough " * 40])
def test_another_file_in_its_place(directory: Path, content: bytes) -> None:
    directory.mkdir()
    (directory / "state.sqlite").write_bytes(content)
    with pytest.raises(StateError, match=r"state\.sqlite is damaged: ") as caught:
        Store.open(directory)
    assert caught.value.exit_code == 78
    assert "--fresh-state" in (caught.value.hint or "")
    assert (directory / "state.sqlite").read_bytes() == content


def test_the_database_of_another_program(directory: Path) -> None:
    directory.mkdir()
    with contextlib.closing(sqlite3.connect(directory / "state.sqlite")) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
        connection.execute("PRAGMA user_version = 1")
    with pytest.raises(StateError, match="are not those of a state of logagent"):
        Store.open(directory)


def test_a_creation_that_was_killed(directory: Path) -> None:
    directory.mkdir()
    for suffix in ("", "-wal", "-shm"):
        (directory / f"state.sqlite.new{suffix}").write_bytes(b"half")
    assert reopened(directory) == no_rows()
    assert not list(directory.glob("*.new*"))


def test_starting_anew_sets_a_good_state_aside(store: Store, directory: Path) -> None:
    store.commit(made_up(1))
    store.start_anew()
    assert store.load() == no_rows()
    assert store.set_aside is not None
    store.commit(made_up(2))
    store.close()
    assert reopened(directory) == in_order(made_up(2))


def test_figures(store: Store) -> None:
    before = store.stats()
    store.commit(made_up(1))
    after = store.stats()
    assert after["commits"] == before["commits"] + 1
    assert after["committed_unix_ms"] >= before["committed_unix_ms"] > 0
    assert after["database_bytes"] > 0
    assert after["log_bytes"] > 0
    assert after["set_aside"] is None
