"""The oracle itself, against answers worked out by hand."""

from collections import Counter
from decimal import Decimal

import pytest

from tests.python import oracle
from tests.python.lines import SAMPLE, SAMPLE_GROUPS


def test_counts_the_sample() -> None:
    found = oracle.count(SAMPLE, oracle.COMBINED, sums=["bytes"])
    assert (found.lines, found.matched, found.rejected, found.empty) == (7, 5, 2, 1)
    assert found.groups == Counter(
        {(group["method"], group["status"]): group["count"] for group in SAMPLE_GROUPS}
    )
    assert found.sums["bytes"][(None, "400")] == Decimal(157)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\r\nb\n", [b"a", b"b"]),
        (b"a\r\r\n\r", [b"a\r", b""]),
    ],
)
def test_lines(content: bytes, lines: list[bytes]) -> None:
    assert list(oracle.lines_of(content)) == lines


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /a/b?c=d?e HTTP/1.1", ("GET", "/a/b?c=d?e", "HTTP/1.1", "/a/b", "c=d?e", "/a")),
        ("GET /x y HTTP/1.1", ("GET", "/x y", "HTTP/1.1", "/x y", None, "/x y")),
        ("GET /old", ("GET", "/old", None, "/old", None, "/old")),
        ("GET //x HTTP/3", ("GET", "//x", "HTTP/3", "//x", None, "/")),
        ("GET http://h/a/b?c HTTP/1.1", ("GET", "http://h/a/b?c", "HTTP/1.1", "/a/b", "c", "/a")),
        ("OPTIONS * HTTP/1.1", ("OPTIONS", "*", "HTTP/1.1", "*", None, None)),
        ("CONNECT h:443 HTTP/1.1", ("CONNECT", "h:443", "HTTP/1.1", "h:443", None, None)),
        ("GET /x http/1.1", ("GET", "/x", "http/1.1", "/x", None, "/x")),
        ("GET", (None,) * 6),
        ("GET ", (None,) * 6),
        ("-", (None,) * 6),
        ("GET  HTTP/1.1", (None,) * 6),
        ("GET HTTP/1.1", ("GET", "HTTP/1.1", None, "HTTP/1.1", None, None)),
        ("\\x16\\x03 / HTTP/1.1", (None,) * 6),
    ],
)
def test_request_parts(request_line: str, expected: tuple[str | None, ...]) -> None:
    line = f'h - - [t] "{request_line}" 200 1'.encode()
    fields = oracle.fields_of(line, oracle.COMMON)
    assert fields is not None
    names = ("method", "target", "protocol", "path", "query", "section")
    found = [value.decode() if (value := fields.get(name)) else None for name in names]
    assert found == list(expected)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("200", "2xx"), ("599", "5xx"), ("600", None), ("99", None), ("-", None)],
)
def test_status_class(status: str, expected: str | None) -> None:
    fields = oracle.fields_of(f'h - - [t] "" {status} -'.encode(), oracle.COMMON)
    assert fields is not None
    assert fields.get("status_class") == (expected.encode() if expected else None)
