"""Entries that applications post: JSON, an array of them, or one on each line."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request

from logagent.errors import ArgumentError
from logagent.eventlog import NewEvent

MOST_BODY_BYTES = 8 << 20
_MOST_ENTRIES = 10_000
_LARGE_BYTES = 256 << 10
"""From this size on reading it would hold up other requests: it is done in a thread."""
_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TYPES = frozenset({"application/json", "application/x-ndjson", "application/jsonl"})


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    body: dict[str, Any]
    event_time: float | None = None
    source: str | None = None
    key: str | None = None


_one = msgspec.json.Decoder(_Entry)
_many = msgspec.json.Decoder(list[_Entry])


async def read_body(request: Request, *, most_bytes: int = MOST_BODY_BYTES) -> bytes:
    """The body. Raises `ArgumentError` if it is too large, or not said to be JSON."""
    # A page of another site cannot post this type without asking first, so no browser is misused.
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in _TYPES:
        hint = "curl -H 'Content-Type: application/json' …"
        raise ArgumentError.of("Content-Type", f"is none of {', '.join(sorted(_TYPES))}", hint=hint)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise ArgumentError.of("body", f"is larger than {most_bytes >> 20} MiB")
    except ClientDisconnect:
        raise ArgumentError.of("body", "ended early") from None
    return bytes(body)


async def read_entries(body: bytes) -> list[NewEvent]:
    """The entries of a body. Raises `ArgumentError` that says where it is wrong."""
    return await asyncio.to_thread(_read, body) if len(body) > _LARGE_BYTES else _read(body)


def _read(body: bytes) -> list[NewEvent]:
    try:
        entries = _many.decode(body) if body.lstrip()[:1] == b"[" else _decode_lines(body)
    except _DECODE_ERRORS as error:
        raise _wrong(f"{error}") from None
    if not 0 < len(entries) <= _MOST_ENTRIES:
        raise ArgumentError.of("body", f"has to hold 1 to {_MOST_ENTRIES} entries")
    return [NewEvent(one.body, one.event_time, one.source, one.key) for one in entries]


def _decode_lines(body: bytes) -> list[_Entry]:
    try:
        return [_one.decode(body)]
    except _DECODE_ERRORS:
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - what is one is wrong itself
            raise
    entries = []
    for number, line in enumerate(lines, 1):
        try:
            entries.append(_one.decode(line))
        except _DECODE_ERRORS as error:
            raise _wrong(f"entry {number}: {error}") from None
    return entries


def _wrong(what: str) -> ArgumentError:
    hint = 'an entry is {"body": {…}}, and may have event_time, source and key'
    return ArgumentError.of("body", what, hint=hint)
