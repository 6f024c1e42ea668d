import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

import logagent
from logagent.errors import MissingPackageError
from tests.python import oracle
from tests.python.agree import assert_agree
from tests.python.lines import SAMPLE, SAMPLE_GROUPS

HOSTILE = b'h - - [t] "GET /<script>alert(1)</script>\x1b[2J HTTP/1.1" 200 5\n'


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.log"
    path.write_bytes(HOSTILE)
    return path


def test_scan(sample: Path) -> None:
    result = logagent.scan(sample, format="combined", by=["method", "status"], sum=["bytes"])
    by = ("method", "status")
    assert_agree(result, oracle.count(SAMPLE, oracle.COMBINED, by, ["bytes"]))
    assert len(result) == 4
    assert result.to_dicts(limit=1) == [
        {"method": None, "status": "400", "count": 2, "sum_bytes": 157}
    ]
    assert sum(result.rejects.values()) == 2


def test_format_is_detected(sample: Path) -> None:
    result = logagent.scan(str(sample))
    ((path, detected),) = result.formats
    assert path == str(sample)
    assert detected.startswith("combined")
    assert sorted(result.to_dicts(), key=str) == sorted(SAMPLE_GROUPS, key=str)


def test_one_name_is_no_list_of_letters(sample: Path) -> None:
    assert logagent.scan(sample, "combined", by="method,status").by == ("method", "status")


def test_since_and_until(sample: Path) -> None:
    """The sample's matching lines are of the seconds 36, 37, 38, 39 and 40."""

    def count(since: str | datetime | None = None, until: str | datetime | None = None) -> int:
        result = logagent.scan(sample, "combined", since=since, until=until)
        return sum(group["count"] for group in result.to_dicts())

    second_38 = datetime(2026, 10, 10, 13, 55, 38, tzinfo=UTC)
    assert count(since=second_38) == 3
    assert count(until=second_38) == 2
    assert count(since="2026-10-10T13:55:37Z", until="2026-10-10T15:55:40+02:00") == 3
    assert count(since="2026-10-10T13:55:41Z") == 0


def test_to_arrow(sample: Path) -> None:
    table = logagent.scan(sample, "combined", sum=["bytes"]).to_arrow()
    assert table.schema.names == ["method", "status", "count", "sum_bytes"]
    assert table.schema.types == [pa.string(), pa.string(), pa.int64(), pa.int64()]
    assert table.to_pylist() == logagent.scan(sample, "combined", sum=["bytes"]).to_dicts()


def test_to_arrow_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.touch()
    table = logagent.scan(path, "combined").to_arrow()
    assert (table.num_rows, table.schema.types) == (0, [pa.string(), pa.string(), pa.int64()])


def test_to_arrow_without_pyarrow(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = logagent.scan(sample, "combined")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackageError) as raised:
        result.to_arrow()
    assert raised.value.hint == "pip install pyarrow"


def test_repr_is_a_table(sample: Path) -> None:
    shown = repr(logagent.scan(sample, "combined"))
    assert shown.startswith("method  status  count ")
    assert "7 lines, 5 matched, 2 rejected" in shown


def test_repr_of_many_groups_is_short(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    path.write_bytes(b"".join(b'h - - [t] "GET /%d" 200 5\n' % i for i in range(1000)))
    result = logagent.scan(path, "common", by=["path"])
    assert len(result) == 1000
    assert "980 more groups with 980 lines" in repr(result)
    assert "980 more groups" in result._repr_html_()


def test_repr_escapes_log_content(hostile: Path) -> None:
    result = logagent.scan(hostile, "common", by=["path"])
    assert "\x1b" not in repr(result)
    assert "\\x1b[2J" in repr(result)


def test_html_holds_log_content_as_text_only(hostile: Path) -> None:
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append(tag)
            assert not attrs

    html = logagent.scan(hostile, "common", by=["path"])._repr_html_()
    Tags().feed(html)
    assert set(seen) <= {"table", "thead", "tbody", "tr", "th", "td", "p", "br"}
    assert "&lt;script&gt;" in html
    assert "\x1b" not in html


def test_nothing_could_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing.log"
    with pytest.raises(logagent.InputError) as raised:
        logagent.scan([missing, tmp_path], "combined")
    assert [path for path, _ in raised.value.inputs] == [str(missing), str(tmp_path)]


def test_a_part_could_be_read(sample: Path) -> None:
    missing = sample.parent / "missing.log"
    result = logagent.scan([sample, missing], "combined")
    assert result.lines == 7
    assert [path for path, _ in result.errors] == [str(missing)]
    assert f"not read whole: {missing}" in repr(result)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"format": "combinde"}, "format: "),
        ({"by": ["staus"]}, "by: "),
        ({"sum": ["bites"]}, "sum: "),
        ({"since": "noon"}, "since: `noon` is not an instant"),
    ],
)
def test_wrong_arguments(sample: Path, arguments: dict[str, object], says: str) -> None:
    wanted: dict[str, object] = {"format": "combined", **arguments}
    with pytest.raises(logagent.ArgumentError, match=says):
        logagent.scan(sample, **wanted)  # type: ignore[arg-type]


def test_public_names() -> None:
    assert set(logagent.__all__) <= set(dir(logagent))
    for name in logagent.__all__:
        assert getattr(logagent, name) is not None
    with pytest.raises(AttributeError):
        logagent.nothing  # noqa: B018
