from typing import Any

import pytest

from logagent.explanation import lines_of, mismatch_lines, plain
from logagent.printable import columns
from logagent.query import compile_query

LINE = b'192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /a?b HTTP/1.1" 200 - "-" "x\x1b[2Jy"'


def explained(line: bytes, log_format: str = "combined") -> dict[str, Any]:
    return compile_query(log_format, by=()).plan.explain(line)


def test_fields_with_values_and_what_was_logged() -> None:
    lines = [line.split() for line in lines_of(explained(LINE))]
    assert ["status", "integer", "200"] in lines
    assert ["bytes", "integer", "-"] in lines
    assert ["section", "text", "/a"] in lines
    assert ["user_agent", "text", "x\\x1b[2Jy"] in lines
    (time,) = (line for line in lines if line[:1] == ["time"])
    assert time[2:] == ["2026-10-10T13:55:36Z", "(logged", "as", "10/Oct/2026:13:55:36", "+0000)"]


@pytest.mark.parametrize("width", [20, 40, 80, 300])
def test_the_caret_is_under_the_place(width: int) -> None:
    line = LINE.replace(b" 200 ", b" x 200 ").replace(b"/a?b", "/ü日\x00".encode() * 30)
    found = explained(line)["mismatch"]
    what, shown, caret = mismatch_lines(found, width=width)
    assert 'expected digits or "-", got "x 200' in what
    assert columns(shown) <= width
    assert "\x00" not in shown
    at = columns(caret) - 1
    before = ""
    for character in shown:
        if columns(before) >= at:
            break
        before += character
    assert shown[len(before) :].startswith("x ")


def test_a_line_that_ends_too_early() -> None:
    what, shown, caret = mismatch_lines(explained(LINE[:30])["mismatch"])
    assert what.endswith("got the end of the line")
    assert len(caret) == len(shown) + 1


def test_categories_and_metrics() -> None:
    rule = {"index": 1, "name": "api", "test": 'prefix "/api/"'}
    found = {
        **explained(LINE),
        "categories": [
            {
                "name": "url_group",
                "value": "api",
                "rule": rule,
                "runners_up": [{**rule, "index": 4}],
            },
            {"name": "traffic", "value": "customer", "rule": None, "runners_up": []},
        ],
        "metrics": [{"name": "n_total", "labels": {"status": "200", "user": None}, "value": 1}],
    }
    lines = list(lines_of(found))
    assert '  url_group = api  (rule 2: prefix "/api/")' in lines
    assert '    behind it: api  (rule 5: prefix "/api/")' in lines
    assert "  traffic = customer  (the default)" in lines
    assert "  n_total{status=200, user=-}  +1" in lines


def test_json_has_text_where_a_line_has_bytes() -> None:
    found = plain(explained(b"\xff")["mismatch"])
    assert found["line"] == "\ufffd"
