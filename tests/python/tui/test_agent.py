"""A running service, watched: rows with their lines, and a filter."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from logagent.client.address import Address
from logagent.errors import ArgumentError, LogagentError
from logagent.live.view import View
from logagent.tui.agent import AgentWatch
from logagent.tui.watch import RawLines, Watch
from tests.python.daemon.running import Running, running
from tests.python.process import logagent
from tests.python.waiting import wait_until

CONFIG = """
[agent]
listen = "127.0.0.1:0"
state_dir = "{directory}/state"
commit_interval = "100ms"

[[source]]
name = "shop"
paths = ["{directory}/access.log"]
format = "{log_format}"

[categories.kind]
on = "path"
rules = [{{ name = "static", prefix = "/static/" }}]
default = "page"

[[metric]]
name = "requests_total"
labels = ["kind", "status"]
"""
LINE = '192.0.2.{host} - - [22/Nov/2026:10:00:00 +0000] "GET {path} HTTP/1.1" {status} 7\n'
LINES = "".join(
    LINE.format(host=host, path=path, status=status)
    for host, path, status in ((1, "/static/a", 200), (2, "/b", 503), (3, "/static/\x1b[2J", 500))
)


@pytest.fixture(scope="module", params=["common", "auto"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("service")
    config = directory / "config.toml"
    config.write_text(CONFIG.format(directory=directory, log_format=request.param))
    logagent("generate", "-f", "common", "--lines", "50", "-o", directory / "access.log")
    with running(config) as one:
        yield one


@pytest.fixture
def watch(service: Running) -> AgentWatch:
    return AgentWatch(Address.of_url(service.address))


@contextmanager
def growing(service: Running) -> Iterator[None]:
    """Its log grows meanwhile."""
    log = service.log_path.with_name("access.log")
    is_over = threading.Event()

    def write() -> None:
        while not is_over.wait(0.1):
            with log.open("a") as file:
                file.write(LINES)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def rows(view: View, key: str) -> set[str]:
    (table,) = [table for table in view.tables if table.key == key]
    return {row.text for row in table.rows}


async def lines_of(watch: Watch, key: str, text: str) -> RawLines:
    """The first state that has two lines at least."""
    async for raw in watch.raw_lines(key, text):
        if len(raw.lines) > 1:
            return raw
    raise AssertionError("there were no lines")


def test_a_row_has_the_lines_that_come(service: Running, watch: AgentWatch) -> None:
    with growing(service):
        for key, text, part in (("kind", "page", " /b "), ("status", "500", "\x1b[2J")):
            raw = asyncio.run(asyncio.wait_for(lines_of(watch, key, text), 30))
            assert all(part in line for line in raw.lines), raw
        with pytest.raises(LogagentError, match="no table `kinds`"):
            asyncio.run(lines_of(watch, "kinds", "page"))


def test_a_filter_counts_what_comes(service: Running, watch: AgentWatch) -> None:
    with pytest.raises(ArgumentError, match="where"):
        watch.filter("status = 500")
    filtered = watch.filter("status_class == '5xx' && section == '/static'")
    filtered.start()
    try:
        with growing(service):
            wait_until(lambda: filtered.look().per_second > 0 and filtered.look().lines > 3)
        view = filtered.look()
        assert rows(view, "status_class") == {"5xx"}
        assert rows(view, "remote_addr") == {"192.0.2.3"}
        assert view.size_bytes % len(LINES.splitlines()[2] + "\n") == 0 < view.size_bytes
        raw = asyncio.run(asyncio.wait_for(lines_of(filtered, "section", "/static"), 30))
        assert all('/static/\x1b[2J HTTP/1.1" 500' in line for line in raw.lines)
        assert filtered.condition is not None
        assert filtered.filter(None).condition is None
    finally:
        filtered.stop()
    assert 3 < view.lines < watch.look().lines, "the service counts all of it"


def test_a_service_that_is_not_there_is_said() -> None:
    watch = AgentWatch(Address.of_url("http://127.0.0.1:1")).filter("status == 1")
    watch.start()
    try:
        with pytest.raises(LogagentError, match="Connection refused"):
            watch.look()
    finally:
        watch.stop()
