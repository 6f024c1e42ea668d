from hypothesis import given
from hypothesis import strategies as st

from logagent.live.timeline import Timeline

NOW = 1_000_000.0


def test_counts_by_second() -> None:
    timeline = Timeline()
    timeline.add(NOW - 3, 5)
    timeline.add(NOW - 1.5, 2)
    timeline.add(NOW - 1.2, 2)
    timeline.add(NOW, 9)  # of the second that has only begun
    assert timeline.counts(4, until=NOW) == [0, 5, 4, 0]
    assert timeline.per_second(3, until=NOW) == 3.0
    assert timeline.newest == NOW


def test_the_mean_is_of_the_time_since_the_beginning() -> None:
    timeline = Timeline()
    timeline.begun = NOW - 2
    timeline.add(NOW - 1, 10)
    assert timeline.per_second(10, until=NOW) == 5.0
    assert timeline.per_second(10, until=NOW - 2) == 0.0


def test_instants_far_apart_are_bounded() -> None:
    timeline = Timeline()
    for second in range(0, 10_000_000, 1000):
        timeline.add(second, 1)
        timeline.add(second - 5_000_000, 1)
    assert len(timeline._bins) <= 1200
    assert timeline.counts(2, until=9_999_001) == [0, 1]


@given(begin=st.floats(0, 1e6), span=st.floats(0.001, 59), count=st.integers(0, 10**9))
def test_spreading_loses_nothing(begin: float, span: float, count: int) -> None:
    timeline = Timeline()
    timeline.spread(begin, begin + span, count)
    counts = timeline.counts(62, until=begin + span + 1)
    assert sum(counts) == count
    assert min(counts) >= 0
