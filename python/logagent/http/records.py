"""The route of live records: parsed lines as they are counted, for whoever looks."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import orjson
from starlette.datastructures import QueryParams
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

    @property
    def live(self) -> "Tables":
        """What is shown of the counts."""


class Row(Protocol):
    """A row of a table."""

    def holds(self, source: str, line: bytes) -> bool:
        """Whether a line of a source counts in it."""


class Tables(Protocol):
    """What is shown of the counts."""

    def lines_of(self, table: str, text: str) -> Row:
        """A row of a table. Raises `ArgumentError` if there is no such table."""


def routes(service: Offering) -> list[Route]:
    """The route."""

    async def follow(request: Request) -> Response:
        try:
            row = _row(service, request.query_params)
            listener = _listen(service.engine, request)
        except LogagentError as error:
            return error_answer(error)
        if listener is None:
            return json_answer({"error": "too many listen already"}, 503, {"retry-after": "10"})
        is_stream = "text/event-stream" in request.headers.get("accept", "")
        return EventStream(
            _pieces(service.engine, listener, row, is_stream=is_stream),
            request.state.connection,
            on_end=lambda: service.engine.leave(listener),
            media_type="text/event-stream" if is_stream else "application/x-ndjson",
        )

    return [Route("/api/v1/records", follow)]


def _row(service: Offering, query: QueryParams) -> Row | None:
    """The row whose records are wanted. Raises `ArgumentError`."""
    table, text = query.get("table"), query.get("row")
    if table is None and text is None:
        return None
    if table is None or text is None:
        raise ArgumentError.of("row" if text is None else "table", "`table` and `row` go together")
    return service.live.lines_of(table, text)


def _listen(engine: "Engine", request: Request) -> int | None:
    """The number of a listener for what a request wants. Raises `ArgumentError`."""
    query = request.query_params
    unknown = query.keys() - {"source", "since", "where", "sample", "table", "row"}
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


async def _pieces(
    engine: "Engine", listener: int, row: Row | None, *, is_stream: bool
) -> AsyncIterator[Piece]:
    """What is heard, several times a second; nobody who reads slowly makes it more."""
    yield Piece(b": logagent\n\n" if is_stream else b"")
    silent_looks = 0
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        heard = engine.hear(listener)
        if heard is None:
            return
        piece = b""
        if heard != (b"", 0):
            # In a thread: a thousand records would hold up who scrapes.
            piece = await asyncio.to_thread(_piece, *heard, row, is_stream=is_stream)
        silent_looks = 0 if piece else silent_looks + 1
        if silent_looks == _HEARTBEAT_LOOKS:
            piece, silent_looks = (b": waiting\n\n" if is_stream else b"\n"), 0
        if piece:
            yield Piece(piece)


def _piece(lines: bytes, left_out: int, row: Row | None, *, is_stream: bool) -> bytes:
    encoded = lines.splitlines()
    left_out += max(len(encoded) - _MOST_SHOWN, 0)
    records = [orjson.loads(line) for line in encoded[:_MOST_SHOWN]]
    if row is not None:
        records = [one for one in records if row.holds(one["source"], one["line"].encode())]
    # In ASCII: they are shown on terminals too.
    texts = [json.dumps(record) for record in records]
    if left_out:
        texts.append(json.dumps({"left_out": left_out}))
    shape = "data: {}\n\n" if is_stream else "{}\n"
    return "".join(map(shape.format, texts)).replace("\x7f", "\\u007f").encode()
