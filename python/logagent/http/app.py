"""Routes of the service."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from logagent.errors import LogagentError
from logagent.eventlog import EventLog
from logagent.http import alerts, checkers, events, models, page, records
from logagent.http.access import Access
from logagent.http.answers import error_answer, json_answer
from logagent.http.exposition import Format, gzipped, joined, wanted_format, wants_gzip
from logagent.http.page import Updates

if TYPE_CHECKING:
    from logagent._core import Engine

_PIECE_BYTES = 256 << 10
_LARGE_BYTES = 1 << 20
"""From this size on compressing would hold up other requests: it is done in a thread."""
_MOST_PREVIEWED_LINES = 1_000_000
_OPEN_PATHS = frozenset({"/-/healthy", "/-/ready"})
"""What probes ask without credentials; it says nothing but yes or no."""


class Offering(Protocol):
    """What the routes offer: the service."""

    @property
    def events(self) -> EventLog:
        """The event log."""

    @property
    def engine(self) -> "Engine":
        """What reads and counts."""

    async def fresh(self) -> None:
        """Wait briefly, so that what was counted more than a second ago is committed."""

    def log_series(self, form: Format) -> bytes:
        """The committed series of the logs."""

    def own_series(self, form: Format) -> bytes:
        """The agent's own series."""

    def status(self) -> Mapping[str, Any]:
        """How the service is, as plain values."""

    def unhealthy(self) -> str | None:
        """Why the service had better be started anew, in words; None if it need not."""

    def unready(self) -> str | None:
        """Why it does not read yet or any more, in words; None if it does."""

    def configuration(self) -> Mapping[str, Any]:
        """The configuration in force in words, and the last reloads."""

    @property
    def live(self) -> "Live":
        """How the service is, again each second."""

    async def reload(self) -> Mapping[str, Any]:
        """Load the configuration again; what became of the metrics. Raises `LogagentError`."""

    async def preview(self, lines: int) -> Mapping[str, Any]:
        """What a reload would change in the counts of the last lines. Raises `LogagentError`."""

    def alerts(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """See `logagent.http.alerts`."""

    @property
    def editing(self) -> "Editing":
        """What may be edited while lines come."""


class Editing(models.Editing, checkers.Editing, Protocol):
    """Models of patterns, and what checkers have learnt."""


class Live(Updates, records.Tables, Protocol):
    """What is shown of the service while it runs."""


def create_app(service: Offering, access: Callable[[], Access]) -> ASGIApp:
    """The routes, for those whom `access` admits; it is asked anew for each request."""

    async def metrics(request: Request) -> Response:
        form = wanted_format(request.headers.get("accept"))
        await service.fresh()
        parts = joined(service.log_series(form), service.own_series(form), form)
        headers = {"content-type": form.content_type, "vary": "accept, accept-encoding"}
        if wants_gzip(request.headers.get("accept-encoding")):
            headers["content-encoding"] = "gzip"
            is_large = sum(map(len, parts)) > _LARGE_BYTES
            parts = await asyncio.to_thread(gzipped, parts) if is_large else gzipped(parts)
        return Pieces(parts, headers)

    async def healthy(_request: Request) -> Response:
        return _verdict(service.unhealthy())

    async def ready(_request: Request) -> Response:
        return _verdict(service.unready())

    async def status(_request: Request) -> Response:
        return json_answer(service.status())

    async def reload(request: Request) -> Response:
        wanted = request.query_params.get("preview")
        if wanted is None:
            return await _answer(service.reload())
        if not wanted.isdecimal() or not 0 < int(wanted) <= _MOST_PREVIEWED_LINES:
            message = f"`preview` is a number of lines from 1 to {_MOST_PREVIEWED_LINES}"
            return json_answer({"error": message}, 400)
        return await _answer(service.preview(int(wanted)))

    routes = [
        Route("/metrics", metrics),
        Route("/-/healthy", healthy),
        Route("/-/ready", ready),
        Route("/-/reload", reload, methods=["POST"]),
        Route("/api/v1/status", status),
        *alerts.routes(service),
        *checkers.routes(service),
        *events.routes(service),
        *models.routes(service),
        *records.routes(service),
        *page.routes(service),
    ]
    app = Starlette(routes=routes)
    # A redirect would send the reader wherever the header `Host` says.
    app.router.redirect_slashes = False
    return Gate(app, access)


class Gate:
    """Lets requests through that may ask."""

    def __init__(self, app: ASGIApp, access: Callable[[], Access]) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        app = self._app
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            access = self._access()
            found = [value for name, value in scope["headers"] if name == b"authorization"]
            if not await access.admits(found[0].decode("latin-1") if found else None):
                headers = {"www-authenticate": access.challenge}
                app = PlainTextResponse("not without credentials\n", 401, headers)
        await app(scope, receive, send)


class Pieces(Response):
    """An answer in pieces, so that a slow client does not get a copy of the whole."""

    def __init__(self, parts: Iterable[bytes], headers: Mapping[str, str]) -> None:
        self._parts = [part for part in parts if part]
        length = sum(map(len, self._parts))
        super().__init__(headers={**headers, "content-length": str(length)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the answer."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        for part in self._parts:
            view = memoryview(part)
            for offset in range(0, len(view), _PIECE_BYTES):
                body = bytes(view[offset : offset + _PIECE_BYTES])
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _answer(work: Awaitable[Mapping[str, Any]]) -> Response:
    """What came of the work, or why it could not be done."""
    try:
        return json_answer(await work)
    except LogagentError as error:
        return error_answer(error)


def _verdict(fault: str | None) -> Response:
    return PlainTextResponse("ok\n") if fault is None else PlainTextResponse(f"{fault}\n", 503)
