import gzip
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from logagent.errors import (
    ArgumentError,
    ConfigError,
    Edit,
    EditError,
    EditRefusal,
    LogagentError,
    Problem,
)
from logagent.eventlog import EventLog
from logagent.http.access import Access
from logagent.http.app import create_app
from logagent.http.exposition import Format
from tests.python.http.served import Served, served

if TYPE_CHECKING:
    from logagent._core import Engine
    from logagent.eventlog import EventLog

TOKEN = "0123456789abcdef"  # noqa: S105 - of tests


class Row:
    """Lines of one source that hold a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def holds(self, source: str, line: bytes) -> bool:
        return source == "proxy" and self.text.encode() in line


class Updates:
    """Two states, for each who asks."""

    listeners = 0

    def lines_of(self, table: str, text: str) -> Row:
        if table != "status":
            raise ArgumentError.of("table", f"there is no table `{table}`")
        return Row(text)

    async def now(self) -> bytes:
        return b'{"lines": 1}'

    async def updates(self) -> AsyncIterator[bytes]:
        self.listeners += 1
        try:
            yield b'{"lines": 1}'
            yield b'{"lines": 2}'
        finally:
            self.listeners -= 1


class Offered:
    """A service that offers what a test says."""

    series = b"log_series 1\n"
    refusal: LogagentError | None = None
    fault: str | None = None
    freshened = 0
    events = cast("EventLog", None)
    engine = cast("Engine", None)

    def __init__(self) -> None:
        self.live = Updates()

    def configuration(self) -> Mapping[str, Any]:
        return {"outline": ["agent"]}

    async def fresh(self) -> None:
        self.freshened += 1

    def log_series(self, form: Format) -> bytes:
        return self.series + (b"# EOF\n" if form is Format.OPENMETRICS else b"")

    def own_series(self, form: Format) -> bytes:
        return b"own_series 2\n" + (b"# EOF\n" if form is Format.OPENMETRICS else b"")

    def status(self) -> Mapping[str, Any]:
        return {"version": "1"}

    def alerts(self) -> Mapping[str, list[Mapping[str, Any]]]:
        return {"firing": [], "recent": [], "receivers": []}

    @property
    def editing(self) -> Self:
        return self

    def models(self) -> list[Mapping[str, Any]]:
        return []

    def model(self, name: str, version: int | None) -> tuple[int, str]:
        raise EditError(EditRefusal.MISSING, f"no {name} of {version}")

    async def edit_model(
        self, edit: Edit, name: str, text: str | None, expected: int | None
    ) -> int:
        raise EditError(EditRefusal.EXISTS, f"{edit} {name} {text} {expected}")

    def checkers(self) -> list[Mapping[str, Any]]:
        return []

    async def checker_model(self, checker: str) -> str:
        raise EditError(EditRefusal.MISSING, f"no {checker}")

    async def edit_checker(self, checker: str, edit: Edit, name: str, content: object) -> None:
        raise EditError(EditRefusal.EXISTS, f"{edit} {name} of {checker}: {content}")

    def unhealthy(self) -> str | None:
        return self.fault

    def unready(self) -> str | None:
        return self.fault

    async def reload(self) -> Mapping[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        return {"new": ["m"]}

    async def preview(self, lines: int) -> Mapping[str, Any]:
        return {"lines": {"proxy": lines}}


@contextmanager
def offering(access: Access | None = None) -> Iterator[tuple[Offered, Served]]:
    offered = Offered()
    with served(create_app(offered, lambda: access or Access())) as server:
        yield offered, server


def test_metrics_in_both_formats() -> None:
    with offering() as (offered, server):
        plain = server.ask("/metrics")
        assert (plain.status, plain.body) == (200, b"log_series 1\nown_series 2\n")
        assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        open_metrics = server.ask("/metrics", headers={"Accept": "application/openmetrics-text"})
        assert open_metrics.body == b"log_series 1\nown_series 2\n# EOF\n"
        assert open_metrics.headers["content-type"].startswith("application/openmetrics-text;")
        assert offered.freshened == 2


@pytest.mark.parametrize("size", [1, 300_000], ids=["small", "large"])
def test_compressed_metrics(size: int) -> None:
    with offering() as (offered, server):
        offered.series = b"log_series 1\n" * size
        answer = server.ask("/metrics", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(answer.body) == offered.series + b"own_series 2\n"
        assert server.ask("/metrics").body == offered.series + b"own_series 2\n"


def test_a_question_about_the_head_only() -> None:
    with offering() as (_, server):
        answer = server.ask("/metrics", method="HEAD")
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-length"] == "26"


def test_health() -> None:
    with offering() as (offered, server):
        for path in ("/-/healthy", "/-/ready"):
            assert server.ask(path).status == 200
            offered.fault = "stopping"
            answer = server.ask(path)
            assert (answer.status, answer.body) == (503, b"stopping\n")
            offered.fault = None


def test_status() -> None:
    with offering() as (_, server):
        answer = server.ask("/api/v1/status")
        assert json.loads(answer.body) == {"version": "1"}
        assert answer.headers["content-type"] == "application/json"


def test_reload() -> None:
    with offering() as (offered, server):
        assert json.loads(server.ask("/-/reload", method="POST").body) == {"new": ["m"]}
        assert server.ask("/-/reload").status == 405
        offered.refusal = LogagentError("cannot commit", hint="wait")
        answer = server.ask("/-/reload", method="POST")
        assert answer.status == 503
        assert json.loads(answer.body) == {"error": "cannot commit", "hint": "wait"}


def test_a_wrong_configuration_is_answered_with_its_problems() -> None:
    with offering() as (offered, server):
        problems = [
            Problem("bad-value", "wrong", "c.toml", 3, 1),
            Problem("syntax", "odd", "d.toml"),
        ]
        offered.refusal = ConfigError(problems)
        answer = server.ask("/-/reload", method="POST")
        assert answer.status == 400
        content = json.loads(answer.body)
        assert [one["message"] for one in content["problems"]] == ["wrong", "odd"]
        assert "c.toml:3:1: wrong" in content["text"]


def test_preview() -> None:
    with offering() as (_, server):
        answer = server.ask("/-/reload?preview=100", method="POST")
        assert json.loads(answer.body) == {"lines": {"proxy": 100}}
        for wrong in ("0", "-1", "x", "1000000000", ""):
            assert server.ask(f"/-/reload?preview={wrong}", method="POST").status == 400


def test_who_may_not_ask_gets_nothing_but_probes() -> None:
    with offering(Access(token=TOKEN)) as (_, server):
        for path in ("/metrics", "/api/v1/status", "/nothing", "//-/ready"):
            answer = server.ask(path)
            assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), path
        assert server.ask("/-/reload", method="POST").status == 401
        assert server.ask("/-/ready").status == 200
        assert server.ask("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status == 200


def test_an_unknown_path() -> None:
    with offering() as (_, server):
        assert server.ask("/nothing").status == 404
