"""Counts by slot of event time: what the service hands to sinks and checkers."""

import time
from collections import Counter
from pathlib import Path

import pytest

from logagent._core import Engine, Plan, Scan, Scanner, Snapshot
from tests.python.test_engine import append, read

SLOT = 10
SINK = '[[sink]]\nname = "far"\ntype = "influxdb"\n'
METRICS = """
[[metric]]
name = "requests_total"
labels = ["status"]
sums = ["request_time"]
[[metric]]
name = "last_seconds"
type = "gauge"
value = "request_time"
[[metric]]
name = "duration_seconds"
type = "histogram"
labels = ["status"]
value = "request_time"
buckets = [0.1, 1]
[[metric]]
name = "quantile_seconds"
type = "quantiles"
value = "request_time"
quantiles = [0.5]
[[metric]]
name = "clients"
type = "distinct"
value = "remote_addr"
[[metric]]
name = "top_clients"
type = "top"
value = "remote_addr"
size = 2
"""
KINDS = 6


def plan_of(
    directory: Path, *, more: str = SINK, format: str = "$msec $status", metrics: str = METRICS
) -> Plan:
    text = f"""
[agent]
slot = "{SLOT}s"
[[source]]
name = "web"
paths = ["{directory}/*.log"]
format = '{format} $request_time $remote_addr'
{metrics}
{more}"""
    return Plan.from_toml(text, origin="test")


def lines(seconds: list[float]) -> bytes:
    texts = (
        f"{second:.3f} {(200, 404)[i % 2]} 0.{i % 10} 10.0.0.{i % 5}\n"
        for i, second in enumerate(seconds)
    )
    return "".join(texts).encode()


def starts(seconds: list[float]) -> Counter[int]:
    return Counter(int(second) // SLOT * SLOT for second in seconds)


def slot_counts(snapshot: Snapshot, metric: int = 0) -> Counter[int]:
    slots = snapshot.slots(metric)
    total: Counter[int] = Counter()
    for start, count in zip(slots["slot"], slots["count"], strict=True):
        total[start] += count
    return total


def take(engine: Engine) -> Snapshot:
    snapshot = engine.take()
    assert snapshot is not None
    engine.commit(snapshot)
    return snapshot


def test_takes_add_up_to_the_totals(tmp_path: Path) -> None:
    """Any row of `series` is the sum of the states of its slots, over all takes, for every kind."""
    plan = plan_of(tmp_path)
    assert plan.describe()["agent"]["slots"] is True
    engine = Engine(plan)
    now = time.time()
    seconds = [now - 5000 + i * 7.3 + (i * 37 % 11) for i in range(600)]
    states: dict[tuple[int, bytes], list[bytes]] = {}
    placed: Counter[int] = Counter()
    for part in range(0, 600, 150):
        append(tmp_path / "a.log", lines(seconds[part : part + 150]))
        read(engine)
        snapshot = take(engine)
        placed += slot_counts(snapshot)
        rows = snapshot.slot_rows()
        assert rows == sorted(rows, key=lambda row: row[:2])
        for metric, _, labels, state in rows:
            states.setdefault((metric, labels), []).append(state)
        assert snapshot.slot_notes()["newest_unix_seconds"]["web"] == pytest.approx(
            max(seconds[part : part + 150]), abs=0.001
        )
    assert placed == starts(seconds)
    everything = {(i, labels): state for i, labels, state in engine.everything()["series"]}
    assert len(everything) == KINDS + 2
    merged = {
        (metric, labels): plan.merge_states(metric, own) for (metric, labels), own in states.items()
    }
    assert merged == everything
    # As columns they are those of the totals.
    whole = Engine(plan)
    (tmp_path / "a.log").rename(tmp_path / "b.log")
    read(whole)
    totals = take(whole)
    for metric in range(KINDS):
        rows_of = [
            (labels, s) for (own, labels), all_ in states.items() if own == metric for s in all_
        ]
        assert plan.columns(metric, rows_of) == totals.series(metric)


def test_nobody_pays_who_has_no_use_for_slots(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, more="")
    assert plan.describe()["agent"]["slots"] is False
    engine = Engine(plan)
    append(tmp_path / "a.log", lines([time.time()]))
    read(engine)
    snapshot = take(engine)
    assert engine.stats()["slots"] is None
    for ask in (lambda: snapshot.slots(0), snapshot.slot_rows, snapshot.slot_notes):
        with pytest.raises(ValueError, match="not counted by slot"):
            ask()
    with pytest.raises(IndexError):
        snapshot.slots(KINDS)


def test_the_clock_follows_the_logs_and_never_runs_ahead(tmp_path: Path) -> None:
    engine = Engine(plan_of(tmp_path))
    assert engine.event_time() is None
    log, now = tmp_path / "a.log", time.time()
    append(log, lines([now - 500, now - 400, now - 450]))
    read(engine)
    assert engine.event_time() == pytest.approx(now - 400, abs=0.001)
    # A line of the future counts in the present, and does not move the clock beyond it.
    append(log, lines([now - 300, now + 86_400]))
    read(engine)
    assert engine.event_time() == pytest.approx(now - 300, abs=0.001)
    append(log, lines([now + 86_400]))
    read(engine)
    at = engine.event_time()
    assert at is not None
    assert now <= at <= time.time()
    snapshot = take(engine)
    notes = snapshot.slot_notes()
    assert notes["ahead_of_clock"] == 2
    assert notes["event_time"] == pytest.approx(at, abs=5)
    assert max(slot_counts(snapshot)) <= time.time()
    assert engine.stats()["slots"]["ahead_of_clock"] == 2


def test_records_without_a_time_count_in_the_present(tmp_path: Path) -> None:
    """Also where the format has no time at all."""
    engine = Engine(plan_of(tmp_path, format="$status", metrics='[[metric]]\nname = "m_total"\n'))
    before = int(time.time()) // SLOT * SLOT
    append(tmp_path / "a.log", b"200 0.5 10.0.0.1\n" * 3)
    read(engine)
    snapshot = take(engine)
    assert set(slot_counts(snapshot)) <= set(range(before, int(time.time()) + 1, SLOT))
    assert slot_counts(snapshot).total() == 3
    assert snapshot.slot_notes()["without_time"] == 3


def test_what_is_beyond_a_series_limit_is_so_in_slots_too(tmp_path: Path) -> None:
    limited = METRICS.replace(
        'labels = ["status"]\nsums', 'labels = ["remote_addr"]\nseries_limit = 2\nsums'
    )
    text = f"""
[[source]]
name = "web"
paths = ["{tmp_path}/*.log"]
format = '$msec $status $request_time $remote_addr'
{limited}
{SINK}"""
    engine = Engine(Plan.from_toml(text, origin="test"))
    now = time.time()
    append(tmp_path / "a.log", lines([now - 100 + i for i in range(50)]))
    read(engine)
    snapshot = take(engine)
    columns, totals = snapshot.slots(0), snapshot.series(0)
    by_client: Counter[str] = Counter()
    for client, count in zip(columns["labels"]["remote_addr"], columns["count"], strict=True):
        by_client[client] += count
    assert by_client == dict(zip(totals["labels"]["remote_addr"], totals["count"], strict=True))
    assert by_client["__other__"] == 30


def test_a_reload_keeps_what_is_pending(tmp_path: Path) -> None:
    engine = Engine(plan_of(tmp_path))
    now = time.time()
    append(tmp_path / "a.log", lines([now - 100]))
    read(engine)
    engine.reload(plan_of(tmp_path, more=SINK + '[[metric]]\nname = "more_total"\n'))
    append(tmp_path / "a.log", lines([now - 50]))
    read(engine)
    snapshot = take(engine)
    assert slot_counts(snapshot) == starts([now - 100, now - 50])
    assert slot_counts(snapshot, KINDS) == starts([now - 50])
    # Nobody wants slots any more, then somebody does again.
    engine.reload(plan_of(tmp_path, more=""))
    append(tmp_path / "a.log", lines([now - 40]))
    read(engine)
    engine.reload(plan_of(tmp_path))
    append(tmp_path / "a.log", lines([now - 30]))
    read(engine)
    assert slot_counts(take(engine)) == starts([now - 30])


def test_each_line_in_another_slot(tmp_path: Path) -> None:
    """What a hostile log can do is bounded, said, and leaves the totals alone."""
    engine = Engine(plan_of(tmp_path))
    count, first = 40_000, 1_000_000_000
    append(tmp_path / "a.log", lines([first + i * SLOT for i in range(count)]))
    read(engine)
    assert engine.is_half_full()
    stats = engine.stats()["slots"]
    assert 0 < stats["pending_rows"] <= 200_000
    snapshot = take(engine)
    notes = snapshot.slot_notes()
    placed = sum(slot_counts(snapshot, metric).total() for metric in range(KINDS))
    assert placed + notes["beyond_limit"] == KINDS * count
    assert notes["beyond_limit"] == stats["beyond_limit"] > 0
    assert snapshot.series(0)["count"] == [count // 2, count // 2]
    assert not engine.is_half_full()


def test_scans_merge_if_their_slots_are_the_same(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, more="")
    seconds = [1_700_000_000 + i * 3.7 for i in range(500)]
    (tmp_path / "a.log").write_bytes(lines(seconds))

    def scan(slot_seconds: int | None) -> Snapshot:
        return Scan(plan, [str(tmp_path / "a.log")], slot_seconds=slot_seconds).run()

    twice = scan(SLOT)
    twice.merge(scan(SLOT))
    assert slot_counts(twice) == Counter({at: 2 * n for at, n in starts(seconds).items()})
    for other in (60, None):
        with pytest.raises(ValueError, match="not counted by the same slots"):
            twice.merge(scan(other))
    with pytest.raises(ValueError, match="at least 1"):
        scan(0)


def test_bytes_that_are_no_states_are_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, more="")
    scanner = Scanner(plan)
    scanner.scan(b"")
    (tmp_path / "a.log").write_bytes(lines([5.0]))
    rows = Scan(plan, [str(tmp_path / "a.log")], slot_seconds=1).run().slot_rows()
    (labels, state) = next((labels, state) for metric, _, labels, state in rows if metric == 2)
    assert plan.merge_states(2, [state, state]) != state
    for wrong in (b"", state[:-1], b"\x09" + state[1:]):
        with pytest.raises(ValueError, match="a series"):
            plan.merge_states(2, [wrong])
        with pytest.raises(ValueError, match="a series"):
            plan.columns(2, [(labels, wrong)])
    with pytest.raises(ValueError, match="does not fit the metric `clients`"):
        plan.merge_states(4, [state])
    with pytest.raises(IndexError):
        plan.columns(KINDS, [])
