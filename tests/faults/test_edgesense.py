"""edgesense's day: objects in S3, told by SQS, counted every five minutes into CloudWatch."""

import json
import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.far_end import FarEnd
from tests.faults.scale import pick
from tests.faults.test_cloudwatch import NeverFails, failing_proxy
from tests.faults.test_cron import run
from tests.python.sources.cloud import REGION, Cloud, put
from tests.python.sources.conftest import bucket, cloud, moto
from tests.python.sources.datastream import BEGIN_S, LINES, Seen, imported_rules, lines
from tests.python.sources.flaky import before

__all__ = ["bucket", "cloud", "moto"]  # fixtures

OBJECTS = pick(24, 1000)
RUNS = pick(2, 20)
WINDOW_SECONDS = 300
OBJECT_SECONDS = 40
"""Between the times of two objects."""
NAMESPACE = "edge"

Value = tuple[int, str, str, str, str]
"""Start of the window, name of the metric, ResponseCode, Host, UrlPatternId."""


def expected_of(seen: Seen) -> list[Value]:
    """What edgesense counts of a line."""
    start = seen.unix_seconds - seen.unix_seconds % WINDOW_SECONDS
    family = seen.status[0]
    found = [
        (f"Response_{family}XX", f"{family}00"),
        ("ResponseCountTotal", seen.status),
        *([("Response_404", "404")] if seen.status == "404" else []),
    ]
    return [(start, name, code, seen.host, seen.group) for name, code in found]


def configure(directory: Path, *, s3: str, queue: str, cloudwatch: str) -> Path:
    config = directory / "config.toml"
    config.write_text(f"""
[agent]
state_dir = {json.dumps(str(directory / "state"))}
slot = "1m"
[[source]]
name = "cdn"
type = "s3"
bucket = "logs"
queue = "{queue}"
endpoint = "{s3}"
visibility = "2s"
format = "akamai_datastream1"
{imported_rules(directory)}
[[metric]]
name = "responses_total"
labels = ["status", "vhost", "url_group"]
[[sink]]
name = "cloudwatch"
type = "cloudwatch"
preset = "edgesense"
every = "5m"
lateness = "12h"
namespace = "{NAMESPACE}"
region = "{REGION}"
endpoint_url = "{cloudwatch}"
dimensions = {{ UrlPatternId = "url_group" }}
""")
    return config


def sums(cloud: Cloud, expected: Counter[Value]) -> Counter[Value]:
    """What CloudWatch adds up, of the series that are expected."""
    client = cloud.client("cloudwatch")
    found: Counter[Value] = Counter()
    # Moto takes a minute to list them.
    series = {place[1:] for place in expected}
    starts = [place[0] for place in expected]
    for name, *values in series:
        dimensions = zip(("ResponseCode", "Host", "UrlPatternId"), values, strict=True)
        answer = client.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions],
            StartTime=datetime.fromtimestamp(min(starts) - WINDOW_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(max(starts) + 2 * WINDOW_SECONDS, UTC),
            Period=WINDOW_SECONDS,
            Statistics=["Sum"],
        )
        for point in answer["Datapoints"]:
            start = int(point["Timestamp"].timestamp())
            found[start, name, values[0], values[1], values[2]] += int(point["Sum"])
    return found


def test_the_sums_of_a_day_are_exact(
    tmp_path: Path, cloud: Cloud, bucket: object, choose: random.Random
) -> None:
    """Calls fail and are throttled, notifications come twice, objects come late."""
    sqs = cloud.client("sqs")
    queue: str = sqs.create_queue(QueueName="cdn")["QueueUrl"]
    address = cloud.url.removeprefix("http://")
    expected: Counter[Value] = Counter()
    seconds = 0.0
    with before(cloud.url) as proxy, FarEnd(failing_proxy(address, choose)) as far_end:
        there = {"s3": proxy.url, "queue": queue.replace(cloud.url, proxy.url)}
        config = configure(tmp_path, **there, cloudwatch=far_end.url)
        for number in range(OBJECTS):
            content = b""
            late_s = choose.randrange(3600) if number % 7 == 0 else 0
            at_s = max(BEGIN_S + number * OBJECT_SECONDS - late_s, BEGIN_S)
            for line, seen in lines(choose, begin_s=at_s):
                content += line + b"\n"
                expected.update(expected_of(seen))
            told = put(bucket, f"ds/{number:05}.gz", content)
            for _ in range(2 if number % 10 == 0 else 1):
                sqs.send_message(QueueUrl=queue, MessageBody=told)
            if number % 50 == 49:  # of an object that was counted before
                sqs.send_message(QueueUrl=queue, MessageBody=told)
            if number % (OBJECTS // RUNS) == 0:
                proxy.share = 0.1
                began = time.monotonic()
                run(config)
                seconds += time.monotonic() - began
        proxy.share = 0.0
        far_end.answer = failing_proxy(address, NeverFails())
        began = time.monotonic()
        assert run(config) == 0
        seconds += time.monotonic() - began
        assert run(config) == 0, "what is in work comes again, and counts nothing"
    print(  # noqa: T201 - figures of the long form
        f"{OBJECTS} objects, {OBJECTS * LINES} lines in {seconds:.1f} s of {RUNS + 1} runs; "
        f"{proxy.failures} failures of S3 and SQS, {len(far_end.taken)} requests to CloudWatch"
    )
    assert proxy.failures > 0
    assert sums(cloud, expected) == expected
