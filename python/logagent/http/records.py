"""The route of live records: parsed lines as they are counted, for whoever looks."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logagent._core import Filter
from logagent.errors import ArgumentError, ConfigError, LogagentError
from logagent.http.answers import error_answer, json_answer
from logagent.http.streaming import EventStream, Piece
from logagent.instants import instant_ns

if TYPE_CHECKING:
    from logagent._core import Engine

_LOOK_SECONDS = 0.2
_HEARTBEAT_LOOKS = 75
_MOST_SHOWN = 1000
"""Records of one look; further ones are counted as left out."""
_MOST_SAMPLE = 1_000_000


class Offering(Protocol):
    """What this route needs of the service."""

    @property
    def engine(self) -> "Engine":
        """The engine."""


def routes(service: Offering) -> list[Route]:
    """The route."""

    async def follow(request: Request) -> Response:
        try:
            listener = _listen(service.engine, request)
        except LogagentError as error:
            return error_answer(error)
        if listener is None:
            return json_answer({"error": "too many listen already"}, 503, {"retry-after": "10"})
        is_stream = "text/event-stream" in request.headers.get("accept", "")
        return EventStream(
            _pieces(service.engine, listener, is_stream=is_stream),
            request.state.connection,
            on_end=lambda: service.engine.leave(listener),
            media_type="text/event-stream" if is_stream else "application/x-ndjson",
        )

    return [Route("/api/v1/records", follow)]


def _listen(engine: "Engine", request: Request) -> int | None:
    """The number of a listener for what a request wants. Raises `ArgumentError`."""
    query = request.query_params
    unknown = query.keys() - {"source", "since", "where", "sample"}
    if unknown:
        raise ArgumentError.of(min(unknown), "there is no such parameter")
    sample = query.get("sample", "1")
    if not sample.isdecimal() or not 0 < int(sample[:9]) <= _MOST_SAMPLE:
        message = f"is a number from 1 to {_MOST_SAMPLE}: one record in so many"
        raise ArgumentError.of("sample", message)
    condition = _condition(query.get("since"), query.get("where"))
    return engine.listen(source=query.get("source"), condition=condition, every=int(sample))


def _condition(since: str | None, where: str | None) -> Filter | None:
    """What a record has to fulfil: to have happened at `since` or later, and `where`."""
    tests = []
    try:
        if where is not None:
            Filter(where, origin="where")  # by itself, so that mistakes have their place
            tests.append(f"({where})")
        if since is not None:
            now_ns = time.time_ns()
            seconds = instant_ns(since, now_ns=now_ns, origin="since") // 10**9
            instant = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            tests.append(f'time >= timestamp("{instant}")')
        return Filter(" && ".join(tests), origin="where") if tests else None
    except ArgumentError:
        raise
    except ConfigError as error:
        raise ArgumentError(error.problems) from None


async def _pieces(engine: "Engine", listener: int, *, is_stream: bool) -> AsyncIterator[Piece]:
    """What is heard, several times a second; nobody who reads slowly makes it more."""
    yield Piece(b": logagent\n\n" if is_stream else b"")
    silent_looks = 0
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        heard = engine.hear(listener)
        if heard is None:
            return
        piece = _piece(*heard, is_stream=is_stream)
        silent_looks = 0 if piece else silent_looks + 1
        if silent_looks == _HEARTBEAT_LOOKS:
            piece, silent_looks = (b": waiting\n\n" if is_stream else b"\n"), 0
        if piece:
            yield Piece(piece)


def _piece(lines: bytes, left_out: int, *, is_stream: bool) -> bytes:
    records = lines.splitlines()
    left_out += max(len(records) - _MOST_SHOWN, 0)
    # In ASCII: they are shown on terminals too.
    texts = [json.dumps(orjson.loads(line)) for line in records[:_MOST_SHOWN]]
    if left_out:
        texts.append(json.dumps({"left_out": left_out}))
    shape = "data: {}\n\n" if is_stream else "{}\n"
    return "".join(map(shape.format, texts)).replace("\x7f", "\\u007f").encode()
