"""The status page: one page, its style and its script, and what it shows, live."""

from collections.abc import AsyncIterator, Mapping
from importlib.resources import files
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logagent.http.answers import json_answer
from logagent.http.exposition import prefers
from logagent.http.streaming import EventStream, Piece

# Nothing but what the service itself serves, and nothing within the page: a text of a log that got
# into it as markup could still do nothing.
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cache-control": "no-cache",
}
_MOST_LISTENERS = 64
_UNSTORED = {"cache-control": "no-store", "vary": "accept"}
_ASSETS = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "parts.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Updates(Protocol):
    """How the service is, as JSON in ASCII."""

    async def now(self) -> bytes:
        """At present."""

    def updates(self) -> AsyncIterator[bytes]:
        """At present, and again each second."""


class Watched(Protocol):
    """What the page shows."""

    @property
    def live(self) -> Updates:
        """How the service is."""

    def configuration(self) -> Mapping[str, Any]:
        """The configuration in force in words, and the last reloads."""


def routes(service: Watched) -> list[Route]:
    """The routes of the page."""

    async def page(_request: Request) -> Response:
        return _asset("index.html")

    async def asset(request: Request) -> Response:
        return _asset(request.path_params["name"])

    listeners: set[object] = set()

    async def live(request: Request) -> Response:
        if prefers(request.headers.get("accept"), "text/event-stream", "application/json"):
            if len(listeners) >= _MOST_LISTENERS:
                error = f"{_MOST_LISTENERS} pages are open already"
                return json_answer({"error": error}, 503, {"retry-after": "10"})
            token = object()
            listeners.add(token)
            return EventStream(
                _pieces(service.live.updates()),
                request.state.connection,
                on_end=lambda: listeners.discard(token),
            )
        return Response(
            await service.live.now() + b"\n", headers=_UNSTORED, media_type="application/json"
        )

    async def configuration(_request: Request) -> Response:
        return json_answer(service.configuration(), headers=_UNSTORED)

    return [
        Route("/", page),
        Route("/assets/{name}", asset),
        Route("/api/v1/live", live),
        Route("/api/v1/config", configuration),
    ]


async def _pieces(updates: AsyncIterator[bytes]) -> AsyncIterator[Piece]:
    """Server-sent events: JSON in ASCII has no line feeds, so one is always one."""
    async for content in updates:
        yield Piece(b"data: " + content + b"\n\n")


def _asset(name: str) -> Response:
    if name not in _ASSETS:
        return Response("no such page\n", 404, media_type="text/plain")
    content = files(__package__).joinpath("assets", name).read_bytes()
    return Response(content, headers={**_HEADERS, "content-type": _ASSETS[name]})
