"""What all commands share: help, version, what is imported, faults."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from logagent import __version__
from tests.python.process import LOGAGENT, assert_one_error, logagent

COMMANDS = (
    (),
    ("check",),
    ("dashboard",),
    ("explain",),
    ("generate",),
    ("import",),
    ("import", "edgesense"),
    ("import", "mtail"),
    ("import", "multibrain"),
    ("import", "nginxlog-exporter"),
    ("parse",),
    ("replay",),
    ("rules",),
    ("scan",),
    ("suggest",),
    ("top",),
)
FILES = {
    "config.toml": """
[[source]]
name = "a"
paths = ["access.log"]
format = "combined"
[[metric]]
name = "n_total"
[[checker]]
name = "busy"
metric = "n_total"
above = 10
""",
    "mapping.csv": "Id,Regex,Rank\napi,^/api/,1\n",
    "multibrain.json": '[["--log", "/var/log/httpd/access.log", "--job", "shop"]]',
    "sites.json": '[["--file", "/var/log/httpd/access.log", "--name", "shop"]]',
    "requests.mtail": "counter n by code\n/(?P<status>\\d+)/ {\n  n[$status]++\n}\n",
    "exporter.yaml": "namespaces: [{ name: a, format: $status }]",
}
"""What the examples read, beside logs."""
SILENT = (" -o ", "--objects", "--incremental")
"""Options of examples that print nothing."""


def test_version() -> None:
    process = logagent("--version")
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout.decode() == f"logagent {__version__}\n"


def test_no_command_shows_the_help() -> None:
    process = logagent()
    assert (process.returncode, process.stdout) == (2, b"")
    assert process.stderr == logagent("--help").stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(command: tuple[str, ...]) -> None:
    process = logagent(*command, "--help")
    assert (process.returncode, process.stderr) == (0, b"")
    assert process.stdout == logagent(*command, "-h").stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_examples_of_the_help_work(command: tuple[str, ...], tmp_path: Path) -> None:
    text = logagent(*command, "--help").stdout.decode()
    examples = re.findall(r"^ {2}(\S.*)$", text.partition("Examples:")[2], re.MULTILINE)
    assert len(examples) >= (3 if len(command) < 2 else 1)
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    timed = '$remote_addr $remote_user [$time_local] "$request" $status'
    logagent("generate", "--lines", "1000", "-o", "access.log", cwd=tmp_path)
    logagent("generate", "--lines", "9", "-o", "timed.log", "--format", timed, cwd=tmp_path)
    shell = 'logagent() { "$PYTHON" -m logagent "$@"; }; set -o pipefail; '
    for example in examples:
        process = subprocess.run(
            ["bash", "-c", shell + example],  # noqa: S607
            cwd=tmp_path,
            env={**os.environ, "PYTHON": LOGAGENT[0], "STATE_DIRECTORY": str(tmp_path / "state")},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert process.returncode == 0, process.stderr.decode()
        # For cron, no news is good news.
        assert process.stdout or any(option in example for option in SILENT)
        assert b"error" not in process.stderr


NEEDED: dict[tuple[str, ...], set[str]] = {
    ("scan", "-o", "json", "empty.log"): {"collections", "enum", "functools", "re"},  # by `json`
}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("--help",),
        ("scan", "--help"),
        ("scan", "empty.log"),
        ("scan", "-o", "prometheus", "empty.log"),
        ("scan", "-o", "json", "empty.log"),
    ],
    ids=" ".join,
)
def test_only_what_is_needed_is_imported(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    program = (
        "import sys\n"
        "from logagent.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    print('imported', *sys.modules, file=sys.stderr)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    imported = set(process.stderr.decode().split("imported ")[1].split())
    # Whoever of ours imports one of these pays for it with up to ten milliseconds.
    slow = {"argparse", "ast", "asyncio", "collections", "contextlib", "dataclasses", "datetime"}
    slow |= {"enum", "functools", "importlib", "inspect", "orjson", "pathlib", "re", "rich"}
    slow |= {"threading", "typing"}
    assert not imported & (slow - NEEDED.get(arguments, set()))
    assert "logagent.cli.generate" not in imported


def test_unknown_command() -> None:
    assert_one_error(logagent("scna"), says="a similar subcommand exists: 'scan'", code=2)


@pytest.mark.parametrize(("debug", "traceback"), [("", False), ("1", True)])
def test_a_fault_of_our_own_is_one_line(debug: str, *, traceback: bool) -> None:
    program = (
        "import logagent.cli.app as app\n"
        "def fail(path, words):\n"
        "    raise ZeroDivisionError('by \\x1b[31m nought')\n"
        "app._run = fail\n"
        "app.main(['scan'])\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LOGAGENT_DEBUG": debug},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (b"Traceback" in process.stderr) == traceback
    if not traceback:
        assert process.returncode == 70
        assert process.stderr.decode().splitlines() == [
            "error: a fault of logagent's own: ZeroDivisionError: by \\x1b[31m nought",
            "hint: LOGAGENT_DEBUG=1 shows where; please report it",
        ]
