"""Amazon CloudWatch: PutMetricData, with one namespace per sink.

The API is that of AWS's "Amazon CloudWatch API Reference", PutMetricData: values for the same
metric, dimensions and time add up, a request has at most 1,000 of them and 1 MB.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, ClassVar

import orjson

from logagent import aws, posting
from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem
from logagent.sinks.sink import COMMON_OPTIONS, Frame, Mode, Refused, Retry, Window, batched

_MOST_METRICS = 1_000
_MOST_BYTES = 256 << 10
"""As JSON; in the requests of some protocols a value takes up to four times as much."""
_MOST_DIMENSIONS = 30
_MOST_CHARACTERS = 1_024
_ATTEMPTS = 3
_MINUTE = 60

EDGESENSE = "edgesense"
_EDGESENSE_DIMENSIONS = {
    "ResponseCode": "status",
    "Host": "vhost",
    "UrlPatternId": "url_pattern_id",
}
_REFUSED = frozenset(
    {
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "MissingParameter",
        "InvalidFormat",
        "ValidationError",
        "RequestEntityTooLarge",
        "RequestEntityTooLargeException",
    }
)
"""Errors that the same values would meet again."""


class CloudWatch:
    """A namespace."""

    OPTIONS: ClassVar[Sequence[Option]] = (
        Option("namespace", Holds.TEXT, "The namespace of all metrics.", is_required=True),
        Option("region", Holds.TEXT, "The region; else what the environment says."),
        Option("profile", Holds.TEXT, "The profile of the AWS configuration."),
        Option("endpoint_url", Holds.TEXT, "Another server than AWS's, for tests."),
        Option("ca_file", Holds.TEXT, "Certificates (PEM) that the server's has to come from."),
        Option(
            "preset",
            Holds.TEXT,
            "`edgesense` gives counters edgesense's names: `Response_2XX`, `Response_3XX`, "
            "`Response_4XX`, `Response_404` (in `Response_4XX` too), `Response_5XX` and "
            "`ResponseCountTotal`, with the dimensions ResponseCode, Host and UrlPatternId.",
            choices=(EDGESENSE,),
        ),
        Option(
            "dimensions",
            Holds.NAMES,
            'Names of dimensions and the labels that they are, as `{ Host = "vhost" }`; other '
            "labels keep their names. With the preset, ResponseCode is `status`, Host `vhost` and "
            "UrlPatternId `url_pattern_id`, unless this says otherwise.",
            default={},
        ),
        Option(
            "timeout",
            Holds.DURATION,
            "How long connecting, and each answer, may take.",
            default=10.0,
            least=0.1,
            most=300,
        ),
        *COMMON_OPTIONS,
    )
    mode: ClassVar[Mode] = Mode.ADDS

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """Labels that are there, dimensions that are not too many, and the package."""
        if find_spec("boto3") is None:
            hint = "pip install logagent[aws]"
            yield problem(table, "type", "missing-package", "the package boto3 is missing", hint)
        url = options["endpoint_url"]
        if url is not None and not url.startswith(("http://", "https://")):
            yield problem(
                table, "endpoint_url", "bad-value", "`endpoint_url` is a URL, with https://"
            )
        yield from posting.ca_problems(table, options)
        metrics = [one for one in described["metrics"] if one["name"] in table["metrics"]]
        for metric in metrics:
            if len(metric["labels"]) > _MOST_DIMENSIONS:
                message = f"`{metric['name']}` has more than {_MOST_DIMENSIONS} labels"
                yield problem(table, "metrics", "bad-value", message)
            if options["preset"] == EDGESENSE:
                yield from _edgesense_problems(table, options, metric)

    def __init__(self, _name: str, options: Mapping[str, Any]) -> None:
        self._options = options
        self._client: Any = None
        self._names = {label: name for name, label in options["dimensions"].items()}
        self._sequence = -1
        self._done = 0
        self._refused: list[str] = []

    def frames(self, windows: Iterable[Window]) -> Iterator[Frame]:
        """Lists of metrics, as JSON."""
        if self._options["preset"] == EDGESENSE:
            places = {**_EDGESENSE_DIMENSIONS, **self._options["dimensions"]}
            found = (datum for window in windows for datum in _edgesense(window, places))
        else:
            found = (datum for window in windows for datum in self._metrics(window))
        texts = (orjson.dumps(datum) for datum in found)
        for metrics in batched(texts, most=_MOST_METRICS, most_bytes=_MOST_BYTES):
            yield Frame(b"[" + b",".join(metrics) + b"]", len(metrics))

    def send(self, frame: bytes, sequence: int) -> None:
        """Put the metrics; what was put of a frame is not put again while the process lives."""
        metrics = orjson.loads(frame)
        for metric in metrics:
            metric["Timestamp"] = datetime.fromtimestamp(metric["Timestamp"], UTC)
        if sequence != self._sequence:
            self._sequence, self._done, self._refused = sequence, 0, []
        self._put(metrics, 0, len(metrics))
        if self._refused:
            text = f"CloudWatch refused {len(self._refused)} values: {self._refused[0]}"
            raise Refused(text, points=len(self._refused))

    def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _metrics(self, window: Window) -> Iterator[dict[str, Any]]:
        for labels, values in window.series():
            dimensions = {self._names.get(name, name): text for name, text in labels.items()}
            for name, value in _values(window, values):
                yield _datum(window, name, dimensions, value)

    def _put(self, metrics: Sequence[Mapping[str, Any]], start: int, end: int) -> None:
        """Put those from `start` to before `end`; those of a request that is refused in halves."""
        start = max(start, self._done)
        if start >= end:
            return
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        try:
            self._connected().put_metric_data(
                Namespace=self._options["namespace"], MetricData=metrics[start:end]
            )
        except ClientError as error:
            said = aws.refusal(error)
            if aws.code(error) not in _REFUSED:
                raise Retry(f"CloudWatch: {said}") from None
        except ParamValidationError as error:
            said = " ".join(str(error).split())
        except (BotoCoreError, OSError) as error:
            raise Retry(f"CloudWatch: {aws.failure(error)}") from None
        else:
            self._done = end
            return
        if end - start == 1:
            self._refused.append(said)
            self._done = end
            return
        middle = (start + end) // 2
        self._put(metrics, start, middle)
        self._put(metrics, middle, end)

    def _connected(self) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
        if self._client is None:
            import boto3
            from botocore.config import Config

            options = self._options
            session = boto3.Session(profile_name=options["profile"], region_name=options["region"])
            retries = {"mode": "adaptive", "total_max_attempts": _ATTEMPTS}
            config = Config(
                retries=retries,
                connect_timeout=options["timeout"],
                read_timeout=options["timeout"],
            )
            self._client = session.client(
                "cloudwatch",
                endpoint_url=options["endpoint_url"],
                verify=options["ca_file"],
                config=config,
            )
        return self._client


def _edgesense_problems(
    table: Table, options: Mapping[str, Any], metric: Mapping[str, Any]
) -> Iterator[Problem]:
    if metric["type"] != "counter" or metric["value"] is not None:
        message = f"the preset takes counters of requests only, not `{metric['name']}`"
        hint = "name those in `metrics`"
        yield problem(table, "metrics", "bad-value", message, hint)
        return
    for name, label in {**_EDGESENSE_DIMENSIONS, **options["dimensions"]}.items():
        if label not in metric["labels"]:
            message = f"`{metric['name']}` has no label `{label}`, which is to be {name}"
            hint = "add the label, or say in `dimensions` which one it is"
            yield problem(table, "dimensions", "bad-value", message, hint)


def _edgesense(window: Window, places: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The values that edgesense sends: by family of status, and by status."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for labels, values in window.series():
        status, host, pattern = (
            labels.get(places[name], "-") for name in ("ResponseCode", "Host", "UrlPatternId")
        )
        family = status[:1]
        if family in "2345":
            counts[f"Response_{family}XX", f"{family}00", host, pattern] += values["count"]
        if status == "404":
            counts["Response_404", "404", host, pattern] += values["count"]
        counts["ResponseCountTotal", status, host, pattern] += values["count"]
    for (name, code, host, pattern), count in counts.items():
        dimensions = {"ResponseCode": code, "Host": host, "UrlPatternId": pattern}
        yield _datum(window, name, dimensions, {"Value": count, "Unit": "Count"})


def _values(window: Window, values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of metrics, and a value or a statistic set of each."""
    name, count = window.metric, values["count"]
    value = values.get("value")
    if window.type == "distinct":
        yield name, {"Value": values["distinct"], "Unit": "Count"}
    elif window.type == "gauge":
        yield name, {"Value": value}
    elif value is None:
        yield name, {"Value": count, "Unit": "Count"}
    else:
        least, most = _bounds(values, value / count)
        yield (
            name,
            {
                "StatisticValues": {
                    "SampleCount": count,
                    "Sum": value,
                    "Minimum": least,
                    "Maximum": most,
                }
            },
        )
    for field, total in values.get("sums", {}).items():
        yield f"{name}_{field}", {"Value": total}


def _bounds(values: Mapping[str, Any], mean: float) -> tuple[float, float]:
    """The least and the greatest value as far as buckets tell; the mean where they do not."""
    buckets = {float(bound): count for bound, count in values.get("buckets", {}).items()}
    below = [bound for bound, count in buckets.items() if count == 0]
    above = [bound for bound, count in buckets.items() if count == values["count"]]
    least = max(below, default=mean)
    most = min(above, default=mean)
    return min(least, mean), mean if math.isinf(most) else max(most, mean)


def _datum(
    window: Window, name: str, dimensions: Mapping[str, str], value: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [
            {"Name": key, "Value": _dimension(text)} for key, text in dimensions.items()
        ],
        "Timestamp": window.start,
        "StorageResolution": _MINUTE if (window.end - window.start) % _MINUTE == 0 else 1,
        **value,
    }


def _dimension(text: str) -> str:
    """A value that CloudWatch takes: ASCII, not blank, not with a colon first.

    Two values may become one: their counts are added then.
    """
    plain = text.encode("ascii", "backslashreplace").decode()[:_MOST_CHARACTERS]
    if plain.startswith(":"):
        plain = "_" + plain[:-1] if len(plain) == _MOST_CHARACTERS else "_" + plain
    return plain if plain.strip() else "-"
