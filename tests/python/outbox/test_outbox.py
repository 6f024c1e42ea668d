import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logagent.errors import CommitError
from logagent.sinks.sink import Refused, Retry
from logagent.state import Store
from tests.python.outbox.rig import CONFIG, START, Adding, Overwriting, Rig, line
from tests.python.waiting import wait_until

MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[MakeRig]:
    rigs: list[Rig] = []

    def make(kind: type[Overwriting] = Overwriting, config: str = CONFIG, **more: object) -> Rig:
        kind.outcome = lambda _: None
        rigs.append(Rig(tmp_path / "state", kind, config, **more))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.kill()


def counts(frames: list[list[dict[str, object]]]) -> list[list[tuple[int, object]]]:
    return [[(point["start"] - START, point["count"]) for point in frame] for frame in frames]  # type: ignore[operator]


def test_a_window_is_sent_when_it_is_over(make_rig: MakeRig) -> None:
    rig = make_rig().at(19)
    rig.count(line(1), line(9), line(10))
    rig.commit()
    assert counts(rig.sent()) == [[(0, 2)]]
    rig.at(20).commit()
    assert counts(rig.sent()) == [[(0, 2)], [(10, 1)]]


def test_windows_may_be_several_slots(make_rig: MakeRig) -> None:
    rig = make_rig(config=CONFIG + 'every = "1m"\n').at(61)
    rig.count(line(1), line(11), line(59), line(60))
    rig.commit()
    (((start, count),),) = counts(rig.sent())
    assert (START + start) % 60 == 0
    assert count == sum(START + second < START + start + 60 for second in (1, 11, 59, 60))


@pytest.mark.parametrize(("kind", "again"), [(Overwriting, 3), (Adding, 1)])
def test_a_late_line_is_sent_as_the_far_end_takes_it(
    make_rig: MakeRig, kind: type[Overwriting], again: int
) -> None:
    rig = make_rig(kind).at(30)
    rig.count(line(1), line(2))
    rig.commit()
    rig.count(line(3))
    rig.commit()
    assert counts(rig.sent()) == [[(0, 2)], [(0, again)]]


def test_only_series_that_changed_are_sent_again(make_rig: MakeRig) -> None:
    rig = make_rig().at(30)
    rig.count(line(1, 200), line(1, 404))
    rig.commit()
    rig.count(line(2, 404))
    rig.commit()
    first, second = rig.sent()
    assert len(first) == 2
    assert [(point["labels"], point["count"]) for point in second] == [({"status": "404"}, 2)]


def test_what_is_too_late_is_counted(make_rig: MakeRig) -> None:
    rig = make_rig(config=CONFIG + 'lateness = "30s"\n').at(40, closed=40)
    rig.count(line(1), line(35))
    rig.commit()  # what came with the clock itself is not late
    rig.count(line(2), line(3), line(12))
    rig.commit()
    assert counts(rig.sent()) == [[(0, 1)], [(30, 1)], [(10, 1)]]
    assert rig.channel.late_records == 2
    assert rig.execute("SELECT DISTINCT start FROM windows ORDER BY start") == [
        (START + 10,),
        (START + 30,),
    ]


def test_a_commit_that_fails_leaves_nothing_and_is_repeated(make_rig: MakeRig) -> None:
    rig = make_rig().at(30)
    rig.count(line(1))
    snapshot = rig.engine.take()
    assert snapshot is not None

    def fail(_: object) -> None:
        raise OSError(5, "as if")

    for additions in ([fail], []):
        try:
            rig.store.commit(
                snapshot.changes(),
                also=[lambda connection: rig.outbox.write(connection, snapshot), *additions],
            )
        except CommitError:
            assert rig.execute("SELECT count(*) FROM outbox") == [(0,)]
    rig.engine.commit(snapshot)
    rig.outbox.committed()
    assert counts(rig.sent()) == [[(0, 1)]]


def test_a_restart_sends_the_same_bytes_again(make_rig: MakeRig) -> None:
    def fail(_: bytes) -> None:
        raise Retry("not now")

    rig = make_rig().at(30)
    Overwriting.outcome = fail
    rig.count(line(1))
    rig.commit()
    (before,) = rig.execute("SELECT sequence, frame FROM outbox")
    rig.kill()
    Overwriting.outcome = lambda _: None
    rig.start()
    rig.commit()
    rig.sent()
    assert Overwriting.taken["far"] == [before]
    rig.commit()
    assert rig.execute("SELECT count(*) FROM outbox") == [(0,)]


def test_sequences_grow_over_restarts(make_rig: MakeRig) -> None:
    rig = make_rig().at(30)
    for second in range(3):
        rig.count(line(second))
        rig.commit()
        rig.sent()
        rig.commit()
        rig.kill()
        rig.start()
    sequences = [sequence for sequence, _ in Overwriting.taken["far"]]
    assert sequences == sorted(set(sequences))


def test_too_much_is_dropped_and_said(make_rig: MakeRig) -> None:
    def fail(_: bytes) -> None:
        raise Retry("down")

    rig = make_rig(outbox_size=600).at(1000)
    Overwriting.outcome = fail
    for window in range(10):
        rig.count(line(10 * window))
        rig.commit()
    assert rig.channel.content is not None
    assert 0 < rig.channel.content.frame_bytes <= 600
    left = rig.channel.content.frames
    assert rig.channel.dropped_points["size"] == 10 - left
    assert any("more than `outbox_size` waits" in note for note in rig.notes)
    starts = rig.execute("SELECT frame FROM outbox ORDER BY sequence DESC LIMIT 1")[0][0]
    assert str(START + 90).encode() in starts, "the newest stays"


def test_what_is_too_old_is_dropped_and_said(make_rig: MakeRig) -> None:
    def fail(_: bytes) -> None:
        raise Retry("down")

    rig = make_rig().at(1000)
    Overwriting.outcome = fail
    rig.count(line(1))
    rig.commit()
    rig.execute("UPDATE outbox SET created_unix_ms = 1")
    rig.count(line(11))
    rig.commit()
    assert rig.channel.dropped_points["age"] == 1
    assert rig.execute("SELECT count(*) FROM outbox") == [(1,)]


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE windows SET state = zeroblob(9)", "windows"),
        ("UPDATE windows SET generation = 7", "windows"),
        ("UPDATE sinks SET value = replace(value, 'rows', 'sows')", "sinks"),
        ("UPDATE shapes SET definition = '{}'", "shapes"),
    ],
)
def test_a_damaged_row_is_left_out_and_said(make_rig: MakeRig, change: str, table: str) -> None:
    rig = make_rig().at(5)
    rig.count(line(1, 200), line(1, 404))
    rig.commit()
    rig.execute(change)
    rig.at(30).commit()
    rig.count(line(11))
    rig.commit()
    assert any(f"a damaged row of the table {table}" in note for note in rig.notes), rig.notes
    assert (10, 1) in [point for frame in counts(rig.sent()) for point in frame]


def test_a_damaged_frame_is_left_out_and_said(make_rig: MakeRig) -> None:
    def fail(_: bytes) -> None:
        raise Retry("down")

    rig = make_rig().at(30)
    Overwriting.outcome = fail
    rig.count(line(1), line(11))
    rig.commit()
    rig.kill()
    rig.execute(
        "UPDATE outbox SET frame = x'00' WHERE sequence = (SELECT min(sequence) FROM outbox)"
    )
    Overwriting.outcome = lambda _: None
    rig.start()
    rig.commit()
    assert counts(rig.sent()) == [[(10, 1)]]
    assert any("a frame was damaged" in note for note in rig.notes)


def test_what_is_kept_of_a_sink_that_is_gone_goes(make_rig: MakeRig) -> None:
    rig = make_rig().at(5)
    rig.count(line(1))
    rig.commit()
    rig.kill()
    rig.start(CONFIG.replace('name = "far"', 'name = "other"'))
    rig.count(line(2))
    rig.commit()
    assert rig.execute("SELECT DISTINCT sink FROM windows") == [("other",)]
    assert any("sink far is not in the configuration" in note for note in rig.notes)


def test_a_database_that_is_lost_overwrites_no_window(make_rig: MakeRig) -> None:
    """What the windows held is gone: to send the rest under the same time would undo counts."""
    rig = make_rig().at(30)
    rig.count(line(1), line(2))
    rig.commit()
    assert counts(rig.sent()) == [[(0, 2)]]
    rig.store.close()
    shutil.rmtree(rig.directory)
    rig.store = Store.open(rig.directory)
    rig.count(line(3), line(40))
    rig.at(60).commit()
    assert counts(rig.sent()) == [[(0, 2)], [(40, 1)]]
    assert rig.channel.late_records == 1


def test_a_refusal_is_said_and_the_rest_goes_on(make_rig: MakeRig) -> None:
    def refuse(frame: bytes) -> None:
        if str(START).encode() in frame:
            raise Refused("no, thanks", points=1)

    rig = make_rig().at(30)
    Overwriting.outcome = refuse
    rig.count(line(1), line(11))
    rig.commit()
    assert counts(rig.sent()) == [[(10, 1)]]
    sent = rig.channel.sender.sent
    assert (sent.points, sent.refused_points) == (1, 1)
    assert "sink far: no, thanks" in rig.notes


def test_a_fault_of_a_sink_stops_nothing_else(make_rig: MakeRig) -> None:
    def fault(_: bytes) -> None:
        raise ZeroDivisionError("a fault")

    rig = make_rig().at(30)
    Overwriting.outcome = fault
    rig.count(line(1))
    rig.commit()
    wait_until(lambda: rig.channel.sender.attempts)
    assert rig.channel.sender.sent.failure == "a fault of the sink: ZeroDivisionError: a fault"
    Overwriting.outcome = lambda _: None
    assert counts(rig.sent()) == [[(0, 1)]]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from([Overwriting, Adding]))
def test_sums_are_exact_whatever_happens(seed: int, kind: type[Overwriting]) -> None:
    """Late lines, restarts and changes of the metric; who adds looks at sequences."""
    kind.outcome = lambda _: None
    choose = random.Random(seed)  # noqa: S311 - no secret
    expected: Counter[tuple[int, str]] = Counter()

    with tempfile.TemporaryDirectory() as directory:
        rig = Rig(Path(directory, "state"), kind, CONFIG)
        now = 0.0
        for _ in range(choose.randint(1, 12)):
            for _ in range(choose.randint(0, 5)):
                second = max(now - choose.choice((0, 0, 5, 25)), 0)
                status = choose.choice((200, 404))
                rig.count(line(second, status))
                expected[int(second) // 10 * 10, str(status)] += 1
            now += choose.choice((0.3, 4, 30))
            rig.at(choose.choice((None, now))).commit()
            if choose.random() < 0.2:
                rig.kill()
                sums = choose.choice(('["bytes"]', '["bytes", "status"]', "[]"))
                rig.start(CONFIG.replace('["bytes"]', sums))
        rig.at(now + 100).commit()
        rig.sent()
        rig.kill()
        frames = [orjson.loads(body) for body in dict(kind.taken["far"]).values()]
    found: Counter[tuple[int, str]] = Counter()
    points = [point for frame in frames for point in frame]
    kept = points if kind is Adding else {point["key"]: point for point in points}.values()
    for point in kept:
        found[point["start"] - START, point["labels"]["status"]] += point["count"]
    assert found == expected
