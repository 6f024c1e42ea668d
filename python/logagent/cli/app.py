"""The group of commands, and the one place where errors become messages and exit codes.

Exit codes: 0 done, 1 found problems, 2 usage, 70 a fault of logagent's own, 78 unusable
configuration or state, 130 interrupted.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from logagent.cli.terminal import say
from logagent.errors import LogagentError

_INTERNAL_FAULT = 70  # EX_SOFTWARE of sysexits.h
_INTERRUPTED = 130  # what shells show for SIGINT

_COMMANDS = {
    "check": "Say what is wrong with a configuration, or what it means.",
    "dashboard": "Write a Grafana dashboard for a configuration.",
    "events": "Read the event log of the service, or post to it.",
    "explain": "Say what becomes of a line, or why lines are refused.",
    "formats": "List the named formats, with an example and the fields of each.",
    "generate": "Write realistic, seeded traffic in a log format.",
    "import": "Turn the rules of another tool into a configuration.",
    "parse": "Turn each log line into a line of JSON.",
    "patterns": "Learn the patterns of log lines.",
    "reload": "Have the service load its configuration again, or preview that.",
    "replay": "Say what the checkers of a configuration find in old logs.",
    "rules": "Write Prometheus rules for a configuration.",
    "run": "Run the service: follow logs, and offer the counts to Prometheus.",
    "scan": "Count the lines of log files in groups.",
    "state": "Show, export, import or reset what the service keeps.",
    "suggest": "Propose a configuration from a sample of logs.",
    "top": "Watch what is happening now, in files or in a running service.",
}
"""Each command and its summary; the module of the same name is imported when it is called."""
_MODULES = {"import": "importing"}
"""Where a command's name cannot be that of a module."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of a command."""
        if cmd_name not in _COMMANDS:
            return None
        # Nothing of what is imported is garbage: to look for some, now and at the end, took a
        # tenth of a start.
        gc.disable()
        command = import_module(f"logagent.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        gc.freeze()
        gc.enable()
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _show_version(context: click.Context, _option: click.Parameter, wanted: object) -> None:
    if wanted:
        from logagent._core import __version__

        click.echo(f"logagent {__version__}")
        context.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  logagent generate --lines 10000 -o access.log
  logagent scan access.log
  logagent scan --by status,section --sum bytes access.log""",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Count, read and make web access logs.

    Results go to standard output, all else to standard error. Exit code: 0 done, 1 an input could
    not be read whole, 2 wrong usage, 78 unusable configuration or state.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line `arguments`, or that of the process, and exit."""
    try:
        # Not `cli.main`: it has its own ideas about broken pipes and interruptions.
        words = list(sys.argv[1:] if arguments is None else arguments)
        with cli.make_context("logagent", words) as context:
            code = cli.invoke(context) or 0
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        code = end.exit_code
    except BrokenPipeError:
        code = _end_output()
    except BaseException as error:
        if os.environ.get("LOGAGENT_DEBUG"):
            raise
        code = _explain(error)
    sys.exit(code)


def _end_output() -> int:
    """End without a message at exit: the reader of the output, as `head`, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _explain(error: BaseException) -> int:
    """Say what went wrong; returns the exit code."""
    code = 1
    match error:
        case LogagentError():
            for kind, message in error.explain():
                say(kind, message)
            code = error.exit_code
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            code = error.exit_code
        case click.ClickException():
            say("error", error.format_message())
            if isinstance(error, click.UsageError) and error.ctx is not None:
                say("hint", f"{error.ctx.command_path} --help")
            code = error.exit_code
        case OSError():
            reason = error.strerror or str(error)
            say("error", f"{error.filename}: {reason}" if error.filename else reason)
        case KeyboardInterrupt():
            code = _INTERRUPTED
        case _:
            say("error", f"a fault of logagent's own: {type(error).__name__}: {error}")
            say("hint", "LOGAGENT_DEBUG=1 shows where; please report it")
            code = _INTERNAL_FAULT
    return code
