"""Server-sent events out of bytes (HTML Standard, 9.2.6)."""

from typing import NamedTuple

_MOST_EVENT_BYTES = 4 << 20


class ServerEvent(NamedTuple):
    """What was dispatched."""

    kind: str
    content: str
    last_id: str
    """The last event id that was set, here or before."""


class ServerEvents:
    """Takes a stream in pieces and answers the events that are complete."""

    def __init__(self) -> None:
        self.last_id = ""
        """What a next connection goes on with."""
        self._rest = b""
        self._id = ""
        self._kind = ""
        self._content: list[str] = []
        self._size = 0

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """The events that end within this piece. Raises ValueError if one is beyond all bounds."""
        # What a carriage return ends is told by the next byte, so a last one waits for it.
        text = self._rest + piece
        end = len(text) - 1 if text.endswith(b"\r") else len(text)
        lines = text[:end].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + text[end:]
        if len(self._rest) > _MOST_EVENT_BYTES:
            raise ValueError("a line without an end")
        return [event for line in lines if (event := self._line(line.decode(errors="replace")))]

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatched()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._content.append(value)
            self._size += len(value)
            if self._size > _MOST_EVENT_BYTES:
                raise ValueError("an event without an end")
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatched(self) -> ServerEvent | None:
        # Only now: an event whose end did not come was not read.
        self.last_id = self._id or self.last_id
        content, kind = self._content, self._kind
        self._content, self._kind, self._size = [], "", 0
        if not content:
            return None
        return ServerEvent(kind or "message", "\n".join(content), self.last_id)
