"""`logagent events`: what the service noted, and what applications posted."""

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from logagent.cli.command import argument, flag, option, takes
from logagent.cli.options import usage_error
from logagent.cli.terminal import glyphs, painted, width, write_lines
from logagent.printable import printable
from logagent.table import Column, number, render

if TYPE_CHECKING:
    from logagent.cli.terminal import Colour
    from logagent.client.address import Address

_URL = "http://127.0.0.1:9966"
_PAGE_ENTRIES = 1000
_FINDINGS = ("alerts", "findings")  # only the agent writes these
_PHASES = {"open": "firing", "update": "still firing", "close": "recovered"}
_COLOURS: Mapping[str, "Colour"] = {"alerts": "red", "findings": "yellow"}


_SERVICE = (
    option(
        "-c",
        "--config",
        metavar="CONFIG",
        is_global=True,
        help="The configuration file of the service.",
    ),
    option("--url", metavar="URL", is_global=True, help=f"Where the service is. [default: {_URL}]"),
    option(
        "--token-file",
        metavar="FILE",
        is_global=True,
        help="The bearer token, as the service's file.",
    ),
)
"""The options that say which service is meant."""


@takes(
    *_SERVICE,
    argument("stream", "STREAM", is_required=True, help="The stream that they are appended to."),
    option("--source", metavar="NAME", help="What the entries are about."),
    examples="""\
  echo '{"version": "1.2"}' | logagent events post deployments
  logagent events post deployments --source web-1 < entries.jsonl""",
)
def _post(
    *,
    config: str | None,
    url: str | None,
    token_file: str | None,
    stream: str,
    source: str | None,
) -> int:
    """Append the JSON objects of standard input, one on each line, to STREAM.

    An object is the body of an entry. It is done when they are durable.
    """
    from urllib.parse import quote

    from logagent.client.asking import ask

    lines = [line for line in sys.stdin.buffer.read().splitlines() if line.strip()]
    entries = [
        {"body": _body(number, line), "source": source} for number, line in enumerate(lines, 1)
    ]
    body = b"\n".join(map(orjson.dumps, entries))
    path = f"/api/v1/events/{quote(stream, safe='')}"
    answer = ask(
        _address(config, url, token_file), path, body=body, media_type="application/x-ndjson"
    )
    write_lines([f"appended: {number(len(answer['sequences']))}"])
    return 0


@takes(
    *_SERVICE,
    examples="""\
  logagent events streams""",
)
def _streams(*, config: str | None, url: str | None, token_file: str | None) -> int:
    """List the streams: how much there is, and from when to when."""
    from logagent.client.asking import ask

    address = _address(config, url, token_file)
    columns = [Column("stream"), Column("entries", "number"), Column("bytes", "number")]
    columns += [Column("first"), Column("last")]
    rows = [
        [
            stream["name"],
            number(stream["count"]),
            number(stream["bytes"]),
            *(_moment(stream[end]["received"]) for end in ("first", "last")),
        ]
        for stream in ask(address, "/api/v1/streams")["streams"]
    ]
    if rows:
        shape, columns_wide = glyphs(sys.stdout), width(sys.stdout)
        write_lines(render(columns, rows, totals=None, glyphs=shape, width=columns_wide))
    return 0


@takes(
    *_SERVICE,
    option(
        "--since", metavar="WHEN", help="From when on: an instant or how long ago, such as -1h."
    ),
    option("--until", metavar="WHEN", help="Up to when; not with --follow."),
    option("--stream", name="streams", metavar="NAME", many=True, help="Of this stream only."),
    option("--where", metavar="CEL", help="Those for which the condition holds."),
    option("--limit", metavar="N", within=(1, None), help="At most so many."),
    flag("-f", "--follow", help="Go on with what comes."),
    option(
        "-o",
        "--output",
        default="text",
        choices=("text", "json"),
        help="A line for people or an object of JSON for each entry.",
    ),
    examples="""\
  logagent events --since -1h
  logagent events --since -1h --follow --stream alerts
  logagent events --where 'stream == "rejects" && body.reason == "field"' -o json
  echo '{"version": "1.2"}' | logagent events post deployments
  logagent events streams""",
    commands=[("post", _post), ("streams", _streams)],
)
def command(  # noqa: PLR0913 - an argument for each option
    *,
    config: str | None,
    url: str | None,
    token_file: str | None,
    since: str | None,
    until: str | None,
    streams: tuple[str, ...],
    where: str | None,
    limit: int | None,
    follow: bool,
    output: str,
) -> int:
    """Read the event log of the running service.

    Without --since everything that is kept, or with --follow only what comes. Exit code: 0 done, 1
    the service cannot be reached or refuses.
    """
    address = _address(config, url, token_file)
    if follow and until is not None:
        raise usage_error("--until ends what --follow goes on with: name one")
    from logagent.client.stream import query_of, stream_of

    query = query_of(since, None, streams, where)
    if follow:
        entries: Iterable[Mapping[str, Any]] = stream_of(address, query)
    else:
        given = {"until": until, "limit": str(min(limit or _PAGE_ENTRIES, _PAGE_ENTRIES))}
        query += [(name, value) for name, value in given.items() if value is not None]
        entries = _pages(address, query)
    for entry in islice(entries, limit):
        write_lines([_as_json(entry) if output == "json" else _as_text(entry)])
        if follow:
            sys.stdout.flush()
    return 0


def _address(config: str | None, url: str | None, token_file: str | None) -> "Address":
    from logagent.client.address import Address
    from logagent.config import load, read_text

    if config is not None:
        if url is not None or token_file is not None:
            raise usage_error("--config says where the service is: leave out the others")
        return Address.of_agent(load(config).describe()["agent"])
    token = None if token_file is None else read_text(token_file).split("\n", 1)[0].strip()
    return Address.of_url(url or _URL, token=token)


def _pages(address: "Address", query: list[tuple[str, str]]) -> Iterable[Mapping[str, Any]]:
    from urllib.parse import urlencode

    from logagent.client.asking import ask

    path: str | None = f"/api/v1/events?{urlencode(query)}"
    while path is not None:
        page = ask(address, path)
        yield from page["events"]
        path = page["next"]


def _body(number_of_line: int, line: bytes) -> Mapping[str, Any]:
    from logagent.errors import ArgumentError

    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ArgumentError.of("<stdin>", f"line {number_of_line}: {error}") from None
    if not isinstance(body, dict):
        raise ArgumentError.of("<stdin>", f"line {number_of_line} is no JSON object")
    return body


def _as_json(entry: Mapping[str, Any]) -> str:
    # In ASCII, with DEL escaped: nothing in there obeys a terminal.
    return json.dumps(entry).replace("\x7f", "\\u007f")


def _as_text(entry: Mapping[str, Any]) -> str:
    """The moment, stream and source; what a finding says, or a message and the rest as JSON."""
    body = dict(entry["body"])
    moment = _moment(entry["event_time"] or entry["received"])
    parts = [moment, painted(entry["stream"], _COLOURS.get(entry["stream"]), sys.stdout)]
    parts += [str(entry["source"])] if entry["source"] else []
    if entry["stream"] in _FINDINGS and "summary" in body:
        phase = str(body.get("phase"))
        parts.append(f"{_PHASES.get(phase, phase)}: {body['summary']}")
        body.clear()  # the rest is for programs
    message = body.pop("message", None)
    parts += [] if message is None else [str(message)]
    parts += [orjson.dumps(body).decode()] if body else []
    return "  ".join([*parts[:1], parts[1], *map(printable, parts[2:])])


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00") + "Z"
