"""The commands, and the one place where errors become messages and exit codes.

Exit codes: 0 done, 1 found problems, 2 usage, 70 a fault of logagent's own, 78 unusable
configuration or state, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys

from logagent._core import __version__, parse_arguments
from logagent.cli.command import Command
from logagent.cli.terminal import has_colours, say, width, write_lines

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_USAGE = 2
_INTERNAL_FAULT = 70  # EX_SOFTWARE of sysexits.h
_INTERRUPTED = 130  # what shells show for SIGINT
_HELP_COLUMNS = 80
_MOST_HELP_COLUMNS = 100

COMMANDS = {
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

_ABOUT = """Count, read and make web access logs.

    Results go to standard output, all else to standard error. Exit code: 0 done, 1 an input could
    not be read whole, 2 wrong usage, 78 unusable configuration or state.
    """
_EXAMPLES = """\
  logagent generate --lines 10000 -o access.log
  logagent scan access.log
  logagent scan --by status,section --sum bytes access.log"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line `arguments`, or that of the process, and exit."""
    path = ["logagent"]
    try:
        code = _run(path, list(sys.argv[1:] if arguments is None else arguments))
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        code = _end_output()
    except BaseException as error:
        if os.environ.get("LOGAGENT_DEBUG"):
            raise
        code = _explain(error, path)
    sys.exit(code)


def command_of(name: str) -> Command:
    """The command of this name, imported."""
    module = f"logagent.cli.{_MODULES.get(name, name)}"
    # Not by importlib: start-up counts.
    command: Command = __import__(module, fromlist=["command"]).command
    return command


def _run(path: list[str], words: list[str]) -> int:
    """Run a command, whose names are added to `path`; returns the exit code."""
    if words and words[0] in COMMANDS:
        name = words.pop(0)
        path.append(name)
        # Nothing of what is imported is garbage: to look for some, now and at the end, took a
        # tenth of a start.
        gc.disable()
        command = command_of(name)
        gc.freeze()
        gc.enable()
    else:
        command = _all()
    is_missing = command.is_group and not words
    output = sys.stderr if is_missing else sys.stdout
    found = parse_arguments(
        command,
        " ".join(path),
        ["--help"] if is_missing else words,
        columns=min(width(output) or _HELP_COLUMNS, _MOST_HELP_COLUMNS),
        coloured=has_colours(output),
    )
    if found.help is not None:
        write_lines([found.help.rstrip()], output)
        return _USAGE if is_missing else 0
    for name in found.commands:
        path.append(name)
        command = dict(command.commands)[name]
    if command.run is None:
        raise AssertionError(path)
    if not command.sees_given:
        return command.run(**found.values) or 0
    from logagent.cli.options import Given

    return command.run(given=Given(found.given), **found.values) or 0


def _all() -> Command:
    """All commands, none imported."""
    commands = [(name, Command(about)) for name, about in COMMANDS.items()]
    return Command(_ABOUT, examples=_EXAMPLES, commands=commands, version=__version__)


def _end_output() -> int:
    """End without a message at exit: the reader of the output, as `head`, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _explain(error: BaseException, path: Sequence[str]) -> int:
    """Say what went wrong; returns the exit code."""
    from logagent.errors import LogagentError, UsageError

    code = 1
    match error:
        case LogagentError():
            for kind, message in error.explain():
                say(kind, message)
            if isinstance(error, UsageError):
                say("hint", f"{' '.join(path)} --help")
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
