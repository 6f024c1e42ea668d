from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.errors import ArgumentError
from logagent.instants import duration_s, instant_ns

NOW_NS = 1_800_000_000 * 10**9


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ("2026-11-21T10:00:00Z", 1_795_255_200 * 10**9),
        ("2026-11-21T10:00:00+02:00", 1_795_248_000 * 10**9),
        (" 2026-11-21 10:00:00.250Z ", 1_795_255_200_250_000_000),
        ("1795255200", 1_795_255_200 * 10**9),
        ("@1795255200", 1_795_255_200 * 10**9),
        ("1795255200.000000001", 1_795_255_200_000_000_001),
        ("-1h", NOW_NS - 3600 * 10**9),
        ("1h30m", NOW_NS - 5400 * 10**9),
        ("1.5h", NOW_NS - 5400 * 10**9),
        ("2d", NOW_NS - 2 * 86400 * 10**9),
        ("1w", NOW_NS - 7 * 86400 * 10**9),
        ("250ms", NOW_NS - 250 * 10**6),
    ],
)
def test_instants(text: str, expected_ns: int) -> None:
    assert instant_ns(text, now_ns=NOW_NS, origin="since") == expected_ns


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-21 10:00", "2026-11-21T10:00:01"])
def test_without_a_zone_it_is_local_time(text: str) -> None:
    expected_ns = round(datetime.fromisoformat(text).timestamp()) * 10**9
    assert instant_ns(text, now_ns=NOW_NS, origin="since") == expected_ns


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_microseconds_are_exact(wall: datetime, offset_minutes: int) -> None:
    instant = wall.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    since_epoch = instant - datetime(1970, 1, 1, tzinfo=UTC)
    expected_ns = since_epoch.days * 86400 * 10**9
    expected_ns += since_epoch.seconds * 10**9 + since_epoch.microseconds * 1000
    assert instant_ns(instant, now_ns=0, origin="since") == expected_ns
    assert instant_ns(instant.isoformat(), now_ns=0, origin="since") == expected_ns


@given(st.text(max_size=20))
def test_any_text_is_an_instant_or_one_clear_error(text: str) -> None:
    problem = None
    try:
        instant_ns(text, now_ns=NOW_NS, origin="--since")
    except ArgumentError as error:
        problem = str(error)
    assert problem is None or problem.startswith("--since: `")


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "10", "1 h", "--1h", "1h-", "h", "1" * 400 + "h", "9" * 12],
)
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not an instant"):
        instant_ns(text, now_ns=NOW_NS, origin="since")


@pytest.mark.parametrize("text", ["1600-01-01", "2300-01-01", "999999999w"])
def test_what_is_too_far(text: str) -> None:
    with pytest.raises(ArgumentError, match="not between the years"):
        instant_ns(text, now_ns=NOW_NS, origin="since")


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("1d", 86400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration_s(text, origin="--duration") == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "-1s", "1y", "s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not a duration"):
        duration_s(text, origin="--duration")
