"""The cron job against CloudWatch as moto plays it, through a proxy that throttles and fails."""

import http.client
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.faults.far_end import Answer, FarEnd, Taken
from tests.faults.scale import pick
from tests.faults.test_cron import configure, first_group, run
from tests.faults.traffic import WINDOW_SECONDS, Key, Traffic
from tests.python.process import logagent

START = 1_795_000_010
NAMESPACE = "proxies"


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that plays CloudWatch."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("POST", "/moto-api/reset")  # what it plays is kept in this process
    connection.getresponse().read()
    connection.close()
    yield f"{host}:{port}"
    server.stop()


def sums(address: str) -> dict[Key, int]:
    """What CloudWatch adds up for each window and series."""
    client = boto3.client("cloudwatch", region_name="eu-west-1", endpoint_url=f"http://{address}")
    metrics = client.list_metrics(Namespace=NAMESPACE, MetricName="requests")["Metrics"]
    series = {
        tuple((one["Name"], one["Value"]) for one in metric["Dimensions"]) for metric in metrics
    }
    found: dict[Key, int] = {}
    for dimensions in series:
        labels = dict(dimensions)
        answer = client.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName="requests",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
            StartTime=datetime.fromtimestamp(START - 400, UTC),
            EndTime=datetime.fromtimestamp(START + 4000, UTC),
            Period=WINDOW_SECONDS,
            Statistics=["Sum"],
        )
        for point in answer["Datapoints"]:
            start = int(point["Timestamp"].timestamp())
            found[start, labels["ResponseCode"], labels["url_group"]] = int(point["Sum"])
    return found


def failing_proxy(address: str, choose: random.Random) -> Any:  # noqa: ANN401 - a closure
    """Hands requests on to moto, but for some that are throttled, fail or get no answer."""

    def answer(taken: Taken) -> Answer:
        match choose.randrange(6):
            case 0:
                return refusal(taken, 400, "Throttling")
            case 1:
                return refusal(taken, 503, "ServiceUnavailable")
            case 2:
                return None  # before CloudWatch has seen it
        connection = http.client.HTTPConnection(address, timeout=30)
        connection.request("POST", taken.path, taken.body, taken.headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, {}, body

    return answer


def refusal(taken: Taken, status: int, code: str) -> Answer:
    """An error in the protocol of the request."""
    if "json" in taken.headers.get("content-type", ""):
        body = f'{{"__type":"{code}","message":"as if"}}'
        return status, {"x-amzn-query-error": f"{code};Sender"}, body.encode()
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>as if</Message></Error>"
    return status, {}, f"<ErrorResponse>{error}</ErrorResponse>".encode()


def test_sums_are_exact_though_calls_are_throttled_and_fail(
    tmp_path: Path, moto: str, choose: random.Random
) -> None:
    traffic = Traffic(tmp_path / "access.log", choose, start=START)
    traffic.group = first_group
    with FarEnd(failing_proxy(moto, choose)) as far_end:
        sink = (
            f'namespace = "{NAMESPACE}"\nregion = "eu-west-1"\nendpoint_url = "{far_end.url}"\n'
            'dimensions = { ResponseCode = "status" }'
        )
        config = configure(tmp_path, sink, metric="", type="cloudwatch")
        for _ in range(pick(4, 60)):
            traffic.append(100, seconds=20, late_seconds=60)
            run(config)
        far_end.answer = failing_proxy(moto, NeverFails())
        assert run(config) == 0
    assert sums(moto) == {key: lines for key, (lines, _) in traffic.sums().items()}


class NeverFails(random.Random):
    """Chooses what hands a request on."""

    def randrange(self, *_: Any, **__: Any) -> int:  # noqa: ANN401 - as in the library
        return 5


def test_bad_credentials_are_said_and_nothing_is_lost(
    tmp_path: Path, moto: str, choose: random.Random
) -> None:
    traffic = Traffic(tmp_path / "access.log", choose, start=START)
    traffic.group = first_group
    traffic.append(20, seconds=20)
    with FarEnd(lambda taken: refusal(taken, 403, "InvalidClientTokenId")) as far_end:
        sink = (
            f'namespace = "{NAMESPACE}"\nregion = "eu-west-1"\nendpoint_url = "{far_end.url}"\n'
            'dimensions = { ResponseCode = "status" }'
        )
        config = configure(tmp_path, sink, metric="", type="cloudwatch")
        process = logagent("scan", "-c", config, "--incremental")
        said = process.stderr.decode()
        assert process.returncode == 1
        assert "1 frame is left to the next run: CloudWatch: as if (InvalidClientTokenId)" in said
        assert "InvalidClientTokenId" in said
        assert "Traceback" not in said
        far_end.answer = failing_proxy(moto, NeverFails())
        assert run(config) == 0
    assert sums(moto) == {key: lines for key, (lines, _) in traffic.sums().items()}
