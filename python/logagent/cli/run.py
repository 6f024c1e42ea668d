"""`logagent run`: the service."""

from logagent.cli.command import flag, option, takes
from logagent.cli.options import usage_error
from logagent.cli.terminal import password, say, write_lines


@takes(
    option("-c", "--config", metavar="CONFIG", help="The configuration file."),
    flag(
        "--fresh-state",
        help="Set a state database that cannot be read aside, and begin with an empty one.",
    ),
    flag(
        "--hash-password",
        help="Ask for a password and print its hash, for a line `user:HASH` of `basic_auth_file`.",
    ),
    examples="""\
  logagent run -c config.toml
  curl -s http://127.0.0.1:9966/metrics
  kill -HUP $(pidof -x logagent)          # load the configuration again""",
)
def command(*, config: str | None, fresh_state: bool, hash_password: bool) -> int:
    """Follow the logs of a configuration, count, and offer the counts over HTTP.

    SIGHUP loads the configuration again, SIGTERM ends the service. Exit code: 0 ended by a signal,
    1 it cannot listen, 78 unusable configuration or state.
    """
    if hash_password:
        return _print_hash()
    if config is None:
        raise usage_error("name the configuration file with -c")
    from logagent.daemon.service import run

    return run(config, fresh_state=fresh_state)


def _print_hash() -> int:
    from logagent.http.password import PasswordHash

    first = password("Password")
    while password("Repeat for confirmation") != first:
        say("error", "the two are not equal")
        first = password("Password")
    write_lines([str(PasswordHash.of(first))])
    return 0
