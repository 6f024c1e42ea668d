"""Counts by slot as other programs read them: OpenMetrics with time stamps, and line protocol."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics import parser

from logagent._core import Plan, Scan, Scanner
from logagent.sinks.influxdb import window_points
from logagent.sinks.sink import Window

CONFIG = """
[[source]]
name = "web"
format = 'regex:^(?P<time>[0-9]+) (?P<status>[^ ]*) (?P<seconds>[^ ]*) (?P<client>.*)$'
[[metric]]
name = "hits_total"
labels = ["client"]
sums = ["seconds"]
[[metric]]
name = "last_seconds"
type = "gauge"
value = "seconds"
[[metric]]
name = "wait_seconds"
type = "histogram"
value = "seconds"
buckets = [0.00001, 0.1, 1, 1000]
[[metric]]
name = "quantile_seconds"
type = "quantiles"
value = "seconds"
quantiles = [0.5]
[[metric]]
name = "clients"
type = "distinct"
value = "client"
[[metric]]
name = "top_clients"
type = "top"
value = "client"
size = 2
"""
HOSTILE = [
    b'quo"te, and=equals',
    b"ends with \\",
    b"ends with \\\xc2\xa6",
    b"\xff\xfe no UTF-8",
    b"\x1b[31m red \xe2\x80\xae",
    b"x" * 400,
    b"-",
]


def written(log: bytes, form: str, directory: Path, slot_seconds: int = 10) -> bytes:
    """What `write_slots` writes of the counts of a log."""
    path = directory / "a.log"
    path.write_bytes(log)
    plan = Plan.from_toml(CONFIG, origin="test")
    snapshot = Scan(plan, [str(path)], slot_seconds=slot_seconds).run()
    with (directory / "out").open("w+b") as file:
        snapshot.write_slots("influx" if form == "influx" else "openmetrics", file.fileno())
        file.seek(0)
        return file.read()


def test_points_of_every_kind(tmp_path: Path) -> None:
    log = b"11 200 0.5 a\n12 200 0.05 b\n19 200 2 a\n20 200 - c\n"
    points = written(log, "influx", tmp_path).decode().splitlines()
    median = next(float(p.split("q_0.5=")[1].split(" ")[0]) for p in points if "q_0.5=" in p)
    assert median == pytest.approx(0.5, rel=0.01)
    assert [point for point in points if "q_0.5" not in point] == [
        "hits_total,client=a count=2i,sum_seconds=2.5 10000000000",
        "hits_total,client=b count=1i,sum_seconds=0.05 10000000000",
        "hits_total,client=c count=1i,sum_seconds=0 20000000000",
        "last_seconds count=3i,value=2 10000000000",
        "wait_seconds count=3i,value=2.55,le_0.00001=0i,le_0.1=1i,le_1=2i,le_1000=3i 10000000000",
        "clients count=3i,distinct=2i 10000000000",
        "clients count=1i,distinct=1i 20000000000",
        'top_clients count=3i,top_1="a",top_1_count=2i,top_2="b",top_2_count=1i 10000000000',
        'top_clients count=1i,top_1="c",top_1_count=1i 20000000000',
    ]


def parsed(point: str) -> tuple[str, dict[str, float | str], int]:
    """What a point says: measurement with tags, fields, time."""
    match = re.fullmatch(r"((?:\\.|[^ ])+) (.*) ([0-9]+)\n?", point)
    assert match is not None, point
    fields: dict[str, float | str] = {}
    for name, value in re.findall(r'([^=,]+)=("(?:\\.|[^"])*"|[^,]*)', match[2]):
        fields[name] = value if value.startswith('"') else float(value.removesuffix("i"))
    return match[1], fields, int(match[3])


def test_points_are_those_of_the_sink(tmp_path: Path) -> None:
    """What a scan writes replaces what the service sent of the same slots."""
    texts = [b"a", b"b", *HOSTILE[:3]]
    log = b"".join(b"%d 200 0.%d %s\n" % (i, i % 7, texts[i % len(texts)]) for i in range(100))
    written_points = written(log, "influx", tmp_path).decode().splitlines()
    plan = Plan.from_toml(CONFIG, origin="test")
    snapshot = Scan(plan, [str(tmp_path / "a.log")], slot_seconds=10).run()
    rows: dict[tuple[int, int], list[tuple[bytes, bytes]]] = {}
    for metric, start, labels, state in snapshot.slot_rows():
        rows.setdefault((metric, start), []).append((labels, state))
    metrics = plan.describe()["metrics"]
    windows = [
        Window(
            start=start,
            end=start + 10,
            metric=metrics[metric]["name"],
            type=metrics[metric]["type"],
            labels=tuple(metrics[metric]["labels"]),
            columns=plan.columns(metric, own),
        )
        for (metric, start), own in rows.items()
    ]
    sent = [point.decode() for window in windows for point in window_points(window, ())]
    key = repr
    assert sorted(map(parsed, written_points), key=key) == sorted(map(parsed, sent), key=key)


def test_hostile_texts_stay_in_their_place(tmp_path: Path) -> None:
    log = b"".join(b"15 200 0.5 %s\n" % text for text in HOSTILE)
    points = written(log, "influx", tmp_path).decode().splitlines()
    tags = [point.removeprefix("hits_total").rsplit(" ", 2)[0] for point in points[: len(HOSTILE)]]
    assert sorted(tags) == sorted(
        [
            "",
            r",client=quo\"te\,\ and\=equals".replace(r"\"", '"'),
            ",client=ends\\ with\\ \\¦",
            ",client=ends\\ with\\ \\¦¦",
            ",client=\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\\ no\\ UTF-8",
            ",client=\N{REPLACEMENT CHARACTER}[31m\\ red\\ \N{REPLACEMENT CHARACTER}",
            ",client=" + "x" * 128,
        ]
    )
    assert all(point.endswith(" 10000000000") for point in points)


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(
        st.tuples(
            st.one_of(st.integers(0, 300), st.integers(0, 5000)),
            st.sampled_from([b"0.05", b"1", b"7.5", b"-"]),
            st.sampled_from([b"a", b"b", *HOSTILE]),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_history_is_strict_openmetrics(
    records: list[tuple[int, bytes, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A strict reader takes it; in a series stamps ascend, and nothing is lost at its end."""
    log = b"".join(b"%d 200 %s %s\n" % record for record in records)
    directory = tmp_path_factory.mktemp("history")
    lines = written(log, "openmetrics", directory).decode().splitlines(keepends=True)
    # Of a histogram with several stamps this reader drops samples; the texts of `top` take turns.
    text = "".join(line for line in lines if not re.search("wait_seconds|top_clients", line))
    last: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, float]] = {}
    for family in parser.text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            series = (sample.name, tuple(sample.labels.items()))
            at, value = float(sample.timestamp), sample.value
            before, was = last.get(series, (-1.0, 0.0))
            assert at > before
            if family.type == "counter":
                assert value >= was
                assert series in last or value == 0
            last[series] = (at, value)
    hits = [value for (name, _), (_, value) in last.items() if name == "hits_total"]
    assert sum(hits) == len(records)
    end = max(second for second, *_ in records) // 10 * 10 + 10
    assert max(at for at, _ in last.values()) == end


def test_who_does_not_read_on_is_an_error(tmp_path: Path) -> None:
    plan = Plan.from_toml(CONFIG, origin="test")
    (tmp_path / "a.log").write_bytes(b"15 200 0.5 a\n")
    snapshot = Scan(plan, [str(tmp_path / "a.log")], slot_seconds=10).run()
    with Path("/dev/full").open("wb") as full, pytest.raises(OSError, match="No space left"):
        snapshot.write_slots("openmetrics", full.fileno())
    with pytest.raises(OSError, match="Bad file descriptor"):
        snapshot.write_slots("influx", -1)
    with pytest.raises(ValueError, match="openmetrics or influx"):
        snapshot.write_slots("xml", 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not counted by slot"):
        Scanner(plan).take().write_slots("influx", 1)
