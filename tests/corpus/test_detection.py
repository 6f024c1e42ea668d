"""What is detected, and files whose headers name their columns, as other tools expect it."""

import json
from pathlib import Path

import logagent


def test_detection(shared: Path, tmp_path: Path) -> None:
    text = (shared / "conformance" / "detect.jsonl").read_text(encoding="utf-8")
    cases = [json.loads(line) for line in text.splitlines()]
    assert cases
    for case in cases:
        path = tmp_path / "case.log"
        path.write_text("\n".join(case["lines"]) + "\n", encoding="utf-8")
        ((_, found),) = logagent.scan(path, by=[]).formats
        assert found.split()[0] == case["expected"], case["id"]


def test_a_file_with_headers(shared: Path) -> None:
    text = (shared / "conformance" / "aggregates.jsonl").read_text(encoding="utf-8")
    (case,) = [one for one in map(json.loads, text.splitlines()) if one["format"] == "w3c"]
    path = shared / "conformance" / case["file"]
    expected = case["expected"]
    result = logagent.scan(path, "w3c", by=["status"], sum=["request_time"], threads=2)
    assert (result.lines, result.matched) == (expected["lines"], expected["matched"])
    groups = result.to_dicts()
    assert {group["status"]: group["count"] for group in groups} == expected["status"]
    milliseconds = sum(group["sum_request_time"] for group in groups) * 1000
    assert round(milliseconds, 6) == expected["request_time"]["sum_peer_unit"]
    hosts = {
        group["server_addr"]: group["count"]
        for group in logagent.scan(path, by=["server_addr"]).to_dicts()
    }
    assert hosts == expected["vhost"]
