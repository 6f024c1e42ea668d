"""`logagent reload`: have the service load its configuration again, or preview that."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from logagent.cli import options
from logagent.cli.command import flag, option, takes
from logagent.cli.terminal import glyphs, say, width, write_lines
from logagent.config import load
from logagent.errors import ConfigError, LogagentError
from logagent.table import Column, number, render

if TYPE_CHECKING:
    import ssl

_MOST_ROWS = 200
_TIMEOUT_SECONDS = 60.0
_UNAUTHORIZED = 401


@takes(
    option(
        "-c",
        "--config",
        metavar="CONFIG",
        is_required=True,
        help="The configuration file of the service.",
    ),
    flag(
        "--preview",
        help="Only count the last lines of the logs by the configuration in force and by this one,"
        " and print the difference.",
    ),
    option(
        "--against",
        metavar="CONFIG",
        help="With --preview: compare with this file instead of asking the service.",
    ),
    option(
        "--lines",
        metavar="N",
        default=10_000,
        within=(1, 1_000_000),
        help="With --preview: lines of each source.",
    ),
    examples="""\
  logagent reload -c config.toml
  logagent reload --preview -c config.toml                   # what would change
  logagent reload --preview --against old.toml -c new.toml   # the same without a service""",
)
def command(*, config: str, preview: bool, against: str | None, lines: int) -> int:
    """Have the running service load its configuration again.

    A wrong configuration changes nothing. Exit code: 0 done, 1 the service refused or cannot be
    reached, 78 unusable configuration.
    """
    if against is not None:
        if not preview:
            raise options.usage_error("--against needs --preview")
        from logagent.preview import compare

        found = compare(load(against), load(config), lines)
        differences = [one._asdict() for one in found.differences]
        return _show({"lines": found.lines, "same": found.same, "differences": differences})
    agent = load(config).describe()["agent"]
    answer = _ask(agent, f"?preview={lines}" if preview else "")
    return _show(answer) if preview else _report(answer)


def _show(preview: Mapping[str, Any]) -> int:
    """Print the series that differ."""
    differences = preview["differences"]
    columns = [Column(name) for name in ("source", "metric", "series", "what")]
    columns += [Column(name, "number") for name in ("old", "new")]
    rows = [
        [one["source"], one["metric"], _labels(one["labels"]), one["column"]]
        + [_value(one[side]) for side in ("old", "new")]
        for one in differences[:_MOST_ROWS]
    ]
    if rows:
        write_lines(
            render(columns, rows, totals=None, glyphs=glyphs(sys.stdout), width=width(sys.stdout))
        )
    counted = ", ".join(f"{number(count)} of {name}" for name, count in preview["lines"].items())
    left_out = len(differences) - len(rows)
    more = f", {number(left_out)} of them not shown" if left_out else ""
    equal = number(preview["same"])
    lines = f"last lines: {counted or 'none'}"
    write_lines(
        [f"{number(len(differences))} differences{more}; {equal} values are equal ({lines})"]
    )
    return 0


def _report(outcome: Mapping[str, Any]) -> int:
    kept, new, dropped = len(outcome["kept"]), outcome["new"], outcome["dropped"]
    write_lines([f"reloaded: {kept} metrics kept, {len(new)} new, {dropped} dropped"])
    for warning in outcome["warnings"]:
        say("note", warning["message"])
    if outcome["needs_restart"]:
        say("note", f"takes a restart: {', '.join(outcome['needs_restart'])}")
    return 0


def _labels(labels: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items() if value is not None)


def _value(value: object) -> str:
    if isinstance(value, int | float):
        return number(value)
    return "-" if value is None else str(value)


def _ask(agent: Mapping[str, Any], query: str) -> Mapping[str, Any]:
    """What the service answers to a reload. Raises `LogagentError` unless it is good news."""
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    scheme = "http" if agent["tls_cert"] is None else "https"
    place = agent["listen"].replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:")
    request = Request(f"{scheme}://{place}/-/reload{query}", method="POST")  # noqa: S310 - http only
    if agent["token_file"] is not None:
        from logagent.config import read_text

        token = read_text(agent["token_file"]).split("\n", 1)[0].strip()
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urlopen(request, timeout=_TIMEOUT_SECONDS, context=_tls(agent)) as answer:  # noqa: S310 - http only
            return _object(answer.read())
    except HTTPError as error:
        raise _refusal(error.code, error.read()) from None
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise LogagentError(
            f"cannot reach the service at {place}: {reason}",
            hint="is it running? see `logagent run`",
        ) from None


def _tls(agent: Mapping[str, Any]) -> "ssl.SSLContext | None":
    """Trust in the service's own certificate, whatever name of this machine it is for."""
    if agent["tls_cert"] is None:
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(agent["tls_cert"])
    return context


def _refusal(code: int, body: bytes) -> LogagentError:
    """What the service said instead of doing it."""
    answer = _object(body)
    if "problems" in answer:
        return ConfigError(answer["problems"])
    if code == _UNAUTHORIZED:
        hint = "users have to ask themselves: curl -u NAME -X POST …/-/reload; or send SIGHUP"
        return LogagentError("the service wants credentials", hint=hint)
    return LogagentError(
        f"the service refused: {answer.get('error', code)}", hint=answer.get("hint")
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
