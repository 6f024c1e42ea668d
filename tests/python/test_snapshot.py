"""Snapshots: every kind's columns, expositions that Prometheus' own reader takes, bytes."""

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from logagent._core import Plan, Scanner, Snapshot

CONFIG = """
[[source]]
name = "web"
format = '$status $request_time $remote_addr [$time_local]'
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
quantiles = [0.0, 0.5]
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
# The latest record stands in the middle.
LINES = b"""200 0.05 10.0.0.1 [10/Oct/2024:13:55:36 +0000]
404 2.5 10.0.0.2 [10/Oct/2024:13:55:38 +0000]
200 0.5 10.0.0.1 [10/Oct/2024:13:55:37 +0000]
"""


def count(lines: bytes = LINES) -> tuple[Plan, Snapshot]:
    plan = Plan.from_toml(CONFIG, origin="test")
    scanner = Scanner(plan)
    scanner.scan(lines)
    return plan, scanner.take()


def test_columns_of_every_kind() -> None:
    _, snapshot = count()
    requests, last, histogram, quantiles, clients, top = (snapshot.series(i) for i in range(6))
    assert requests == {
        "labels": {"status": ["200", "404"]},
        "count": [2, 1],
        "sums": {"request_time": [0.55, 2.5]},
    }
    assert last == {"labels": {}, "count": [3], "sums": {}, "value": [2.5]}
    assert histogram["buckets"] == {0.1: [1, 0], 1.0: [2, 0]}
    assert histogram["value"] == [0.55, 2.5]
    assert quantiles["quantiles"][0.0] == pytest.approx([0.05], rel=0.01)
    assert quantiles["quantiles"][0.5] == pytest.approx([0.5], rel=0.01)
    assert clients["distinct"] == [2]
    assert top["top"] == [[("10.0.0.1", 2, 0), ("10.0.0.2", 1, 0)]]


def test_prometheus_reads_both_expositions() -> None:
    _, snapshot = count()
    in_text = parser.text_string_to_metric_families(snapshot.exposition("prometheus").decode())
    text = snapshot.exposition("openmetrics").decode()
    in_openmetrics = list(
        openmetrics.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    )
    values, same_values = (
        # Bounds and quantiles are written differently, by the rules of each format.
        [
            (sample.name, sample.labels.get("status"), sample.value)
            for family in families
            for sample in family.samples
        ]
        for families in (in_text, in_openmetrics)
    )
    assert values == same_values
    assert ("requests_total", "200", 2.0) in values
    types = {family.name: family.type for family in in_openmetrics}
    assert types == {
        "clients": "gauge",
        "duration_seconds": "histogram",
        "last_seconds": "gauge",
        "quantile_seconds": "summary",
        "requests": "counter",
        "requests_request_time": "counter",
        "top_clients": "gauge",
    }
    with pytest.raises(ValueError, match="`prometheus` and `openmetrics`"):
        snapshot.exposition("influx")


def test_bytes_go_to_another_process_and_back() -> None:
    plan, snapshot = count()
    read = Snapshot.from_bytes(plan, snapshot.to_bytes())
    assert read.to_bytes() == snapshot.to_bytes()
    assert read.lines == 3
    read.merge(snapshot)
    assert read.series(4)["distinct"] == [2]
    assert read.series(0)["count"] == [4, 2]
    with pytest.raises(ValueError, match="damaged"):
        Snapshot.from_bytes(plan, snapshot.to_bytes()[:-1])
