import gzip

import pytest

from logagent.http.exposition import Format, gzipped, joined, wanted_format, wants_gzip

PROMETHEUS_ASKS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Format.PROMETHEUS),
        ("", Format.PROMETHEUS),
        ("*/*", Format.PROMETHEUS),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.PROMETHEUS),
        (PROMETHEUS_ASKS, Format.OPENMETRICS),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("Application/OpenMetrics-Text; version=1.0.0", Format.OPENMETRICS),
        ("application/openmetrics-text;q=0.3,text/plain", Format.PROMETHEUS),
        ("application/openmetrics-text;q=0", Format.PROMETHEUS),
    ],
)
def test_the_format_that_is_preferred(accept: str | None, form: Format) -> None:
    assert wanted_format(accept) is form


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("br", False),
    ],
)
def test_whether_gzip_is_wanted(header: str | None, wanted: bool) -> None:  # noqa: FBT001
    assert wants_gzip(header) is wanted


def test_one_end_of_file() -> None:
    parts = joined(b"a 1\n# EOF\n", b"b 2\n# EOF\n", Format.OPENMETRICS)
    assert b"".join(parts) == b"a 1\nb 2\n# EOF\n"
    assert joined(b"a 1\n", b"b 2\n", Format.PROMETHEUS) == [b"a 1\n", b"b 2\n"]


def test_gzip_of_parts_is_one_file() -> None:
    parts = [b"a 1\n" * 100_000, b"", b"b 2\n"]
    assert gzip.decompress(b"".join(gzipped(parts))) == b"".join(parts)
