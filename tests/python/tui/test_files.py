import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from logagent.errors import ArgumentError, ConfigError, InputError
from logagent.live.view import View
from logagent.tui.files import FilesWatch
from logagent.tui.questions import Choice
from logagent.tui.watch import RawLines
from tests.python import hostile_texts
from tests.python.process import logagent
from tests.python.waiting import wait_until

TIMED = '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time'


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("top") / "access.log"
    logagent("generate", "--lines", "3000", "-o", path)
    return path


@pytest.fixture
def watches() -> Iterator[list[FilesWatch]]:
    started: list[FilesWatch] = []
    yield started
    for watch in started:
        watch.stop()


def counts(view: View, key: str) -> dict[str, int]:
    (table,) = [table for table in view.tables if table.key == key]
    return {row.text: row.total for row in table.rows}


def raw_lines(watch: FilesWatch, key: str, text: str) -> RawLines:
    return asyncio.run(anext(watch.raw_lines(key, text)))  # type: ignore[arg-type]


def read(choice: Choice, condition: str | None = None) -> View:
    watch = FilesWatch(choice, condition=condition)
    watch.read_all()
    return watch.look()


def test_read_once(log: Path) -> None:
    view = read(Choice([str(log)]))
    assert (view.lines, view.rejected, view.size_bytes) == (3000, 0, log.stat().st_size)
    assert sum(counts(view, "status_class").values()) == 3000
    assert [table.key for table in view.tables] == [
        "requests",
        "status_class",
        "section",
        "path",
        "remote_addr",
        "agent_class",
        "method",
    ]


def test_followed_as_it_grows(log: Path, tmp_path: Path, watches: list[FilesWatch]) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    own = tmp_path / "own.log"
    own.write_bytes(b"".join(lines[:1000]))
    watch = FilesWatch(Choice([str(own)]))
    watches.append(watch)
    watch.start()
    wait_until(lambda: watch.look().state == "following" and watch.look().tables)
    wait_until(lambda: watch.look().tables[0].rows[0].recent == 0)  # nothing of the beginning
    assert watch.look().lines == 1000
    with own.open("ab") as file:
        file.write(b"".join(lines[1000:1100]))
    wait_until(lambda: watch.look().lines == 1100)
    requests = watch.look().tables[0].rows[0]
    assert (requests.total, requests.recent) == (1100, 100)


def test_a_condition(log: Path) -> None:
    everything = read(Choice([str(log)]))
    some = read(Choice([str(log)]), "status >= 400 && method == 'GET'")
    assert set(counts(some, "method")) == {"GET"}
    assert set(counts(some, "status_class")) <= {"4xx", "5xx"}
    assert 0 < some.tables[0].rows[0].total < everything.tables[0].rows[0].total


def test_a_filtered_watch_begins_anew(log: Path, watches: list[FilesWatch]) -> None:
    watch = FilesWatch(Choice([str(log)])).filter("status == 404")
    watches.append(watch)
    watch.start()
    wait_until(lambda: watch.look().state == "following")
    assert set(counts(watch.look(), "status_class")) == {"4xx"}
    with pytest.raises(ArgumentError, match="staus"):
        watch.filter("staus == 404")


def test_the_slowest_where_there_are_durations(tmp_path: Path) -> None:
    path = tmp_path / "timed.log"
    path.write_bytes(
        b'a [22/Nov/2026:10:00:00 +0000] "GET /fast/1 HTTP/1.1" 200 1 0.010\n' * 9
        + b'a [22/Nov/2026:10:00:00 +0000] "GET /slow/1 HTTP/1.1" 200 1 2.500\n'
    )
    view = read(Choice([str(path)], TIMED))
    (table,) = [table for table in view.tables if table.key == "slowest"]
    assert [row.text for row in table.rows] == ["/slow", "/fast"]
    assert 2.4 < (table.rows[0].seconds or 0) < 2.6


def test_a_configuration_with_its_categories(log: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        'include = ["more.toml"]\n[agent]\nlisten = "127.0.0.1:1"\n'
        f'[[source]]\nname = "other"\nformat = "json"\npaths = ["/nowhere"]\n'
        f'[[source]]\nname = "shop"\nformat = "combined"\npaths = ["{log}"]\n'
        '[[metric]]\nname = "n_total"\n'
    )
    (tmp_path / "more.toml").write_text(
        '[categories.kind]\non = "path"\nrules = [{ name = "static", prefix = "/static" }]\n'
        'default = "page"\n'
    )
    view = read(Choice([], config=str(config), source="shop"))
    assert set(counts(view, "kind")) == {"static", "page"}
    assert view.title == "shop"
    with pytest.raises(ArgumentError, match="no source `x`"):
        FilesWatch(Choice([], config=str(config), source="x"))


def test_a_source_that_is_no_file(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[source]]\nname = "in"\ntype = "stdin"\nformat = "combined"\n')
    with pytest.raises(ArgumentError, match="is of type `stdin`"):
        FilesWatch(Choice([], config=str(config)))


@pytest.mark.parametrize(
    ("choice", "error", "says"),
    [
        (Choice(["-"]), ArgumentError, "standard input"),
        (Choice(["x"], "regex:("), ArgumentError, "format"),
        (Choice(["x"], config="/nowhere.toml"), ConfigError, "nowhere"),
    ],
)
def test_wrong_choices(choice: Choice, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        FilesWatch(choice)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(Choice([str(tmp_path / "nothing.log")], "common"))


def test_compressed(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.log.gz"
    path.write_bytes(gzip.compress(log.read_bytes()))
    assert read(Choice([str(path)])).lines == 3000


@pytest.mark.parametrize("log_format", ["auto", "combined"])
@pytest.mark.parametrize(
    ("key", "text", "part"),
    [
        ("status_class", "4xx", '" 4'),
        ("path", "/search", "/search"),
        ("method", "HEAD", '"HEAD'),
        ("agent_class", "bot", ""),
    ],
)
def test_raw_lines(
    log: Path, watches: list[FilesWatch], log_format: str, key: str, text: str, part: str
) -> None:
    watch = FilesWatch(Choice([str(log)], log_format))
    watches.append(watch)
    watch.start()
    wait_until(lambda: watch.look().state == "following" and watch.look().tables)
    count = counts(watch.look(), key)[text]
    found = raw_lines(watch, key, text)
    assert len(found.lines) == min(count, 100)
    assert all(part in line for line in found.lines)
    everything = log.read_text().splitlines()
    assert [line for line in everything if line in set(found.lines)] == list(found.lines)


def test_raw_lines_of_a_format_that_goes_on(tmp_path: Path, watches: list[FilesWatch]) -> None:
    path = tmp_path / "more.log"
    logagent(
        *("generate", "--lines", "300", "-o", path, "-f"),
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
        ' "$http_referer" "$http_user_agent" $request_time',
    )
    watch = FilesWatch(Choice([str(path)]))
    watches.append(watch)
    watch.start()
    wait_until(lambda: watch.look().state == "following" and watch.look().tables)
    count = counts(watch.look(), "status_class")["3xx"]
    assert len(raw_lines(watch, "status_class", "3xx").lines) == count


def test_hostile_rows_can_be_looked_into(tmp_path: Path, watches: list[FilesWatch]) -> None:
    path = tmp_path / "hostile.log"
    path.write_bytes(hostile_texts.log())
    watch = FilesWatch(Choice([str(path)], "combined"))
    watches.append(watch)
    watch.start()
    wait_until(lambda: watch.look().state.startswith("following") and watch.look().tables)
    rows = counts(watch.look(), "path")
    assert len(rows) > 30
    for text in rows:
        assert raw_lines(watch, "path", text).lines, text
