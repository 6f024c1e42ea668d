"""Whole files, against what the tests of another tool say of them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import logagent

# Expectations by the name that the field has here.
FIELDS = {
    "method": "method",
    "status": "status",
    "server_port": "server_port",
    "ssl_protocol": "ssl_protocol",
    "ssl_cipher": "ssl_cipher",
    "vhost": "vhost",
    "side": "side",
    "drink": "drink",
    "http_version": "protocol",
}
SUMS = {"sum_bytes": "bytes", "sum_bytes_in": "bytes_in"}


@pytest.fixture(params=["netdata-common", "netdata-full", "netdata-custom"])
def case(shared: Path, request: pytest.FixtureRequest) -> tuple[Path, dict[str, Any]]:
    """A log and what is known of it."""
    text = (shared / "conformance" / "aggregates.jsonl").read_text()
    cases = {one["id"]: one for one in map(json.loads, text.splitlines())}
    one = cases[request.param]
    return shared / "conformance" / one["file"], one


def test_lines(case: tuple[Path, dict[str, Any]]) -> None:
    path, one = case
    result = logagent.scan(path, one["format"], by=[])
    expected = one["expected"]
    assert (result.lines, result.rejected) == (expected["lines"], expected["unmatched"])
    assert result.matched == expected["lines"] - expected["unmatched"]


def test_counts(case: tuple[Path, dict[str, Any]]) -> None:
    path, one = case
    compared = [name for name in one["expected"] if name in FIELDS]
    assert compared
    for name in compared:
        found: Counter[str] = Counter()
        for group in logagent.scan(path, one["format"], by=[FIELDS[name]]).to_dicts():
            value = group[FIELDS[name]]
            found[value.removeprefix("HTTP/") if name == "http_version" else value] += group[
                "count"
            ]
        assert found == one["expected"][name], name


def test_addresses(case: tuple[Path, dict[str, Any]]) -> None:
    path, one = case
    if "uniq_ipv4" not in one["expected"]:
        return
    groups = logagent.scan(path, one["format"], by=["remote_addr"]).to_dicts()
    addresses = {group["remote_addr"] for group in groups}
    # Of the other tool: whatever has no colon, so `localhost` too.
    assert sum(":" not in address for address in addresses) == one["expected"]["uniq_ipv4"]
    assert sum(":" in address for address in addresses) == one["expected"]["uniq_ipv6"]


def test_sums(case: tuple[Path, dict[str, Any]]) -> None:
    path, one = case
    for name, field in SUMS.items():
        if name in one["expected"]:
            (total,) = logagent.scan(path, one["format"], by=[], sum=[field]).to_dicts()
            assert total[f"sum_{field}"] == one["expected"][name]
