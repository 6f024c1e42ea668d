"""What is said of lines that leave their format: what fits them, and which edit mends it."""

import json
from pathlib import Path

from tests.python.process import logagent

LINE = (
    '192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a?b HTTP/1.1" 200 1532'
    ' "https://example.org/" "curl/8.5.0"'
)
NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent"'
)


def test_a_missing_field_is_told(tmp_path: Path) -> None:
    path = tmp_path / "timed.log"
    path.write_text(f'{LINE} 0.021 "HIT"\n' * 9 + f"{LINE} 0.021\n" * 60 + "garbage\n")
    process = logagent("explain", "-f", NGINX, path)
    assert process.returncode == 1
    said = (
        "with one edit of the format 60 of the first 70 refused lines would match:"
        " add a field at the end, behind user_agent"
    )
    assert process.stdout.decode().splitlines()[-1] == said
    found = json.loads(logagent("explain", "-o", "json", "-f", NGINX, path).stdout)
    assert found["edit"] == {
        "text": "add a field at the end, behind user_agent",
        "matched": 60,
        "lines": 70,
    }
    assert found["groups"][0]["fits"] == "combined followed by more"


def test_a_line_says_the_edit_and_what_it_looks_like() -> None:
    process = logagent("explain", "-f", "common", LINE)
    lines = process.stdout.decode().splitlines()
    assert lines[-2] == "the line looks like: combined"
    assert lines[-1].startswith("it would match with one edit of the format: add a ")
    found = json.loads(logagent("explain", "-o", "json", "-f", NGINX, LINE).stdout)
    assert (found["matched"], found["edit"], found["fits"]) == (True, None, None)


def test_garbage_has_no_edit() -> None:
    found = json.loads(logagent("explain", "-o", "json", "-f", NGINX, "so much garbage").stdout)
    assert (found["edit"], found["fits"]) == (None, None)


def test_a_file_that_changes_its_format_is_told(tmp_path: Path) -> None:
    path = tmp_path / "changed.log"
    common = LINE.partition(' "https')[0]
    path.write_text(f"{LINE}\n" * 200 + f"{common}\n" * 300)
    said = (
        f"note: {path} changes its format: later common (300 of 300 lines that it refuses match)\n"
    )
    for command in (("scan",), ("scan", "-j", "3"), ("parse",), ("explain",)):
        process = logagent(*command, path)
        assert said.replace("300 of 300", "100 of 100") in process.stderr.decode(), command
    steady = tmp_path / "steady.log"
    steady.write_text(f"{LINE}\n" * 200 + "garbage\n" * 50)
    assert b"changes its format" not in logagent("scan", steady).stderr


def test_the_year_of_times_without_one(tmp_path: Path) -> None:
    path = tmp_path / "syslog.log"
    path.write_text("Jun  3 12:08:33 web1 shop[7]: started\n")
    process = logagent("parse", "-f", "syslog_line", "--year", "2024", path)
    assert json.loads(process.stdout)["fields"]["time"] == "2024-06-03T12:08:33Z"


def test_a_number_of_minus_one_stays_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "timers.log"
    path.write_text("-1 200\n0.5 200\n")
    log_format = "$request_time $status"
    records = logagent("parse", "-f", log_format, path).stdout.splitlines()
    assert [json.loads(record)["fields"]["request_time"] for record in records] == [-1, 0.5]
    named = logagent("parse", "-f", log_format, "--schema", "otel", path).stdout.splitlines()
    assert b"-1" not in named[0]
    summed = json.loads(
        logagent(
            "scan", "-f", log_format, "--by", "status", "--sum", "request_time", "-o", "json", path
        ).stdout
    )
    assert "0.5" in json.dumps(summed)


def test_each_log_of_a_server_is_read_in_its_own_format(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text(
        "http { log_format timed '$remote_addr $status $request_time';\n"
        f" access_log {tmp_path}/a.log; server {{ access_log {tmp_path}/b-$host.log timed; }} }}\n"
    )
    (tmp_path / "a.log").write_text(f"{LINE}\n" * 3)
    (tmp_path / "b-www.log").write_text("192.0.2.7 404 0.1\n" * 2)
    config = tmp_path / "logagent.toml"
    config.write_text(
        '[formats.own]\nnginx_conf = "nginx.conf"\n[[source]]\nname = "web"\nformat = "own"\n'
        '[[metric]]\nname = "hits_total"\nlabels = ["status"]\n'
    )
    shown = logagent("check", "--show", "-c", config)
    assert shown.returncode == 0, shown.stderr
    for words in (b"web/combined", b"web/timed", b"/a.log", b"/b-*.log"):
        assert words in shown.stdout
    counted = logagent("scan", "-c", config, "-o", "json")
    if counted.returncode == 0:
        assert b'"404"' in counted.stdout
    config.write_text(config.read_text().replace('name = "web"', 'name = "web"\npaths = ["*.log"]'))
    refused = logagent("check", "-c", config)
    assert refused.returncode == 1
    assert (
        b"the server's logs have several formats: combined, timed"
        in refused.stdout + refused.stderr
    )
