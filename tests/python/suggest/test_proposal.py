import tomllib
from pathlib import Path

from logagent.suggest import propose, read_sample
from tests.python.process import logagent

TIMED = '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time'


def proposed(path: Path, log_format: str) -> str:
    return propose(read_sample([str(path)], log_format), log_format)


def generated(folder: Path, log_format: str) -> Path:
    path = folder / "shop.log"
    logagent("generate", "--lines", "3000", "--format", log_format, "-o", path)
    return path


def test_a_whole_configuration(tmp_path: Path) -> None:
    path = generated(tmp_path, "combined")
    found = tomllib.loads(proposed(path, "auto"))
    assert found["source"] == [{"name": "shop", "paths": [str(path)], "format": "combined"}]
    assert set(found["categories"]) == {"url_group", "traffic"}
    names = {rule["name"] for rule in found["categories"]["url_group"]["rules"]}
    assert {"images", "assets", "/product/*", "/search"} <= names
    assert {metric["name"]: metric["labels"] for metric in found["metric"]} == {
        "http_requests_total": ["method", "status", "url_group", "traffic"],
        "http_requests_by_agent_total": ["agent_class", "status_class"],
        "http_response_bytes_total": ["url_group", "traffic"],
    }


def test_equal_logs_give_equal_proposals(tmp_path: Path) -> None:
    path = generated(tmp_path, "combined")
    assert proposed(path, "auto") == proposed(path, "auto")


def test_shares_are_in_comments(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    line = 'h - - [t] "GET %s HTTP/1.1" 200 5\n'
    path.write_text(line % "/cart" * 999 + line % "/rare.css")
    text = proposed(path, "common")
    assert '{ name = "/cart", exact = "/cart" }, # 99.9 % of requests\n' in text
    assert '{ name = "assets", suffix = ".css" }, # 0.1 % of requests\n' in text
    assert 'default = "other" # 0.0 % of requests\n' in text


def test_a_histogram_where_the_format_has_times(tmp_path: Path) -> None:
    text = proposed(generated(tmp_path, TIMED), TIMED)
    found = tomllib.loads(text)
    assert found["source"][0]["format"] == TIMED
    assert found["metric"][-1] == {
        "name": "http_request_duration_seconds",
        "type": "histogram",
        "value": "request_time",
        "labels": ["url_group"],
    }
    assert "# Half of the requests took up to " in text


def test_fields_that_are_not_there_are_no_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("h 200\n")
    found = tomllib.loads(proposed(path, "$remote_addr $status"))
    assert "categories" not in found
    assert found["metric"] == [
        {"name": "http_requests_total", "type": "counter", "labels": ["status"]}
    ]
