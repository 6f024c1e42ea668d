"""Messages in a TCP stream of syslog: counted octets, or lines (RFC 6587, 3.4)."""

from logagent.sources.lines import LINE_BYTES, WholeLines

_MOST_DIGITS = 9
_DIGITS = b"0123456789"


class FramingError(Exception):
    """The stream is not framed as it began."""


class Messages:
    """Makes lines of the messages of one connection. Memory is bounded by the longest message."""

    def __init__(self) -> None:
        self._is_counted: bool | None = None
        self._lines = WholeLines()
        self._rest = bytearray()
        self._skip_bytes = 0

    def push(self, block: bytes) -> bytes:
        """The messages that `block` completes, each a line. Raises `FramingError`."""
        if self._is_counted is None and block:
            # A message begins with its priority in angle brackets, so a digit is a count.
            self._is_counted = block[0] in _DIGITS
        return self._push_counted(block) if self._is_counted else self._lines.push(block)

    def finish(self) -> bytes:
        """What the end of the connection completes: a last line, but no part of a counted one."""
        return b"" if self._is_counted else self._lines.finish()

    def _push_counted(self, block: bytes) -> bytes:
        self._rest += block
        found: list[bytes] = []
        start = 0
        while start < len(self._rest):
            if self._skip_bytes:
                skipped = min(self._skip_bytes, len(self._rest) - start)
                self._skip_bytes -= skipped
                start += skipped
                continue
            space = self._rest.find(b" ", start, start + _MOST_DIGITS + 1)
            if space < 0:
                if len(self._rest) - start > _MOST_DIGITS:
                    raise FramingError("a count of octets was expected")
                break
            digits = bytes(self._rest[start:space])
            if not digits.isdigit():
                raise FramingError("a count of octets was expected")
            count, content = int(digits), space + 1
            if count > LINE_BYTES and len(self._rest) - content > LINE_BYTES:
                # Enough to show that it is too long; the rest is passed over.
                found.append(as_line(bytes(self._rest[content : content + LINE_BYTES + 1])))
                start = content + LINE_BYTES + 1
                self._skip_bytes = count - LINE_BYTES - 1
                continue
            if len(self._rest) - content < count:
                break
            found.append(as_line(bytes(self._rest[content : content + count])))
            start = content + count
        del self._rest[:start]
        return b"".join(found)


def as_line(message: bytes) -> bytes:
    """A message as one line: a line feed inside is a space."""
    text = message.rstrip(b"\r\n\0")
    if not text:
        return b""
    return text.replace(b"\n", b" ") + b"\n"
