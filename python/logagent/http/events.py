"""Routes of the event log: pages, live streams, and entries of applications."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from logagent.errors import ArgumentError, LogagentError
from logagent.eventlog import EventLog, Selection, check_stream
from logagent.http.answers import error_answer, json_answer
from logagent.http.posted import read_body, read_entries
from logagent.http.streaming import EventStream, Piece, told
from logagent.instants import instant_ns

OWN_STREAMS = frozenset({"agent", "alerts", "findings", "rejects"})
"""Streams that the agent itself writes, and nobody else."""
_MOST_EVENTS = 1000
_USUAL_EVENTS = 100
_MOST_SCANNED_SECONDS = 1.0
"""After this time a page is answered with what was found, so that a rare condition reads on by the
next request."""
_COMMIT_SECONDS = 20.0
_MOST_SUBSCRIBERS = 128
_NUMBER = re.compile(r"[0-9]{1,18}")


class Offering(Protocol):
    """What these routes need of the service."""

    @property
    def events(self) -> EventLog:
        """The event log."""


def routes(service: Offering) -> list[Route]:
    """The routes."""
    answering = _Answering(service)
    return [
        Route("/api/v1/events", answering.read),
        Route("/api/v1/events/{stream}", answering.post, methods=["POST"]),
        Route("/api/v1/streams", answering.streams),
    ]


class _Answering:
    """Answers requests, and knows how many subscribers there are."""

    def __init__(self, service: Offering) -> None:
        self._service = service
        self._subscribers = 0

    async def read(self, request: Request) -> Response:
        """A page of entries, or a stream of them."""
        try:
            wanted = _Wanted(request)
            if "text/event-stream" in request.headers.get("accept", ""):
                return await self._subscribe(request, wanted)
            body = await asyncio.to_thread(_page, self._service.events, wanted)
        except LogagentError as error:
            return error_answer(error)
        return Response(body, media_type="application/json")

    async def post(self, request: Request) -> Response:
        """Append entries; answered when they are durable."""
        try:
            stream = check_stream(request.path_params["stream"])
            if stream in OWN_STREAMS:
                error = f"only the agent itself writes the stream `{stream}`"
                return json_answer({"error": error}, 403)
            entries = await read_entries(await read_body(request))
            future = self._service.events.append(stream, entries)
            sequences = await asyncio.wait_for(asyncio.wrap_future(future), _COMMIT_SECONDS)
        except TimeoutError:
            error = "the disk takes too long: entries with a `key` may be sent again"
            return json_answer({"error": error}, 503, {"retry-after": "5"})
        except LogagentError as failure:
            return error_answer(failure)
        return json_answer({"sequences": sequences})

    async def streams(self, _request: Request) -> Response:
        """What streams there are."""
        try:
            streams = await asyncio.to_thread(self._service.events.streams)
        except LogagentError as error:
            return error_answer(error)
        return json_answer({"streams": streams})

    async def _subscribe(self, request: Request, wanted: "_Wanted") -> Response:
        if self._subscribers >= _MOST_SUBSCRIBERS:
            error = f"there are {_MOST_SUBSCRIBERS} subscribers already"
            return json_answer({"error": error}, 503, {"retry-after": "10"})
        log = self._service.events
        selection = log.selection(wanted.streams, wanted.where)
        beginning = await asyncio.to_thread(_begin, log, selection, wanted)
        self._subscribers += 1
        frames = _frames(log, selection, beginning)
        return EventStream(frames, request.state.connection, on_end=self._leave)

    def _leave(self) -> None:
        self._subscribers -= 1


class _Wanted:
    """What a request asks for. Raises `ArgumentError`."""

    def __init__(self, request: Request) -> None:
        query = request.query_params
        unknown = query.keys() - {"stream", "since", "until", "where", "limit", "after"}
        if unknown:
            raise ArgumentError.of(min(unknown), "there is no such parameter")
        self.query = [(name, value) for name, value in query.multi_items() if name != "after"]
        self.streams = [
            check_stream(name) for value in query.getlist("stream") for name in value.split(",")
        ]
        self.where = query.get("where")
        now_ns = time.time_ns()
        self.since, self.until = (
            instant_ns(query[name], now_ns=now_ns, origin=name) / 1e9 if name in query else None
            for name in ("since", "until")
        )
        self.limit = _number("limit", query.get("limit", str(_USUAL_EVENTS)))
        if not 0 < self.limit <= _MOST_EVENTS:
            raise ArgumentError.of("limit", f"is a number from 1 to {_MOST_EVENTS}")
        self.after = _number("after", query["after"]) if "after" in query else None
        last = request.headers.get("last-event-id")
        self.resumed = _number("Last-Event-ID", last) if last else None


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ArgumentError.of(name, "is a number")
    return int(text)


def _page(log: EventLog, wanted: _Wanted) -> bytes:
    """Entries and where to go on, as JSON; in a thread."""
    selection = log.selection(wanted.streams, wanted.where)
    after = log.position(wanted.since or 0.0) if wanted.after is None else wanted.after
    end = log.last if wanted.until is None else log.position(wanted.until)
    deadline = time.monotonic() + _MOST_SCANNED_SECONDS
    lines: list[bytes] = []
    gap = None
    while after < end and len(lines) < wanted.limit and time.monotonic() < deadline:
        page = log.page(selection, after)
        if page.lost_until is not None and wanted.after is not None and gap is None:
            gap = {"after": after, "until": page.lost_until}
        events = [event for event in page.events if event.sequence <= end]
        room = wanted.limit - len(lines)
        lines += (event.line for event in events[:room])
        after = events[room - 1].sequence if len(events) >= room else min(page.after, end)
    following = None
    if after < end:
        following = "/api/v1/events?" + urlencode([*wanted.query, ("after", after)])
    rest = orjson.dumps({"after": after, "next": following, **({"gap": gap} if gap else {})})
    return b'{"events":[' + b",\n".join(lines) + b"]," + rest[1:] + b"\n"


class _Beginning(NamedTuple):
    """Where a subscription begins."""

    after: int
    known_lost: int = 0
    """What is gone up to this sequence is no loss of this reader."""
    opening: bytes = b""
    """What it is told first."""


def _begin(log: EventLog, selection: Selection, wanted: _Wanted) -> _Beginning:
    """Where a subscription begins; in a thread."""
    asked = wanted.after if wanted.resumed is None else wanted.resumed
    if asked is None:
        if wanted.since is None:
            return _Beginning(log.last)
        return _Beginning(log.position(wanted.since), log.lost_until(selection))
    if asked > log.last:
        # A number of another log: what it would leave out is said, not left out.
        gap = told("gap", {"after": asked, "until": log.last})
        return _Beginning(log.last, opening=gap)
    return _Beginning(asked)


async def _frames(
    log: EventLog, selection: Selection, beginning: _Beginning
) -> AsyncIterator[Piece]:
    """Pieces of a stream, each with what a subscriber is told who is cut before it."""
    after = beginning.after
    yield Piece(b"retry: 1000\nid: %d\n: logagent\n\n" % after + beginning.opening)
    async for page in log.subscribe(selection, after, known_lost=beginning.known_lost):
        cut = partial(_cut, after)
        if page.lost_until is not None:
            yield Piece(told("gap", {"after": after, "until": page.lost_until}), cut)
        # Without entries the reader still learns how far it got.
        yield Piece(page.event_stream or b"id: %d\n: waiting\n\n" % page.after, cut)
        after = page.after


def _cut(after: int) -> bytes:
    """What a reader is told that reads too slowly."""
    return told("cut", {"after": after, "reason": "read too slowly: go on with Last-Event-ID"})
