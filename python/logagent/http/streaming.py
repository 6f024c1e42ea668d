"""Answers without an end: server-sent events, and what becomes of those who do not read them."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from logagent.http.server import Protocol

STALLED_SECONDS = 30.0
"""A reader that takes nothing for so long is cut."""


class EventStream(Response):
    """Sends pieces as they come, at the reader's pace, until they or the reader end."""

    def __init__(
        self,
        pieces: AsyncIterator[tuple[bytes, bytes]],
        connection: Protocol,
        on_end: Callable[[], object],
        media_type: str = "text/event-stream",
    ) -> None:
        """Each piece comes with the last words for a reader that is cut before it."""
        # Proxies in between are not to collect it.
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._pieces = pieces
        self._connection = connection
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the answer."""
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_departure(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            self._on_end()
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        self._connection.begin_stream()
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        async for piece, last_words in self._pieces:
            message = {"type": "http.response.body", "body": piece, "more_body": True}
            try:
                # It waits for what was sent before, not for this piece: that is not sent then.
                await asyncio.wait_for(send(message), STALLED_SECONDS)
            except TimeoutError:
                self._connection.cut(last_words)
                return
        await send({"type": "http.response.body", "body": b""})


async def _departure(receive: Receive) -> None:
    """Wait until the reader goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
