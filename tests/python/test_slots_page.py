"""The examples of docs/slots.md work."""

import shlex
from pathlib import Path

import pytest

from tests.python.process import logagent

PAGE = Path(__file__).parents[2] / "docs" / "slots.md"
COMMANDS = [line for line in PAGE.read_text().splitlines() if line.startswith("logagent scan")]
CONFIG = """
[[source]]
name = "proxy"
paths = ["access.log"]
format = "combined"
[[metric]]
name = "http_requests_total"
labels = ["status"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of traffic, some days ago."""
    folder = tmp_path_factory.mktemp("slots")
    (folder / "config.toml").write_text(CONFIG)
    made = logagent(
        "generate", "--lines", "60000", "--start", "-3d", "-o", "access.log", cwd=folder
    )
    assert made.returncode == 0, made.stderr.decode()
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, folder: Path) -> None:
    arguments, _, output = command.partition(" > ")
    words = [
        word.replace("access.log*", str(folder / "access.log*")) for word in shlex.split(arguments)
    ]
    process = logagent(*words[1:], cwd=folder)
    assert process.returncode == 0, process.stderr.decode()
    lines = process.stdout.decode().splitlines()
    assert lines
    if output == "history.om":
        assert lines[-1] == "# EOF"
