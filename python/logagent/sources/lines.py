"""Whole lines out of a stream of bytes."""

LINE_BYTES = 1 << 20
"""The longest line that is counted; as `frame::MAX_LINE_BYTES` of the core."""


class WholeLines:
    """Cuts blocks of bytes behind their last line feed and keeps the rest for the next.

    Of a line longer than `LINE_BYTES` only so much is kept as shows that it is too long, so memory
    is bounded.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._kept_bytes = 0
        self.consumed_bytes = 0
        """The length of everything that was handed out, in bytes of the stream."""
        self._waiting_bytes = 0

    def push(self, block: bytes) -> bytes:
        """The lines that `block` completes, those of earlier blocks included; may be empty."""
        end = block.rfind(b"\n") + 1
        if not end:
            self._keep(block)
            return b""
        lines = b"".join((*self._rest, block[:end])) if self._rest else block[:end]
        self.consumed_bytes += self._waiting_bytes + end
        self._rest, self._kept_bytes, self._waiting_bytes = [], 0, 0
        self._keep(block[end:])
        return lines

    def finish(self) -> bytes:
        """The last line, which has no line feed; may be empty."""
        lines = b"".join(self._rest)
        self.consumed_bytes += self._waiting_bytes
        self._rest, self._kept_bytes, self._waiting_bytes = [], 0, 0
        return lines

    def _keep(self, block: bytes) -> None:
        self._waiting_bytes += len(block)
        room = LINE_BYTES + 1 - self._kept_bytes
        if block and room > 0:
            self._rest.append(block[:room])
            self._kept_bytes += min(len(block), room)
