"""edgesense's day: objects of DataStream in S3, told by SQS, counted by group, host and status."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import scale
from tests.python.daemon.running import Running, running
from tests.python.process import logagent
from tests.python.sources.cloud import Client, Cloud, put
from tests.python.sources.datastream import LINES, imported_rules, lines
from tests.python.sources.flaky import before
from tests.python.waiting import wait_until

OBJECTS = scale.pick(40, 1000)
KILLS = scale.pick(2, 20)


def configure(directory: Path, url: str, queue: str) -> Path:
    """By edgesense's own table of rules."""
    rules = imported_rules(directory)
    config = directory / "config.toml"
    config.write_text(
        f"""\
[agent]
listen = "127.0.0.1:0"
state_dir = {json.dumps(str(directory / "state"))}
commit_interval = "200ms"

[[source]]
name = "cdn"
type = "s3"
queue = "{queue}"
bucket = "logs"
visibility = "5s"
endpoint = "{url}"
format = "akamai_datastream1"

{rules}

[[metric]]
name = "responses_total"
labels = ["status", "vhost", "url_group"]
"""
    )
    return config


def counted(service: Running) -> Counter[tuple[str, ...]]:
    samples = (
        sample
        for family in service.families()
        for sample in family.samples
        if sample.name == "responses_total"
    )
    names = ("status", "vhost", "url_group")
    return Counter({tuple(one.labels[name] for name in names): int(one.value) for one in samples})


@contextmanager
def queue_of(cloud: Cloud) -> Iterator[str]:
    sqs = cloud.client("sqs")
    url: str = sqs.create_queue(QueueName="cdn")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def test_edgesenses_counts_are_exact_through_failures_and_kills(
    tmp_path: Path, cloud: Cloud, bucket: Client
) -> None:
    choose = scale.choices("edgesense")
    expected: Counter[tuple[str, ...]] = Counter()
    sqs = cloud.client("sqs")
    with queue_of(cloud) as queue, before(cloud.url) as proxy:
        config = configure(tmp_path, proxy.url, queue.replace(cloud.url, proxy.url))
        for number in range(OBJECTS):
            content = b""
            for line, seen in lines(choose):
                content += line + b"\n"
                expected[seen[1:]] += 1
            body = put(bucket, f"ds/{number:05}.gz", content)
            for _ in range(2 if number % 10 == 0 else 1):
                sqs.send_message(QueueUrl=queue, MessageBody=body)
        proxy.share = 0.1
        began = time.monotonic()
        for kill in range(KILLS):
            with running(config) as service:
                least = OBJECTS * LINES * (kill + 1) // (KILLS + 2)
                wait_until(lambda s=service, n=least: sum(counted(s).values()) >= n)  # type: ignore[misc]
                service.end(signal.SIGKILL)
        with running(config) as service:
            wait_until(lambda: sum(counted(service).values()) >= sum(expected.values()))
            assert counted(service) == expected
            proxy.share = 0.0
            wait_until(lambda: waiting(cloud, queue) == 0)
            assert counted(service) == expected
            assert service.end() == 0
        print(f"{OBJECTS} objects in {time.monotonic() - began:.0f} s, {proxy.failures} failures")  # noqa: T201


def waiting(cloud: Cloud, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
    return sum(int(answer["Attributes"][name]) for name in names)


@pytest.mark.usefixtures("bucket")
def test_a_far_end_that_is_away_is_waited_for(tmp_path: Path, cloud: Cloud) -> None:
    with queue_of(cloud) as queue, before(cloud.url) as proxy:
        config = configure(tmp_path, proxy.url, queue.replace(cloud.url, proxy.url))
        proxy.is_down = True
        with running(config) as service:
            wait_until(lambda: service.value("logagent_source_up", source="cdn") == 0)
            wait_until(lambda: service.status()["problems"])
            (problem,) = service.status()["problems"]
            assert problem["source"] == "cdn"
            assert "\n" not in problem["message"]
            proxy.is_down = False
            wait_until(lambda: service.value("logagent_source_up", source="cdn") == 1)
            assert service.status()["problems"] == []
            assert service.value("logagent_source_retries_total", source="cdn") > 0
            assert service.end() == 0


def test_a_cron_run_drains_a_queue(tmp_path: Path, cloud: Cloud, bucket: Client) -> None:
    sqs = cloud.client("sqs")
    with queue_of(cloud) as queue:
        config = configure(tmp_path, cloud.url, queue)
        choose = scale.choices("cron")
        for run in range(2):
            for number in range(3):
                content = b"".join(line + b"\n" for line, _ in lines(choose))
                sqs.send_message(
                    QueueUrl=queue, MessageBody=put(bucket, f"{run}/{number}.gz", content)
                )
            process = logagent("scan", "-c", config, "--incremental")
            assert process.returncode == 0, process.stderr.decode()
            assert waiting(cloud, queue) == 0
        with running(config) as service:
            assert sum(counted(service).values()) == 2 * 3 * LINES
            assert service.end() == 0
    process = logagent("scan", "-c", config, "--incremental")
    assert process.returncode == 1
    assert b"does not exist" in process.stderr


def test_a_single_scan_says_what_it_does_not_read(tmp_path: Path) -> None:
    config = configure(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:1/1/q")
    process = logagent("scan", "-c", config)
    assert process.returncode == 2
    assert b"or --incremental to read `cdn` (s3)" in process.stderr
    (tmp_path / "line").write_bytes(next(lines(scale.choices("one")))[0] + b"\n")
    process = logagent("scan", "-c", config, tmp_path / "line")
    assert process.returncode == 0, process.stderr.decode()
