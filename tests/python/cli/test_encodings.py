"""How a log begins: byte order marks, other encodings, long lines, JSON over several lines."""

import gzip
import json
from pathlib import Path

import pytest

from tests.python.process import assert_one_error, logagent

LINE = b'192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 23 "-" "curl/8.5.0"\n'


def records(path: Path, *options: str) -> list[dict[str, object]]:
    process = logagent("parse", *options, path)
    assert process.returncode == 0, process.stderr.decode()
    return [json.loads(line) for line in process.stdout.splitlines()]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("options", [(), ("-f", "combined")])
def test_a_byte_order_mark_is_no_part_of_the_first_field(
    tmp_path: Path, pack: type[bytes], options: tuple[str, ...]
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(pack(b"\xef\xbb\xbf" + LINE + b"\xef\xbb\xbf" + LINE))
    first, second = records(log, *options)
    assert first["fields"]["remote_addr"] == "192.0.2.7"  # type: ignore[index]
    # Within a text it is a character.
    assert second["fields"]["remote_addr"] == "\ufeff192.0.2.7"  # type: ignore[index]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize("options", [(), ("-f", "combined")])
def test_utf_16_is_told(tmp_path: Path, encoding: str, options: tuple[str, ...]) -> None:
    log = tmp_path / "access.log"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    log.write_bytes((mark + LINE.decode()).encode(encoding))
    process = logagent("scan", *options, log)
    assert_one_error(process, says="iconv -f UTF-16 -t UTF-8", code=1)


def test_json_over_several_lines_is_told(tmp_path: Path) -> None:
    log = tmp_path / "pretty.json"
    log.write_text(json.dumps([{"method": "GET", "status": 200}] * 3, indent=2))
    process = logagent("scan", log)
    assert_one_error(process, says="JSON over several lines", code=1)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_first_line_longer_than_a_head_is_seen_whole(tmp_path: Path, pack: type[bytes]) -> None:
    log = tmp_path / "access.log"
    long = LINE.replace(b"GET /", b"GET /" + b"a" * 70_000)
    log.write_bytes(pack(long + LINE))
    first, second = records(log)
    assert len(first["fields"]["path"]) == 70_001  # type: ignore[index]
    assert second["fields"]["path"] == "/"  # type: ignore[index]


def test_a_server_log_without_a_wanted_field_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "httpd.conf").write_text(
        f'LogFormat "%h %l %u %t \\"%r\\" %>s %b" common\n'
        f"CustomLog {tmp_path}/access_log common\n"
        f'CustomLog {tmp_path}/ssl_request_log "%t %h %{{SSL_PROTOCOL}}x \\"%r\\" %b"\n'
    )
    (tmp_path / "access_log").write_bytes(LINE.rsplit(b" ", 2)[0] + b"\n")
    (tmp_path / "ssl_request_log").write_text(
        "[21/Nov/2026:10:15:32 +0000] 192.0.2.7 TLSv1.3 - 5\n"
    )
    config = tmp_path / "config.toml"
    config.write_text(
        '[formats]\nserver = { apache_conf = "httpd.conf" }\n'
        '[[source]]\nname = "web"\nformat = "server"\n'
        '[[metric]]\nname = "requests"\ntype = "counter"\nlabels = ["status"]\n'
    )
    process = logagent("check", config)
    told = process.stdout.decode() + process.stderr.decode()
    assert process.returncode == 0, told
    assert "ssl_request_log is left out" in told
    assert "no field `status`" in told
