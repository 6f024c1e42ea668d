"""What CloudWatch is sent; how it takes that is in tests/faults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from logagent.config import load
from logagent.errors import ConfigError
from logagent.sinks.cloudwatch import CloudWatch
from logagent.sinks.sink import Refused, Retry, Window

DEFAULTS: Mapping[str, Any] = {option.name: option.default for option in CloudWatch.OPTIONS}


def window(type: str = "counter", **columns: Any) -> Window:  # noqa: A002, ANN401
    return Window(600, 900, "requests", type, tuple(columns["labels"]), columns)


def sent(sink: CloudWatch, *windows: Window) -> list[dict[str, Any]]:
    return [datum for frame in sink.frames(windows) for datum in orjson.loads(frame.body)]


def sink(**options: Any) -> CloudWatch:  # noqa: ANN401
    return CloudWatch("cw", {**DEFAULTS, "namespace": "test", **options})


def test_counts_are_values_and_values_are_statistic_sets() -> None:
    one = window(labels={"status": ["200"]}, count=[5], sums={"bytes": [70]})
    value = window(labels={"status": ["200"]}, count=[4], value=[10.0])
    histogram = window(
        "histogram",
        labels={},
        count=[4],
        value=[10.0],
        buckets={"1": [0], "2": [1], "5": [4], "10": [4]},
    )
    dimensions = [{"Name": "status", "Value": "200"}]
    common = {"Timestamp": 600, "StorageResolution": 60}
    assert sent(sink(), one, value, histogram) == [
        {"MetricName": "requests", "Dimensions": dimensions, "Value": 5, "Unit": "Count", **common},
        {"MetricName": "requests_bytes", "Dimensions": dimensions, "Value": 70, **common},
        {
            "MetricName": "requests",
            "Dimensions": dimensions,
            "StatisticValues": {"SampleCount": 4, "Sum": 10.0, "Minimum": 2.5, "Maximum": 2.5},
            **common,
        },
        {
            "MetricName": "requests",
            "Dimensions": [],
            "StatisticValues": {"SampleCount": 4, "Sum": 10.0, "Minimum": 1.0, "Maximum": 5.0},
            **common,
        },
    ]


@pytest.mark.parametrize(
    ("text", "dimension"),
    [("", "-"), (" ", "-"), (":x", "_:x"), ("é", "\\xe9"), ("a" * 2000, "a" * 1024)],
)
def test_dimensions_are_what_cloudwatch_takes(text: str, dimension: str) -> None:
    (datum,) = sent(sink(), window(labels={"page": [text]}, count=[1]))
    assert datum["Dimensions"] == [{"Name": "page", "Value": dimension}]


def test_absent_labels_are_no_dimensions_and_others_may_have_other_names() -> None:
    found = window(labels={"vhost": ["a"], "page": [None]}, count=[1])
    (datum,) = sent(sink(dimensions={"Host": "vhost"}), found)
    assert datum["Dimensions"] == [{"Name": "Host", "Value": "a"}]


def test_edgesense_has_its_names() -> None:
    labels = {
        "status": ["200", "206", "404", "403", "503", "200"],
        "vhost": ["a", "a", "a", "a", "a", None],
        "url_pattern_id": ["7", "7", "7", "7", "7", "7"],
        "method": ["GET", "GET", "GET", "GET", "GET", "GET"],
    }
    found = {
        (datum["MetricName"], *(one["Value"] for one in datum["Dimensions"])): datum["Value"]
        for datum in sent(sink(preset="edgesense"), window(labels=labels, count=[1, 2, 3, 4, 5, 6]))
    }
    assert found == {
        ("Response_2XX", "200", "a", "7"): 3,
        ("Response_2XX", "200", "-", "7"): 6,
        ("Response_4XX", "400", "a", "7"): 7,
        ("Response_404", "404", "a", "7"): 3,
        ("Response_5XX", "500", "a", "7"): 5,
        ("ResponseCountTotal", "200", "a", "7"): 1,
        ("ResponseCountTotal", "206", "a", "7"): 2,
        ("ResponseCountTotal", "404", "a", "7"): 3,
        ("ResponseCountTotal", "403", "a", "7"): 4,
        ("ResponseCountTotal", "503", "a", "7"): 5,
        ("ResponseCountTotal", "200", "-", "7"): 6,
    }


def test_a_request_has_a_thousand_metrics_at_most() -> None:
    pages = [str(number) for number in range(2500)]
    frames = [*sink().frames([window(labels={"page": pages}, count=[1] * 2500)])]
    assert [frame.points for frame in frames] == [1000, 1000, 500]


class Client:
    """Takes metrics, but for bad ones, and fails on demand."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.fails_after = 10**9

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        from botocore.exceptions import ClientError

        assert Namespace == "test"
        names = [datum["Dimensions"][0]["Value"] for datum in MetricData]
        if len(self.taken) >= self.fails_after:
            raise ClientError({"Error": {"Code": "Throttling"}}, "PutMetricData")
        if "bad" in names:
            raise ClientError({"Error": {"Code": "InvalidParameterValue"}}, "PutMetricData")
        self.taken += names


def test_a_bad_value_is_found_and_nothing_is_put_twice() -> None:
    names = [*"abcdefg", "bad", *"hij"]
    one = sink()
    (frame,) = one.frames([window(labels={"page": names}, count=[1] * len(names))])
    client = one._client = Client()
    client.fails_after = 6
    with pytest.raises(Retry, match="Throttling"):
        one.send(frame.body, 1)
    client.fails_after = 10**9
    with pytest.raises(Refused, match=r"refused 1 values: .*InvalidParameterValue") as caught:
        one.send(frame.body, 1)
    assert caught.value.points == 1
    assert client.taken == [*"abcdefghij"]


def test_what_is_wrong_is_said_with_its_place(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("""
[[metric]]
name = "requests"
labels = ["status"]
[[sink]]
name = "cw"
type = "cloudwatch"
preset = "edgesense"
namespace = "x"
dimensions = { Host = "method" }
""")
    with pytest.raises(ConfigError) as caught:
        load(config)
    said = [(problem.line, problem.message) for problem in caught.value.problems]
    assert said == [
        (10, "`requests` has no label `method`, which is to be Host"),
        (10, "`requests` has no label `url_pattern_id`, which is to be UrlPatternId"),
    ]
