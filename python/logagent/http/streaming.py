"""Answers without an end: server-sent events, and what becomes of those who do not read them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from logagent.http.server import Protocol

STALLED_SECONDS = 30.0
"""A reader that takes nothing for so long is cut."""


class Piece(NamedTuple):
    """A part of an answer."""

    content: bytes
    """The same object for all readers who are sent the same."""
    last_words: Callable[[], bytes] = bytes
    """Answers what a reader is told that is cut before this part."""


class EventStream(Response):
    """Sends pieces as they come, at the reader's pace, until they, the reader or the server end."""

    def __init__(
        self,
        pieces: AsyncIterator[Piece],
        connection: Protocol,
        on_end: Callable[[], object],
        media_type: str = "text/event-stream",
    ) -> None:
        # Proxies in between are not to collect it.
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._pieces = pieces
        self._connection = connection
        self._on_end = on_end
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        sending = asyncio.ensure_future(self._send(send, has_body=scope["method"] != "HEAD"))
        leaving = asyncio.ensure_future(_departure(receive))
        stopping = asyncio.ensure_future(self._connection.shut_down.wait())
        tasks = (sending, leaving, stopping)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._on_end()
        if not sending.cancelled():
            sending.result()
        elif self._has_begun and not stopping.cancelled():
            await send({"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, *, has_body: bool) -> None:
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        self._has_begun = True
        if has_body:
            self._connection.begin_stream()
            async for piece in self._pieces:
                # It waits for what was sent before, not for this piece: that is not sent then.
                if not await self._connection.is_read_within(STALLED_SECONDS):
                    self._connection.cut(piece.last_words())
                    return
                self._connection.write_piece(piece.content)
        await send({"type": "http.response.body", "body": b""})


def told(kind: str, content: Mapping[str, Any]) -> bytes:
    """A server-sent event with a name, and a JSON object that it tells."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), orjson.dumps(content))


async def _departure(receive: Receive) -> None:
    """Wait until the reader goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
