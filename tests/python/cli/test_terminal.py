"""What a person at a terminal sees, and what ends a command from outside."""

import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from logagent.cli.terminal import confirmed
from tests.python.lines import SAMPLE
from tests.python.process import LOGAGENT, logagent


def on_terminal(
    *arguments: str | Path, columns: int = 80, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Exit code and all output of a command whose output and errors go to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {
        name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}
    }
    with subprocess.Popen(
        [*LOGAGENT, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm", **(env or {})},
    ) as process:
        os.close(theirs)
        shown = b""
        # Reading a terminal that nobody writes to any more is an error.
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:
            pass
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


@pytest.fixture
def long_paths(tmp_path: Path) -> Path:
    path = tmp_path / "long.log"
    line = b'h - - [t] "GET /%s/%s HTTP/1.1" %d 5\n'
    path.write_bytes(b"".join(line % (b"a" * 200, b"b" * 200, s) for s in (200, 404, 503)))
    return path


def test_table_fits_and_failures_have_colours(long_paths: Path) -> None:
    code, shown = on_terminal("scan", "-f", "common", "--by", "path,status", long_paths, columns=60)
    assert code == 0
    plain = re.sub(r"\x1b\[\d+m", "", shown)
    assert max(map(len, plain.splitlines())) <= 60
    rows = shown.splitlines()
    assert [row.startswith("\x1b[31m") for row in rows[1:4]] == [False, False, True]
    assert [row.startswith("\x1b[33m") for row in rows[1:4]] == [False, True, False]


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colours_where_they_are_not_wanted(
    long_paths: Path, environment: dict[str, str]
) -> None:
    code, shown = on_terminal("scan", "-f", "common", long_paths, env=environment)
    assert code == 0
    assert "\x1b" not in shown


def test_csv_on_a_terminal_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "hostile.log"
    path.write_bytes(b'h - - [t] "GET /\x1b[2J HTTP/1.1" 200 5\n')
    code, shown = on_terminal("scan", "-f", "common", "--by", "path", "-o", "csv", path)
    assert (code, shown) == (0, "path,count\n/\\x1b[2J,1\n")


def test_no_file_and_a_terminal() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.run(
        [*LOGAGENT, "scan"], stdin=theirs, capture_output=True, timeout=60, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 2
    assert process.stderr.decode().splitlines() == [
        "error: no FILE given; `-` reads what you type",
        "hint: logagent scan --help",
    ]


def test_a_bar_for_those_who_wait(tmp_path: Path) -> None:
    """A job that takes longer than a second: its input comes from a pipe that stays open."""
    fifo = tmp_path / "slow"
    os.mkfifo(fifo)
    writer = subprocess.Popen(["bash", "-c", f"exec >{fifo}; printf 'x\\n'; sleep 1.8"])  # noqa: S607
    code, shown = on_terminal("scan", "-f", "common", fifo)
    writer.wait()
    assert code == 0
    assert "\x1b[?25l" in shown  # the cursor is hidden while the bar moves …
    assert "\x1b[?25h" in shown  # … and is back afterwards
    assert "1 lines, 0 matched, 1 rejected" in shown


def test_no_bar_for_short_work(long_paths: Path) -> None:
    _, shown = on_terminal("scan", "-f", "common", long_paths)
    assert "\x1b[?25l" not in shown


@pytest.mark.parametrize("command", ["scan", "parse"])
def test_interruption_while_reading(tmp_path: Path, command: str) -> None:
    fifo = tmp_path / "endless"
    os.mkfifo(fifo)
    with (
        subprocess.Popen(
            [*LOGAGENT, command, "-f", "common", str(fifo)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        fifo.open("wb"),  # opens when the reader does
    ):
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, b"")


def test_interruption_while_writing() -> None:
    with subprocess.Popen(
        [*LOGAGENT, "generate", "--rate", "1000/s"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        begin = os.read(process.stdout.fileno(), 100_000)
        process.send_signal(signal.SIGINT)
        rest, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, b"")
    assert (begin + rest).endswith(b"\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("parse", "-f", "combined", "large.log"),
        ("scan", "-f", "combined", "-o", "csv", "--by", "target", "large.log"),
        ("generate", "--lines", "1000000"),
        ("generate", "--rate", "100000/s"),
    ],
    ids=" ".join,
)
def test_a_reader_that_has_seen_enough(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    log = SAMPLE + b"".join(
        b'\nh - - [t] "GET /%d HTTP/1.1" 200 5 "-" "-"' % i for i in range(100_000)
    )
    (tmp_path / "large.log").write_bytes(log)
    with subprocess.Popen(
        [*LOGAGENT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=30)
    assert (process.returncode, stderr) == (0, b"")


def test_formats_fit_the_terminal_but_for_the_lines_to_copy() -> None:
    _, shown = on_terminal("formats", "haproxy_http", "w3c")
    piped = logagent("formats", "haproxy_http", "w3c").stdout.decode()
    examples = [line for line in piped.splitlines() if line.startswith(("  #", "  192.", "  2026"))]
    assert len(examples) == 3
    folded = [line for line in shown.splitlines() if line not in examples]
    assert max(map(len, folded)) <= 80
    assert len(folded) > len(piped.splitlines()) - len(examples)


@pytest.mark.parametrize(("columns", "widest"), [(60, 60), (200, 100)])
def test_help_fits_the_terminal(columns: int, widest: int) -> None:
    code, shown = on_terminal("scan", "--help", columns=columns)
    assert code == 0
    assert "\x1b[1mUsage:\x1b[0m" in shown
    plain = re.sub(r"\x1b\[\d*m", "", shown).partition("Examples:")[0]
    assert widest - 20 < max(map(len, plain.splitlines())) <= widest
    assert "\x1b" not in on_terminal("scan", "--help", env={"NO_COLOR": "1"})[1]


@pytest.mark.parametrize(
    ("typed", "agreed"),
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False), ("?\ny\n", True)],
)
def test_a_question(
    typed: str,
    agreed: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert confirmed("Really?") is agreed
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Really? [y/N]: ")


@pytest.mark.parametrize("arguments", ["--help", "scan /dev/null", "formats combined"])
def test_an_output_that_is_closed(arguments: str) -> None:
    process = subprocess.run(
        ["bash", "-c", f'"$1" -m logagent {arguments} >&-', "-", LOGAGENT[0]],  # noqa: S607
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (process.returncode, process.stderr) == (0, b"")
