"""When thresholds fire and recover; the clock is what the test says it is."""

import json

import pytest

from logagent.checkers import Checker, Finding, SlotRows
from tests.python.checkers.feeding import (
    columns,
    instants,
    lines,
    made,
    requests,
    rows_of,
    told,
)

RATE = 'metric = "requests"\nover = "10s"\nabove = 10.0\nlateness = "0s"\n'
T = 1_700_000_000


def run(checker: Checker, *counts: int, start: int = T, until: int | None = None) -> list[Finding]:
    """A count for each second, and a heartbeat after each; then heartbeats until `until`."""
    found: list[Finding] = []
    for second, count in enumerate(counts, start):
        found += checker.slots(requests((second, count)))
        found += checker.heartbeat(second + 1, 0)
    if until is not None:
        found += checker.heartbeat(until, 0)
    return found


def test_exactly_at_the_threshold_nothing_happens() -> None:
    checker = made(RATE)
    assert run(checker, *[10] * 50) == []


def test_one_more_fires_and_at_the_threshold_it_recovers() -> None:
    checker = made(RATE)
    assert told(run(checker, *[10] * 20, 11, *[10] * 20)) == [
        ("open", T + 20, 10.1),
        ("close", T + 30, 10.0),
    ]


def test_traffic_that_wavers_at_the_threshold_does_not_flap_with_hysteresis() -> None:
    wavering = [10] * 10 + [12, 8, 8, 12] * 50
    assert len(run(made(RATE), *wavering)) > 10
    checker = made(RATE + "recover_below = 9.5\n")
    assert instants(run(checker, *wavering, *[5] * 20)) == [("open", T + 10), ("close", T + 211)]


def test_recovery_comes_though_no_line_does() -> None:
    checker = made(RATE)
    found = run(checker, *[12] * 20)
    assert instants(found) == [("open", T + 8)]
    assert instants(checker.heartbeat(T + 20, 0)) == []
    (closed,) = checker.heartbeat(T + 3600, 0)
    assert (closed.event_time, closed.observed) == (T + 21, 9.6)
    assert closed.started == T + 8
    assert closed.key == found[0].key


def test_it_has_to_last() -> None:
    checker = made(RATE + 'for = "5s"\n')
    assert run(checker, *[0] * 10, 101, *[0] * 30) != []
    checker = made(RATE.replace("10s", "2s") + 'for = "5s"\n')
    # Beyond for four seconds, then for six.
    counts = [0, 0, 30, 30, 30, 0, 0, 0, 30, 30, 30, 30, 30, 30, 0, 0, 0]
    assert instants(run(checker, *counts)) == [("open", T + 13), ("close", T + 15)]


def test_a_pending_one_fires_in_silence() -> None:
    checker = made('metric = "requests"\nmeasure = "absence"\nover = "10s"\nfor = "1m"\n')
    assert run(checker, 5, 5) == []
    assert instants(checker.heartbeat(T + 3600, 0)) == [("open", T + 11 + 60)]


def test_too_little_is_said_after_a_whole_window_only() -> None:
    text = 'metric = "requests"\nover = "10s"\nbelow = 5.0\nlateness = "0s"\n'
    assert instants(run(made(text), *[1] * 12)) == [("open", T + 9)]
    found = run(made(text + "recover_above = 8.0\n"), *[1] * 12, *[6] * 20, *[8] * 20)
    assert instants(found) == [("open", T + 9), ("close", T + 41)]


def test_absence_and_return() -> None:
    checker = made('metric = "requests"\nmeasure = "absence"\nover = "10s"\nlateness = "0s"\n')
    assert run(checker, *[3] * 5) == []
    assert checker.heartbeat(T + 14, 0) == []
    (opened,) = checker.heartbeat(T + 15, 0)
    assert (opened.event_time, opened.observed) == (T + 14, 0)
    assert opened.summary == "no records of requests over 10s"
    assert checker.heartbeat(T + 10**6, 0) == []
    checker.slots(requests((T + 10**6, 1)))
    (closed,) = checker.heartbeat(T + 10**6 + 1, 0)
    assert (closed.event_time, closed.summary) == (T + 10**6, "records of requests come again")


def test_absence_of_traffic_that_never_was() -> None:
    checker = made('metric = "requests"\nmeasure = "absence"\nover = "10s"\nlateness = "0s"\n')
    assert checker.heartbeat(T, 0) == []
    assert checker.heartbeat(T + 9, 0) == []
    assert instants(checker.heartbeat(T + 10, 0)) == [("open", T + 9)]


def share(ok: int, failed: int, slot: int) -> SlotRows:
    rows = [
        (slot, {"status_class": status, "section": section}, count)
        for status, section, count in (("2xx", "/", ok), ("5xx", "/pay", failed))
        if count
    ]
    return rows_of("requests", columns(rows))


SHARE = (
    'metric = "requests"\nmeasure = "share"\nlabels = { status_class = "5xx" }\nover = "10s"\n'
    'above = 0.05\nlateness = "0s"\n'
)


def test_a_share_and_the_labels_that_moved() -> None:
    checker = made(SHARE)
    checker.slots(share(95, 5, T))
    assert checker.heartbeat(T + 1, 0) == []  # five of a hundred are not more than 0.05
    checker.slots(share(99, 6, T + 1))
    (opened,) = checker.heartbeat(T + 2, 0)
    assert opened.observed == 11 / 205
    assert opened.evidence["moved"] == [
        {"label": "section", "value": "/pay", "before": 0, "now": 11}
    ]
    assert opened.labels == {"severity": "warning", "metric": "requests"}
    assert opened.score == pytest.approx(opened.observed / 0.05)
    assert opened.summary == ("share of requests{status_class=5xx} is 0.05366 over 10s, above 0.05")


def test_a_share_of_nothing_is_absent_and_not_zero() -> None:
    checker = made(SHARE)
    checker.slots(share(1, 1, T))
    assert told(checker.heartbeat(T + 1, 0)) == [("open", T, 0.5)]
    (closed,) = checker.heartbeat(T + 60, 0)
    assert (closed.event_time, closed.observed) == (T + 10, None)
    assert "absent" in closed.summary
    low = made(SHARE.replace("above", "below"))
    assert low.heartbeat(T + 100, 0) == []  # nothing is not a low share
    low.slots(share(100, 0, T + 200))
    assert told(low.heartbeat(T + 201, 0)) == [("open", T + 200, 0.0)]


def test_label_conditions_and_a_list() -> None:
    text = RATE.replace("10.0", "0.9") + 'labels = { status_class = ["4xx", "5xx"] }\n'
    checker = made(text)
    checker.slots(requests((T, 9), status="2xx"))
    checker.slots(requests((T, 5), status="4xx"))
    assert checker.heartbeat(T + 1, 0) == []
    checker.slots(requests((T + 1, 5), status="5xx"))
    assert told(checker.heartbeat(T + 2, 0)) == [("open", T + 1, 1.0)]


def test_values_are_added_up_without_drift() -> None:
    checker = made('metric = "bytes"\nover = "10s"\nabove = 0.1\nlateness = "0s"\n')
    labels = {"status_class": "2xx"}
    found: list[Finding] = []
    for second in range(T, T + 1000):
        found += checker.slots(rows_of("bytes", columns([(second, labels, 0.1)], column="value")))
        found += checker.heartbeat(second + 1, 0)
    assert found == []
    checker.slots(rows_of("bytes", columns([(T + 1000, labels, 0.2)], column="value")))
    assert told(checker.heartbeat(T + 1001, 0)) == [("open", T + 1000, 0.11)]


def test_a_count() -> None:
    checker = made(RATE.replace("10.0", "10.0\nmeasure = 'count'"))
    assert told(run(checker, 4, 6, 1)) == [("open", T + 2, 11)]


def histogram(slot: int, **at_most: int) -> SlotRows:
    bounds = {float(name.removeprefix("le")): [count] for name, count in at_most.items()}
    found = columns([(slot, {"status_class": "2xx"}, max(at_most.values()))])
    return rows_of("seconds", {**found, "value": [0], "buckets": bounds})


def test_a_quantile_of_a_histogram() -> None:
    text = 'metric = "seconds"\nmeasure = "quantile"\nquantile = 0.5\nover = "10s"\n'
    checker = made(text + 'above = 1.5\nlateness = "0s"\n')
    checker.slots(histogram(T, le1=5, le2=10, le4=10))
    assert checker.heartbeat(T + 1, 0) == []  # the median is 1
    checker.slots(histogram(T + 1, le1=0, le2=10, le4=10))
    assert checker.heartbeat(T + 2, 0) == []  # and 1.333
    checker.slots(histogram(T + 2, le1=0, le2=20, le4=20))
    checker.slots(histogram(T + 3, le1=0, le2=0, le4=20))
    (opened,) = checker.heartbeat(T + 4, 0)
    assert opened.event_time == T + 3
    assert opened.observed == pytest.approx(1 + 25 / 35)


def test_values_above_all_bounds_are_the_last_one() -> None:
    text = 'metric = "seconds"\nmeasure = "quantile"\nquantile = 0.9\nover = "10s"\nabove = 3\n'
    checker = made(text + 'lateness = "0s"\n')
    found = columns([(T, {"status_class": "2xx"}, 10)])
    buckets = {1.0: [0], 2.0: [0], 4.0: [1]}
    checker.slots(rows_of("seconds", {**found, "value": [0], "buckets": buckets}))
    assert told(checker.heartbeat(T + 1, 0)) == [("open", T, 4.0)]


def test_unmatched_lines_by_the_time_of_reading() -> None:
    checker = made('measure = "unmatched"\nsource = "proxy"\nover = "10s"\nabove = 0.1\n')
    assert checker.metrics == ()
    checker.slots(lines(T + 0.5, proxy=(10, 1), other=(10, 10)))
    assert checker.heartbeat(0, T + 1) == []
    checker.slots(lines(T + 1.5, proxy=(10, 2)))
    assert told(checker.heartbeat(0, T + 2)) == [("open", T + 1, 0.15)]
    # The first slot leaves the window, then the second.
    assert told(checker.heartbeat(0, T + 60)) == [("close", T + 11, None)]


def test_wall_time() -> None:
    checker = made(RATE + 'time = "wall"\n')
    old = columns([(5, {"status_class": "2xx", "section": "/"}, 101)])
    checker.slots(rows_of("requests", old, wall_time=T + 0.7))
    assert checker.heartbeat(10, T + 0.9) == []
    assert told(checker.heartbeat(10, T + 1)) == [("open", T, 10.1)]
    assert instants(checker.heartbeat(10, T + 20)) == [("close", T + 10)]


def test_a_slot_is_judged_when_its_latest_records_may_have_come() -> None:
    checker = made(RATE.replace('"0s"', '"2s"'))
    checker.slots(requests((T, 60)))
    assert checker.heartbeat(T + 2.9, 0) == []
    checker.slots(requests((T, 50)))  # late, but not too late
    assert told(checker.heartbeat(T + 3, 0)) == [("open", T, 11)]


def test_what_comes_too_late_counts_in_the_windows_that_follow() -> None:
    checker = made(RATE)
    checker.slots(requests((T, 60)))
    assert checker.heartbeat(T + 1, 0) == []
    checker.slots(requests((T, 50)))
    assert told(checker.heartbeat(T + 2, 0)) == [("open", T + 1, 11)]
    assert instants(checker.heartbeat(T + 30, 0)) == [("close", T + 10)]
    checker.slots(requests((T, 10**9)))  # both windows have left it behind
    assert checker.heartbeat(T + 60, 0) == []


def test_a_clock_that_goes_back_changes_nothing() -> None:
    checker = made(RATE)
    found = run(checker, *[12] * 20)
    assert checker.heartbeat(T - 1000, 0) == []
    assert instants([*found, *checker.heartbeat(T + 30, 0)]) == [("open", T + 8), ("close", T + 21)]


def test_gaps_of_centuries_take_no_time() -> None:
    checker = made(RATE)
    far = 253_402_300_000
    checker.slots(requests((-62_135_596_800, 200), (0, 200), (T, 200), (far, 200)))
    found = checker.heartbeat(far + 100, 0)
    assert instants(found)[::2] == [
        ("open", -62_135_596_800),
        ("open", 0),
        ("open", T),
        ("open", far),
    ]


@pytest.mark.parametrize(
    "text",
    [RATE, RATE + 'for = "3s"\nrecover_below = 5\n', SHARE, RATE.replace("above", "below")],
)
def test_a_restart_neither_repeats_nor_forgets(text: str) -> None:
    counts = [3] * 15 + [40, 0, 30, 7] * 10 + [2] * 30

    def rows(second: int, count: int) -> SlotRows:
        status = "5xx" if count > 20 else "2xx"
        return requests((second, count), status=status, section=f"/{count % 5}")

    straight, found = made(text), []
    for second, count in enumerate(counts, T):
        found += [*straight.slots(rows(second, count)), *straight.heartbeat(second + 1, 0)]
    assert found
    restarted, again = made(text), []
    for second, count in enumerate(counts, T):
        again += [*restarted.slots(rows(second, count)), *restarted.heartbeat(second + 1, 0)]
        state = json.loads(json.dumps(restarted.state()))
        restarted = made(text)
        restarted.restore(state)
    assert again == found


def test_most_of_the_state_rests() -> None:
    checker = made(RATE)
    run(checker, *[3] * 40)
    before = checker.state()
    run(checker, 3, start=T + 40)
    changed = {key for key, value in checker.state().items() if before.get(key) != value}
    assert changed == {"standing", str(T + 40)}


def test_memory_is_bounded_whatever_the_labels() -> None:
    checker = made(RATE)
    for second in range(T, T + 20):
        for piece in range(6):
            rows = [
                (second, {"status_class": "2xx", "section": f"/{second}/{piece}/{n}"}, 1 + (n == 7))
                for n in range(1000)
            ]
            checker.slots(rows_of("requests", columns(rows)))
        checker.heartbeat(second + 1, 0)
    kept = sum(len(slot[2]) for key, slot in checker.state().items() if key != "standing")
    assert kept <= 2 * 50_000
    (closed,) = checker.heartbeat(T + 1000, 0)
    moved = {part["value"]: part["now"] - part["before"] for part in closed.evidence["moved"]}
    assert moved["2xx"] == -60060.0


def test_the_end_of_an_old_log() -> None:
    checker = made(RATE + "recover_below = 0.5\n")
    found = run(checker, *[12] * 20)
    assert instants(checker.end_of_log()) == [("close", T + 29)]
    assert instants(found) == [("open", T + 8)]
    absent = made('metric = "requests"\nmeasure = "absence"\nover = "10s"\n')
    assert run(absent, 1) == []
    assert [*absent.end_of_log()] == []
