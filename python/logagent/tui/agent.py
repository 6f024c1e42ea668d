"""Watching a service over HTTP."""

from collections import deque
from collections.abc import AsyncIterator

from logagent.client.address import Address
from logagent.client.asking import ask
from logagent.client.session import RefusedError
from logagent.client.stream import stream_of
from logagent.errors import LogagentError
from logagent.live.plain import view_of
from logagent.live.view import View
from logagent.tui.records import RecordsWatch
from logagent.tui.watch import RawLines, Watch

_RAW_LINES = 100
_UNAUTHORIZED, _NOT_FOUND = 401, 404


class AgentWatch:
    """Asks a service how it is; it does the counting."""

    condition = None

    def __init__(self, address: Address) -> None:
        self._address = address

    def start(self) -> None:
        """Begin to follow: nothing has to be done."""

    def stop(self) -> None:
        """End: nothing has to be done."""

    def read_all(self) -> None:
        """Nothing has to be read: the service has done that."""

    def look(self) -> View:
        """What the service says at present. Raises `LogagentError` if it does not answer."""
        try:
            return view_of(ask(self._address, "/api/v1/live"), title=str(self._address))
        except RefusedError as error:
            raise _refusal(self._address, error) from None

    def filter(self, condition: str | None) -> Watch:
        """Those records for which a condition holds, from now on. Raises `LogagentError`."""
        if condition is None:
            return AgentWatch(self._address)
        return RecordsWatch(self._address, condition, unfiltered=self)

    async def raw_lines(self, key: str, text: str) -> AsyncIterator[RawLines]:
        """Lines of a row as they come: a service keeps none. Raises `LogagentError`."""
        lines: deque[str] = deque(maxlen=_RAW_LINES)
        left_out = 0
        yield RawLines(lines, "lines that come from now on")
        query = [("table", key), ("row", text)]
        async for record in stream_of(self._address, query, "/api/v1/records"):
            if "line" in record:
                lines.append(record["line"])
            left_out += record.get("left_out", 0)
            note = f"not looked at: {left_out}, which came too fast" if left_out else ""
            yield RawLines(lines, note or "as they come")


def _refusal(address: Address, error: RefusedError) -> LogagentError:
    if error.status == _UNAUTHORIZED:
        hint = "give --token-file FILE, or --user NAME"
        return LogagentError(f"{address} wants credentials", hint=hint)
    if error.status == _NOT_FOUND:
        return LogagentError(f"{address} is no logagent, or an older one")
    return error
