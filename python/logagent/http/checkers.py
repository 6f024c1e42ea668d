"""Routes of the checkers: listed, what they have learnt read, and edited while lines come."""

import json
import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logagent.errors import ArgumentError, Edit, EditError, LogagentError
from logagent.http.answers import error_answer, json_answer
from logagent.http.posted import read_body

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_MOST_BODY_BYTES = 16 << 20
_EDITS = {"POST": Edit.ADD, "PUT": Edit.REPLACE, "DELETE": Edit.REMOVE}


class Editing(Protocol):
    """What may be edited of checkers."""

    def checkers(self) -> Sequence[Mapping[str, Any]]:
        """Names, how many things each has open, and why one failed."""

    def checker_model(self, checker: str) -> Awaitable[str]:
        """The JSON of what a checker has learnt. Raises `EditError` if there is no such checker."""

    def edit_checker(self, checker: str, edit: Edit, name: str, content: object) -> Awaitable[None]:
        """Have a checker edited; done once it is durable. Raises `LogagentError`."""


class Offering(Protocol):
    """What these routes need of the service."""

    @property
    def editing(self) -> Editing:
        """Its checkers."""


def routes(service: Offering) -> list[Route]:
    """The routes."""

    async def checkers(_request: Request) -> Response:
        return json_answer({"checkers": [*service.editing.checkers()]})

    async def model(request: Request) -> Response:
        try:
            text = await service.editing.checker_model(request.path_params["checker"])
        except EditError as error:
            return error_answer(error)
        return Response(text, media_type="application/json")

    async def edit(request: Request) -> Response:
        checker, name = request.path_params["checker"], request.path_params["name"]
        wanted = _EDITS[request.method]
        try:
            if not _NAME.fullmatch(name):
                hint = "letters, digits, `_`, `.`, `:` and `-`, at most 128 characters"
                raise ArgumentError.of("name", "cannot be a name", hint=hint)
            content = None if wanted is Edit.REMOVE else await _content(request)
            await service.editing.edit_checker(checker, wanted, name, content)
        except LogagentError as error:
            return error_answer(error)
        return json_answer({"checker": checker, "name": name}, 201 if wanted is Edit.ADD else 200)

    return [
        Route("/api/v1/checkers", checkers),
        Route("/api/v1/checkers/{checker}/model", model),
        Route("/api/v1/checkers/{checker}/model/{name}", edit, methods=[*_EDITS]),
    ]


async def _content(request: Request) -> object:
    body = await read_body(request, most_bytes=_MOST_BODY_BYTES)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ArgumentError.of("body", f"is no JSON: {error}") from None
