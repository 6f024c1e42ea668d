"""Every real log: how many lines are refused for which reason, by a second, slow reading too."""

import gzip
import sys
from collections import Counter
from pathlib import Path

import pytest

import logagent
from tests.corpus import slow

COMMON = '{word} {word} {text} [{brackets}] "{quotes}" {digits} {digits}'
COMBINED = COMMON + ' "{quotes}" "{quotes}"'
COMBINED_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    ' "$http_referer" "$http_user_agent"'
)
SQUID = (
    "{word} {blanks}{number} {word} {before_slash}/{number} {digits} {word} {word} {word}"
    " {before_slash}/{word}"
)
VHOST = '%v %h %l %u %t "%r" %>s %b'

# File, format, and how it is read slowly. None: the product says that it does not know the format.
LOGS: dict[str, tuple[str, slow.Reader | None]] = {
    "elastic_apache_logs.log": ("combined", slow.text(COMBINED)),
    "elastic_nginx_logs_14575.log": ("combined", slow.text(COMBINED)),
    "nasa_aug95_altered_5000.log": ("common", slow.text(COMMON)),
    "scan_w3af.txt": ("combined", slow.text(COMBINED)),
    "lnav_shop_1000.log": (
        "nginx_main",
        slow.text(
            '{word} - {text} [{brackets}] "{quotes}" {digits} {digits} "{quotes}" "{quotes}"'
            ' "{quotes}"'
        ),
    ),
    "gonx_example_access.log": (
        (
            '$remote_addr [$time_local] "$request" $status $request_length $body_bytes_sent'
            ' $request_time "$image_profile" $image_width $image_height'
        ),
        slow.text(
            '{word} [{brackets}] "{quotes}" {digits} {digits} {digits} {number} "{quotes}" {word}'
            " {word}"
        ),
    ),
    "netdata/common.log": ("common", slow.text(COMMON)),
    "netdata/full.log": ("common", slow.text(COMMON)),
    "netdata/custom.log": ("$side $drink", slow.text("{word} {word}")),
    "netdata/custom_time_fields.log": ("$a $b", slow.text("{word} {word}")),
    "netdata/squid_access.log": ("squid_native", slow.text(SQUID, SQUID + " {word}{rest}")),
    "netdata/squid_unknown.log": ("common", slow.text(COMMON)),
    "netdata/u_ex221107.log": ("w3c", slow.columns()),
    "webreadr/combined_log.clf": ("combined", slow.text(COMBINED)),
    "webreadr/log.clf": ("common", slow.text(COMMON)),
    "webreadr/log.squid": ("squid_native", slow.text(SQUID, SQUID + " {word}{rest}")),
    "webreadr/iis.log": ("w3c", slow.columns()),
    "webreadr/log.aws": ("aws_cloudfront", slow.columns()),
    "webreadr/s3.log": (
        "aws_s3",
        slow.text(
            '{word} {word} [{brackets}] {word} {word} {word} {word} {word} "{quotes}" {digits}'
            ' {word} {digits} {digits} {number} {number} "{text}" "{text}"{rest}'
        ),
    ),
    "matomo/common.log": ("common", slow.text(COMMON)),
    "matomo/common_vhost.log": (VHOST, slow.text("{word} " + COMMON)),
    "matomo/common_complete.log": (
        VHOST + ' "%{Referer}i" "%{User-Agent}i"',
        slow.text("{word} " + COMBINED),
    ),
    "matomo/common_encoding_big5.log": (
        VHOST + ' "%{Referer}i" "%{User-Agent}i"',
        slow.text("{word} " + COMBINED),
    ),
    "matomo/static_ignores.log": (
        VHOST + ' "%{Referer}i" "%{User-Agent}i"',
        slow.text("{word} " + COMBINED),
    ),
    "matomo/ncsa_extended.log": ("combined", slow.text(COMBINED)),
    "matomo/logs_to_tests.log": ("combined", slow.text(COMBINED)),
    "matomo/custom_regex_custom_date.log": ("common", slow.text(COMMON)),
    "matomo/gandi.log": (
        '%v %h %l %u %t (%T s) "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
        slow.text(
            '{word} {word} {word} {text} [{brackets}] ({digits} s) "{quotes}" {digits} {digits}'
            ' "{quotes}" "{quotes}"'
        ),
    ),
    "matomo/iis.log": ("w3c", slow.columns()),
    "matomo/netscaler.log": ("w3c", slow.columns()),
    "matomo/nginx_json.log": ("json", slow.objects),
    "matomo/caddy_json.log": ("caddy_json", slow.objects),
    "matomo/traefik_json.log": ("traefik_json", slow.objects),
}

# Too few lines, too special, for a second reading; the numbers of lines and of refused ones.
SMALL = {
    "matomo/alb.log": ("aws_alb", 1, 0),
    "matomo/amazon_cloudfront_rtmp.log": ("aws_cloudfront", 4, 4),
    "matomo/amazon_cloudfront_web.log": ("aws_cloudfront", 3, 2),
    "matomo/elb.log": ("aws_elb", 3, 1),
    "matomo/haproxy.log": ("haproxy_http", 1, 0),
    "matomo/icecast2.log": (COMBINED_NGINX + " $request_time", 1, 0),
    "matomo/iis_custom.log": ("w3c", 10, 8),
    "matomo/incapsula_w3c.log": ("w3c", 6, 4),
    "matomo/ovh.log": ("auto", 1, 0),
    "matomo/s3.log": ("aws_s3", 1, 0),
    "matomo/shoutcast.log": ("w3c", 4, 3),
    "matomo/splitted_date_and_time.log": ("w3c", 2, 1),
}


def test_no_log_is_left_out(shared: Path) -> None:
    files = {str(path.relative_to(shared / "logs")) for path in (shared / "logs").rglob("*.*")}
    files = {name for name in files if (shared / "logs" / name).is_file()}
    assert files == {*LOGS, *SMALL}


@pytest.mark.parametrize("name", LOGS)
def test_refused_lines_by_reason(
    shared: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log_format, reader = LOGS[name]
    assert reader is not None
    path = shared / "logs" / name
    matched, reasons = slow.count(path.read_bytes(), reader)
    result = logagent.scan(path, log_format, by=[])
    with capsys.disabled():
        sys.stdout.write(f"\n  {name}: {result.matched} lines read, refused: {result.rejects}")
    assert (result.matched, Counter(result.rejects)) == (matched, reasons)


@pytest.mark.parametrize("name", SMALL)
def test_small_logs(shared: Path, name: str) -> None:
    log_format, lines, refused = SMALL[name]
    result = logagent.scan(shared / "logs" / name, log_format, by=[])
    assert (result.lines, result.rejected) == (lines, refused), result.rejects


def test_reading_goes_on_behind_what_is_hostile(shared: Path, tmp_path: Path) -> None:
    """NUL bytes, bytes that are not UTF-8, lines cut in two: all lines behind them are read."""
    lines = (shared / "logs" / "elastic_apache_logs.log").read_bytes().splitlines(keepends=True)
    hostile = [b"\0" * 5000 + b"\n", b"\xff\xfe\x80 \xc3\n", b"a" * (2 << 20) + b"\n", b"\r\n"]
    cut = [line[:40] + b"\n" + line[40:] for line in lines[:50]]
    content = b"".join(
        part
        for index, line in enumerate(lines)
        for part in (line, hostile[index % 4] if index % 500 == 7 else b"")
    ) + b"".join(cut)
    plain, glued = tmp_path / "hostile.log", tmp_path / "glued.log.gz"
    plain.write_bytes(content)
    # Two archives, one behind the other, that part in the middle of a line.
    glued.write_bytes(gzip.compress(content[:100_001]) + gzip.compress(content[100_001:]))
    matched, reasons = slow.count(content, slow.text(COMBINED))
    for path in (plain, glued):
        for threads in (1, 3):
            result = logagent.scan(path, "combined", threads=threads)
            assert (result.matched, Counter(result.rejects)) == (matched, reasons)
    assert matched >= len(lines) - 10
