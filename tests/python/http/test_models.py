"""`/api/v1/models`: what is asked of the service, and how what it says is answered."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from logagent.errors import CommitError, CommitFailure, Edit, EditError, EditRefusal
from logagent.http.access import Access
from logagent.http.app import create_app
from tests.python.http.served import Answer, Served, served
from tests.python.http.test_app import Offered

JSON = {"Content-Type": "application/json"}


class Keeping(Offered):
    """One model, of version 3."""

    def __init__(self) -> None:
        super().__init__()
        self.edits: list[tuple[Edit, str, str | None, int | None]] = []
        self.failure: CommitError | None = None

    def models(self) -> list[Mapping[str, Any]]:
        return [{"name": "app", "version": 3}]

    def model(self, name: str, version: int | None) -> tuple[int, str]:
        if name != "app" or version not in {None, 2, 3}:
            raise EditError(EditRefusal.MISSING, "there is no such model")
        return version or 3, '{"version":1}'

    async def edit_model(
        self, edit: Edit, name: str, text: str | None, expected: int | None
    ) -> int:
        if self.failure is not None:
            raise self.failure
        if expected not in {None, 3}:
            raise EditError(EditRefusal.VERSION, "it is of version 3")
        self.edits.append((edit, name, text, expected))
        return 4


@pytest.fixture
def keeping() -> Keeping:
    return Keeping()


@pytest.fixture
def server(keeping: Keeping) -> Iterator[Served]:
    with served(create_app(keeping, Access)) as one:
        yield one


def error(answer: Answer) -> str:
    text: str = json.loads(answer.body)["error"]
    return text


def test_models_are_listed_and_read(server: Served) -> None:
    listed = json.loads(server.ask("/api/v1/models").body)
    assert listed == {"models": [{"name": "app", "version": 3}]}
    answer = server.ask("/api/v1/models/app")
    assert (answer.status, answer.body) == (200, b'{"version":1}')
    assert answer.headers["etag"] == '"3"'
    assert server.ask("/api/v1/models/app?version=2").headers["etag"] == '"2"'
    assert server.ask("/api/v1/models/app?version=7").status == 404
    assert server.ask("/api/v1/models/other").status == 404


def test_edits_reach_the_service(server: Served, keeping: Keeping) -> None:
    for method, status in (("POST", 201), ("PUT", 200), ("DELETE", 200)):
        headers = {**JSON, "If-Match": '"3"'}
        answer = server.ask("/api/v1/models/app", method=method, headers=headers, body=b"{}")
        assert (answer.status, json.loads(answer.body)) == (status, {"name": "app", "version": 4})
        assert answer.headers["etag"] == '"4"'
    assert keeping.edits == [
        (Edit.ADD, "app", "{}", 3),
        (Edit.REPLACE, "app", "{}", 3),
        (Edit.REMOVE, "app", None, 3),
    ]


@pytest.mark.parametrize(
    ("path", "headers", "body", "status", "says"),
    [
        ("App", JSON, b"{}", 400, "cannot be the name of a model"),
        ("app", {}, b"{}", 400, "Content-Type"),
        ("app", JSON, b"\xff", 400, "not UTF-8"),
        ("app", {**JSON, "If-Match": '"2"'}, b"{}", 412, "it is of version 3"),
        ("app", {**JSON, "If-Match": "x"}, b"{}", 400, "the number of a version"),
    ],
)
def test_what_is_wrong_is_said(
    server: Served,
    keeping: Keeping,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    status: int,
    says: str,
) -> None:
    answer = server.ask(f"/api/v1/models/{path}", method="PUT", headers=headers, body=body)
    assert answer.status == status
    assert says in answer.body.decode()
    assert not keeping.edits


def test_an_edit_that_is_not_durable_is_none(server: Served, keeping: Keeping) -> None:
    keeping.failure = CommitError(CommitFailure.FULL, "the disk is full")
    answer = server.ask("/api/v1/models/app", method="PUT", headers=JSON, body=b"{}")
    assert (answer.status, error(answer)) == (503, "the disk is full")
    assert answer.headers["retry-after"] == "1"
