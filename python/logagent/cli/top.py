"""`logagent top`: what is happening now."""

import sys
import time
from typing import TYPE_CHECKING

from logagent.cli import options
from logagent.cli.command import arguments, flag, option, takes
from logagent.cli.terminal import glyphs, is_terminal, password, width, write_lines
from logagent.errors import ArgumentError, LogagentError

if TYPE_CHECKING:
    from logagent.client.address import Address
    from logagent.tui.columns import Order
    from logagent.tui.watch import Watch

_PIPE_COLUMNS = 100


@takes(
    options.CONFIG,
    options.SOURCE,
    options.FORMAT,
    option(
        "--where",
        metavar="CONDITION",
        help="Only lines that this CEL condition holds for, as `status >= 500`.",
    ),
    option(
        "--refresh", metavar="SECONDS", default=1.0, within=(0.1, 3600.0), help="How often to look."
    ),
    option(
        "--sort",
        default="total",
        choices=("total", "recent", "bytes"),
        help="What the rows are sorted by.",
    ),
    option(
        "--rows", metavar="N", default=10, within=(1, 100), help="Rows of a table, in plain text."
    ),
    flag(
        "--once",
        help="Read all, print it as plain text, and end; a service with --where for ten seconds.",
    ),
    flag("--plain", help="Print plain text again and again, without a screen."),
    option(
        "--token-file", metavar="FILE", help="The bearer token of the service, as its `token_file`."
    ),
    option("--user", metavar="NAME", help="A user of the service; asks for the password."),
    option(
        "--ca-file",
        metavar="FILE",
        help="Certificates to trust, for a service with one of its own.",
    ),
    arguments("targets", "FILE|URL", help="Files that grow, or the address of a service."),
    examples="""\
  logagent top --once access.log
  logagent top --once --where 'status >= 500' --rows 3 access.log
  logagent top --once --sort bytes -c config.toml access.log

Without --once, on a terminal: `logagent top access.log`, or
`logagent top http://localhost:9966 --token-file token`.""",
    sees_given=True,
)
def command(  # noqa: PLR0913 - an argument for each option
    *,
    config: str | None,
    source: str | None,
    log_format: str,
    where: str | None,
    refresh: float,
    sort: str,
    rows: int,
    once: bool,
    plain: bool,
    token_file: str | None,
    user: str | None,
    ca_file: str | None,
    targets: tuple[str, ...],
    given: options.Given,
) -> int:
    """Watch what is happening now: in files as they grow, or in a running service.

    Shows requests per second, status classes, and the most frequent sections, URLs, clients and
    kinds of user agents, in all and of the last ten seconds; of files whose format has
    `request_time` also the slowest sections; of a configuration its categories. In a pipe it prints
    plain text.

    Exit code: 0 done, 1 the service or the files cannot be read, 2 wrong usage.
    """
    from logagent.tui.columns import Order

    if any(target.startswith(("http://", "https://")) for target in targets):
        given.refuse("a URL", "config", "source", "log_format")
        if len(targets) > 1:
            raise options.usage_error("one service at a time, and no files beside it")
        from logagent.tui.agent import AgentWatch

        watch: Watch = AgentWatch(_address(targets[0], token_file, user, ca_file))
        if where is not None:
            watch = watch.filter(where)
    else:
        if config is not None:
            given.refuse_beside_config("log_format")
        elif source is not None:
            raise options.usage_error("--source is a name of a configuration; give it with -c")
        elif not targets:
            raise options.usage_error("name a FILE, the URL of a service, or -c CONFIG")
        from logagent.tui.files import FilesWatch
        from logagent.tui.questions import Choice

        watch = FilesWatch(Choice(targets, log_format, config, source), condition=where)
    order = Order(sort)
    if once:
        watch.read_all()
        _print(watch, rows, order)
        return 0
    # Textual draws on standard error.
    if plain or not all(map(is_terminal, (sys.stdin, sys.stdout, sys.stderr))):
        return _repeat(watch, rows, order, refresh)
    return _screen(watch, order, refresh)


def _screen(watch: "Watch", order: "Order", refresh_seconds: float) -> int:
    watch.start()  # it reads while Textual is loaded, which takes a third of a second
    try:
        from logagent.tui.app import TopApp
    except ModuleNotFoundError as error:
        watch.stop()
        if error.name != "textual":
            raise
        raise LogagentError(
            "the screen needs Textual", hint="pip install 'logagent[tui]', or give --plain"
        ) from None
    return TopApp(watch, order=order, refresh_seconds=refresh_seconds).run_to_end()


def _repeat(watch: "Watch", rows: int, order: "Order", refresh_seconds: float) -> int:
    """Print until somebody interrupts."""
    watch.start()
    try:
        while True:
            time.sleep(refresh_seconds)
            _print(watch, rows, order)
            write_lines([""])
            sys.stdout.flush()
    finally:
        watch.stop()


def _print(watch: "Watch", rows: int, order: "Order") -> None:
    from logagent.tui.plain import lines

    columns = width(sys.stdout) or _PIPE_COLUMNS
    signs = glyphs(sys.stdout)
    write_lines(lines(watch.look(), rows=rows, order=order, width=columns, glyphs=signs))


def _address(url: str, token_file: str | None, user: str | None, ca_file: str | None) -> "Address":
    """Where the service is, and what it is shown."""
    import ssl

    from logagent.client.address import Address

    tls = None
    if ca_file is not None:
        try:
            tls = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            message = f"{ca_file}: {error.strerror or 'no certificates'}"
            raise ArgumentError.of("--ca-file", message) from None
    address = Address.of_url(url, tls=tls)
    if address.authorization is not None:
        hint = "--user NAME asks for the password"
        raise ArgumentError.of("URL", "credentials do not belong into an address", hint=hint)
    return address._replace(authorization=_authorization(token_file, user))


def _authorization(token_file: str | None, user: str | None) -> str | None:
    if token_file is not None and user is not None:
        raise options.usage_error("--token-file and --user exclude each other")
    if token_file is not None:
        from logagent.config import read_text

        return f"Bearer {read_text(token_file).split(chr(10), 1)[0].strip()}"
    if user is not None:
        import base64

        secret = password(f"Password of {user}")
        return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
    return None
