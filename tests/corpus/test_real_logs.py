"""Counts of real logs are the oracle's, for any number of threads."""

import re
from pathlib import Path

import pytest

import logagent
from tests.python import oracle
from tests.python.agree import assert_agree

BY = ("method", "status", "section")
QUOTED = rb'(?:[^"\\]|\\.)*'
NUMBER = rb"(?:-|-?[0-9]+(?:\.[0-9]+)?)"
GONX = re.compile(
    rb'(?P<remote_addr>[^ ]+) \[(?P<time>[^\]]*)\] "(?P<request>' + QUOTED + rb')" '
    rb"(?P<status>-|[0-9]+) (?P<bytes_in>-|[0-9]+) (?P<bytes>-|[0-9]+) (?P<request_time>"
    + NUMBER
    + rb') "(?P<image_profile>'
    + QUOTED
    + rb')" (?P<image_width>[^ ]+) (?P<image_height>[^ ]+)\Z',
    re.DOTALL,
)
GONX_NGINX = (
    '$remote_addr [$time_local] "$request" $status $request_length $body_bytes_sent $request_time'
    ' "$image_profile" $image_width $image_height'
)
FORWARDED = re.compile(
    oracle.COMBINED.pattern.removesuffix(rb"\Z") + rb' "(?P<forwarded>' + QUOTED + rb')"\Z',
    re.DOTALL,
)
FORWARDED_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent" "$http_x_forwarded_for"'
)

LOGS = {
    "elastic_apache_logs.log": ("combined", oracle.COMBINED),
    "elastic_nginx_logs_14575.log": ("combined", oracle.COMBINED),
    "nasa_aug95_altered_5000.log": ("common", oracle.COMMON),
    "lnav_shop_1000.log": (FORWARDED_NGINX, FORWARDED),
    "gonx_example_access.log": (GONX_NGINX, GONX),
    "scan_w3af.txt": ("combined", oracle.COMBINED),
    "netdata/common.log": ("common", oracle.COMMON),
    "netdata/full.log": ("common", oracle.COMMON),
    "webreadr/combined_log.clf": ("combined", oracle.COMBINED),
    "webreadr/log.clf": ("common", oracle.COMMON),
}


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("name", LOGS)
def test_counts(shared: Path, name: str, threads: int) -> None:
    log_format, pattern = LOGS[name]
    path = shared / "logs" / name
    result = logagent.scan(path, log_format, by=BY, sum=["bytes"], threads=threads)
    assert_agree(result, oracle.count(path.read_bytes(), pattern, BY, ["bytes"]))


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("elastic_apache_logs.log", ("path", "query")),
        ("elastic_apache_logs.log", ("user_agent",)),
        ("elastic_nginx_logs_14575.log", ("remote_addr", "referer")),
        ("nasa_aug95_altered_5000.log", ("target", "protocol")),
        ("lnav_shop_1000.log", ("path",)),
        ("scan_w3af.txt", ("user", "status_class")),
    ],
)
def test_other_fields(shared: Path, name: str, by: tuple[str, ...]) -> None:
    log_format, pattern = LOGS[name]
    path = shared / "logs" / name
    result = logagent.scan(path, log_format, by=by)
    assert_agree(result, oracle.count(path.read_bytes(), pattern, by))


def test_all_at_once(shared: Path) -> None:
    """Files of one format in one run are the sum of runs of their own."""
    names = [name for name, (log_format, _) in LOGS.items() if log_format == "combined"]
    paths = [shared / "logs" / name for name in names]
    results = [logagent.scan(path, "combined", by=["status"]) for path in paths]
    together = logagent.scan(paths, "combined", by=["status"], threads=3)
    assert together.lines == sum(result.lines for result in results)
    assert together.matched == sum(result.matched for result in results)
    statuses = {group["status"] for result in results for group in result.to_dicts()}
    for status in statuses:
        parts = [
            group["count"]
            for result in [*results, together]
            for group in result.to_dicts()
            if group["status"] == status
        ]
        assert sum(parts[:-1]) == parts[-1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("elastic_apache_logs.log", "combined"),
        ("elastic_nginx_logs_14575.log", "combined"),
        ("nasa_aug95_altered_5000.log", "common"),
    ],
)
def test_detection(shared: Path, name: str, expected: str) -> None:
    path = shared / "logs" / name
    result = logagent.scan(path)
    ((_, detected),) = result.formats
    assert detected.split()[0] == expected
    assert result.matched > 0.9 * result.lines
