import asyncio
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from logagent.errors import ArgumentError, CommitError, LogagentError
from logagent.eventlog import EventLog, Limits, NewEvent, StreamLimits, tick
from logagent.eventlog import log as log_module
from tests.python.eventlog.logs import append, numbers, opened
from tests.python.waiting import wait_until

SMALL = Limits(part_bytes=20_000, recent_bytes=50_000)


def test_entries_have_a_strictly_increasing_sequence_over_all_streams(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        sequences = append(log, "a", 3) + append(log, "b", 2) + append(log, "a", 1, start=3)
        events = list(log.read())
    assert sequences == [event.sequence for event in events] == sorted(set(sequences))
    assert [event.stream for event in events] == ["a"] * 3 + ["b"] * 2 + ["a"]
    assert abs(events[0].received - time.time()) < 60
    entry = events[0].entry()
    assert entry == {
        "sequence": sequences[0],
        "stream": "a",
        "received": events[0].received,
        "event_time": None,
        "source": None,
        "key": None,
        "body": {"n": 0},
    }


def test_what_was_appended_is_there_after_a_restart_and_numbers_go_on(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        first = log.append("a", [NewEvent({"n": 0}, 1.5, "s", "k")]).result(30)
    with opened(tmp_path) as log:
        assert log.last == first[0]
        assert append(log, "a", 1, start=1)[0] > first[0]
        events = list(log.read())
    assert numbers(events) == [0, 1]
    assert [events[0].entry()[name] for name in ("event_time", "source", "key")] == [1.5, "s", "k"]


def test_an_entry_with_a_known_key_is_not_added_again(tmp_path: Path) -> None:
    with opened(tmp_path, SMALL) as log:
        one, two = NewEvent({"n": 1}, key="x"), NewEvent({"n": 2}, key="x")
        first = log.append("a", [one, two]).result(30)
        assert first[0] == first[1]
        assert log.append("b", [one]).result(30) != first[:1]
        append(log, "a", 500, start=3, text="x" * 100)
        wait_until(lambda: list(tmp_path.glob("archive/a/*.gz")))
        assert log.append("a", [two]).result(30) == first[:1], "its entry is archived by now"
    with opened(tmp_path) as log:
        assert log.append("a", [two]).result(30) == first[:1]
        assert numbers(log.read(streams=["a"]))[:2] == [1, 3]


def test_all_of_it_is_read_alike_from_archive_database_and_memory(tmp_path: Path) -> None:
    with opened(tmp_path, SMALL) as log:
        for start in range(0, 2000, 100):
            append(log, "a", 100, start=start, text="x" * 100)
            append(log, "b", 10, start=start, text="y" * 100)
        wait_until(lambda: len(list(tmp_path.glob("archive/*/*.gz"))) > 5)
        first = next(log.read()).sequence
        kept = [log._recent.page(first) is None, log.streams()[0]["count"]]
        assert kept == [True, 2000], "the beginning is not in memory"
        events = list(log.read())
        assert [event.sequence for event in events] == list(range(first, first + 2200))
        assert numbers(log.read(streams=["a"])) == list(range(2000))
        assert numbers(log.read(streams=["b"]))[:11] == [*range(10), 100]
        assert numbers(log.read(where='stream == "a" && body.n >= 1995')) == list(range(1995, 2000))
        assert (
            numbers(log.read(streams=["a"], after=events[1000].sequence, limit=2))
            == [event.entry()["body"]["n"] for event in events[1001:1013] if event.stream == "a"][
                :2
            ]
        )
        # Each place between archive, database and memory is a place where one can go on.
        for index in range(0, 2199, 97):
            follower = next(log.read(after=events[index].sequence))
            assert follower.sequence == events[index].sequence + 1


def test_instants_lead_to_their_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr("logagent.eventlog.writer.time.time", lambda: now[0])
    with opened(tmp_path, SMALL) as log:
        for minute in range(40):
            now[0] = 1_800_000_000.0 + 60 * minute
            append(log, "a", 10, start=10 * minute, text="x" * 200)
        wait_until(lambda: list(tmp_path.glob("archive/a/*.gz")))
        for minute in range(40):
            instant = 1_800_000_000.0 + 60 * minute
            assert next(iter(numbers(log.read(since=instant)))) == 10 * minute
            assert numbers(log.read(since=instant, until=instant + 60)) == list(
                range(10 * minute, 10 * minute + 10)
            )
            assert len(numbers(log.read(until=instant))) == 10 * minute
        assert numbers(log.read(since=now[0] + 1)) == []
        now[0] = 1_700_000_000.0  # the clock is set back
        append(log, "a", 1, start=1000)
        assert numbers(log.read(since=now[0]))[0] == 0
        assert numbers(log.read())[-1] == 1000


def test_what_is_too_old_or_too_much_is_removed(tmp_path: Path) -> None:
    limits = SMALL._replace(streams={"much": StreamLimits(max_bytes=50_000)})
    with opened(tmp_path, limits) as log:
        for start in range(0, 3000, 100):
            append(log, "much", 100, start=start, text="x" * 100 + str(start))
            append(log, "little", 1, start=start)
        beginning = log.lost_until(log.selection(["little"]))
        wait_until(lambda: log.lost_until(log.selection()) > beginning)
        wait_until(lambda: log.streams()[1]["bytes"] < 60_000 + 2 * limits.part_bytes)
        left = numbers(log._stored.page(-1, frozenset({"much"})).events)
        assert left[0] > 0
        assert len(numbers(log.read(streams=["little"]))) == 30
        log.set_limits(Limits(default=StreamLimits(max_age_seconds=0)))
        wait_until(lambda: log.streams() == [])
        wait_until(lambda: not list(tmp_path.glob("archive/*/*.gz")))
        assert append(log, "much", 1) > [log.lost_until(log.selection())]


def test_old_entries_are_archived_though_they_are_few(tmp_path: Path) -> None:
    with opened(tmp_path, Limits(archive_after_seconds=0.01)) as log:
        append(log, "a", 5)
        wait_until(lambda: list(tmp_path.glob("archive/a/*.gz")))
        [path] = tmp_path.glob("archive/a/*.gz")
        assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0
        assert numbers(log._stored.page(-1).events) == list(range(5))


def test_a_kill_between_the_file_and_its_rows_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        append(log, "a", 10)
        events = list(log.read())
        log._archive.write("a", events[:5])  # and the transaction did not come
    with opened(tmp_path) as log:
        assert not list(tmp_path.glob("archive/a/*.gz"))
        assert numbers(log._stored.page(-1).events) == list(range(10))


def test_the_archive_survives_the_database(tmp_path: Path) -> None:
    with opened(tmp_path, Limits(archive_after_seconds=0.001)) as log:
        last = append(log, "a", 10)[-1]
        wait_until(lambda: list(tmp_path.glob("archive/a/*.gz")))
    for path in tmp_path.glob("events.sqlite*"):
        path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with opened(tmp_path) as log:
        assert numbers(log.read()) == list(range(10))
        assert append(log, "a", 1, start=10)[0] > last
        assert numbers(log.read()) == list(range(11))
    assert list(tmp_path.glob("events.sqlite.aside-*"))


def test_a_database_that_is_damaged_while_it_is_written_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as log:
        before = append(log, "a", 1)[0]
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        commit: Any = log._writer._commit
        failures = [error]

        def fail_once(appends: object) -> object:
            if failures:
                raise failures.pop()
            return commit(appends)

        monkeypatch.setattr(log._writer, "_commit", fail_once)
        assert append(log, "a", 1, start=1)[0] > before
        assert list(tmp_path.glob("events.sqlite.aside-*"))


def test_a_directory_that_was_removed_is_made_again(tmp_path: Path) -> None:
    directory = tmp_path / "events"
    with opened(directory) as log:
        before = append(log, "a", 1)[0]
        shutil.rmtree(directory)
        assert append(log, "a", 1, start=1)[0] > before
    with opened(directory) as log:
        assert numbers(log.read()) == [1]


def test_a_row_that_changed_is_left_out_and_counted(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        second = append(log, "a", 3)[1]
    with sqlite3.connect(tmp_path / "events.sqlite") as connection:
        connection.execute(
            "UPDATE events SET received = 5, line = x'7b7d' WHERE sequence = ?", (second,)
        )
    with opened(tmp_path) as log:
        assert numbers(log.read()) == [0, 2]
        assert log.stats()["damaged_entries"] > 0


def test_a_damaged_block_of_the_archive_is_left_out_and_counted(tmp_path: Path) -> None:
    with opened(tmp_path, Limits(archive_after_seconds=0.001)) as log:
        append(log, "a", 3000, text="x" * 300)
        wait_until(lambda: list(tmp_path.glob("archive/a/*.gz")))
        [path] = tmp_path.glob("archive/a/*.gz")
        wait_until(lambda: log.streams()[0]["bytes"] == path.stat().st_size)
        content = bytearray(path.read_bytes())
        content[200] ^= 0xFF
        path.write_bytes(content)
        page = log._stored.page(-1)
        assert numbers(page.events)[0] > 0
        assert log.stats()["unreadable_blocks"] == 1


def test_a_commit_that_fails_is_told_and_the_next_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as log:
        with monkeypatch.context() as broken:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL

            def fail(_appends: object) -> object:
                raise error

            broken.setattr(log._writer, "_commit", fail)
            with pytest.raises(CommitError, match="full"):
                append(log, "a", 1)
            assert "full" in log.stats()["failure"]
        append(log, "a", 1, start=1)
        assert (numbers(log.read()), log.stats()["failure"]) == ([1], None)


@pytest.mark.parametrize(
    ("event", "place"),
    [
        (NewEvent({"a": object()}), "body"),
        (NewEvent({"a": float("nan")}), "body"),
        (NewEvent({"a": "x" * 300_000}), "body"),
        (NewEvent({}, event_time=1e12), "event_time"),
        (NewEvent({}, event_time=float("nan")), "event_time"),
        (NewEvent({}, source=""), "source"),
        (NewEvent({}, key="k" * 300), "key"),
    ],
)
def test_what_cannot_be_written_is_refused_before(
    tmp_path: Path, event: NewEvent, place: str
) -> None:
    with opened(tmp_path) as log:
        with pytest.raises(ArgumentError) as raised:
            log.append("a", [event])
        assert raised.value.problems[0].origin == place


@pytest.mark.parametrize("name", ["", "A", "../x", "a/b", ".", "-a", "a" * 65, "a\nb", "ä"])
def test_names_of_streams_are_names_of_directories(tmp_path: Path, name: str) -> None:
    with opened(tmp_path) as log, pytest.raises(ArgumentError):
        log.append(name, [NewEvent({})])


def test_streams_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MOST_STREAMS", 3)
    with opened(tmp_path) as log:
        for name in ("a", "b", "c", "a"):
            append(log, name, 1)
        with pytest.raises(LogagentError, match="3 streams"):
            append(log, "d", 1)


def test_hostile_text_is_one_line_of_printable_ascii(tmp_path: Path) -> None:
    text = "\n\r\x1b[31m\x7f\x9b\u2028\u202e\0data: x\n\nid: 1"
    with opened(tmp_path) as log:
        log.append("a", [NewEvent({"t": text, text: 1}, source=text, key=text)]).result(30)
        [event] = log.read()
    assert all(32 <= byte < 127 for byte in event.line)
    entry = event.entry()
    assert (entry["source"], entry["key"]) == (text, text)
    assert entry["body"] == {"t": text, text: 1}


def test_a_subscriber_gets_everything_once_though_it_begins_in_the_archive(tmp_path: Path) -> None:
    async def follow(log: EventLog, after: int, count: int) -> list[int]:
        found: list[int] = []
        async for page in log.subscribe(log.selection(["a"]), after):
            found += numbers(page.events)
            if len(found) >= count:
                break
        return found

    async def run(log: EventLog) -> None:
        first = append(log, "a", 500, text="x" * 100)[0]
        wait_until(lambda: list(tmp_path.glob("archive/a/*.gz")))
        subscribers = [
            asyncio.ensure_future(follow(log, first - 1 + skipped, 1500 - skipped))
            for skipped in (0, 3, 400)
        ]
        for start in range(500, 1500, 20):
            await asyncio.wrap_future(
                log.append("a", [NewEvent({"n": start + n, "t": "x" * 100}) for n in range(20)])
            )
            log.append("b", [NewEvent({"n": start})])
        for skipped, subscriber in zip((0, 3, 400), subscribers, strict=True):
            assert await asyncio.wait_for(subscriber, 30) == list(range(skipped, 1500))

    with opened(tmp_path, SMALL) as log:
        asyncio.run(run(log))


def test_a_subscription_ends_with_the_log_and_tells_that_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(tick, "LONGEST_SECONDS", 0.01)

    async def run(log: EventLog) -> None:
        pages = 0
        async for page in log.subscribe(log.selection(), log.last):
            assert page.events == []
            pages += 1
            if pages == 3:
                log.end_subscriptions()
        assert pages >= 3

    with opened(tmp_path) as log:
        asyncio.run(asyncio.wait_for(run(log), 30))


def test_a_reader_of_a_quiet_stream_is_told_that_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it is woken again and again by what is not for it."""
    monkeypatch.setattr(log_module, "HEARTBEAT_SECONDS", 0.2)

    async def run(log: EventLog) -> None:
        reading = log.subscribe(log.selection(["quiet"]), log.last)
        page = asyncio.ensure_future(anext(reading))
        while not page.done():
            log.append("busy", [NewEvent({})])
            await asyncio.sleep(0.01)
        assert page.result().events == []
        assert page.result().after > 0

    with opened(tmp_path) as log:
        asyncio.run(asyncio.wait_for(run(log), 4))


def test_memory_is_bounded_by_size_and_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_800_000_000.0]
    monkeypatch.setattr("logagent.eventlog.writer.time.time", lambda: now[0])
    with opened(tmp_path, Limits(recent_bytes=100_000, recent_seconds=60)) as log:
        for start in range(0, 2000, 100):
            append(log, "a", 100, start=start)
        assert 0 < log.stats()["recent_bytes"] < 150_000
        assert numbers(log.read()) == list(range(2000))
        now[0] += 3600
        append(log, "a", 1, start=2000)
        assert log.stats()["recent_bytes"] < 1000
        assert numbers(log.read()) == list(range(2001))
