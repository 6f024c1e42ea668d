"""Routes of the models of patterns: listed, read, added, replaced and removed while lines come."""

import asyncio
import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logagent.errors import ArgumentError, Edit, LogagentError
from logagent.http.answers import error_answer, json_answer
from logagent.http.posted import read_body

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_MOST_BODY_BYTES = 64 << 20
_EDITS = {"POST": Edit.ADD, "PUT": Edit.REPLACE, "DELETE": Edit.REMOVE}


class Editing(Protocol):
    """What may be edited of patterns."""

    def models(self) -> Sequence[Mapping[str, Any]]:
        """The models, without their counts."""

    def model(self, name: str, version: int | None) -> tuple[int, str]:
        """The version and JSON of a model. Raises `EditError` if there is none."""

    def edit_model(
        self, edit: Edit, name: str, text: str | None, expected: int | None
    ) -> Awaitable[int]:
        """Make an edit; the version, once it is durable. Raises `LogagentError`."""


class Offering(Protocol):
    """What these routes need of the service."""

    @property
    def editing(self) -> Editing:
        """Its models."""


def routes(service: Offering) -> list[Route]:
    """The routes."""

    async def models(_request: Request) -> Response:
        return json_answer({"models": list(service.editing.models())})

    async def model(request: Request) -> Response:
        try:
            name = _name(request)
            if request.method in _EDITS:
                return await _edit(service.editing, request, name)
            version = _version("version", request.query_params.get("version"))
            # Its templates are written anew for each reader: that takes a while.
            found, text = await asyncio.to_thread(service.editing.model, name, version)
        except LogagentError as error:
            return error_answer(error)
        return Response(text, media_type="application/json", headers={"etag": f'"{found}"'})

    return [
        Route("/api/v1/models", models),
        Route("/api/v1/models/{name}", model, methods=["GET", *_EDITS]),
    ]


async def _edit(editing: Editing, request: Request, name: str) -> Response:
    edit = _EDITS[request.method]
    expected = _version("If-Match", request.headers.get("if-match"))
    text = None
    if edit is not Edit.REMOVE:
        body = await read_body(request, most_bytes=_MOST_BODY_BYTES)
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise ArgumentError.of("body", f"is not UTF-8: {error}") from None
    version = await editing.edit_model(edit, name, text, expected)
    status = 201 if edit is Edit.ADD else 200
    return json_answer({"name": name, "version": version}, status, {"etag": f'"{version}"'})


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    if not _NAME.fullmatch(name):
        hint = "a-z, 0-9, `_`, `.` and `-`, at most 64 characters, a letter or digit first"
        raise ArgumentError.of("name", "cannot be the name of a model", hint=hint)
    return name


def _version(origin: str, text: str | None) -> int | None:
    """A number, as it is or as an entity tag."""
    if text is None or text == "*":
        return None
    found = re.fullmatch(r'"?([0-9]{1,18})"?', text)
    if found is None:
        raise ArgumentError.of(origin, "is the number of a version")
    return int(found[1])
