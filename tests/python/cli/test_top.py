"""`logagent top` in pipes; its screen is tested in tests/python/tui."""

from pathlib import Path

import pytest

from tests.python import hostile_texts
from tests.python.daemon.running import running
from tests.python.process import assert_one_error, logagent
from tests.python.waiting import wait_until

TOKEN = "0123456789abcdef"  # noqa: S105 - of tests


def rows(text: str, title: str) -> dict[str, str]:
    """The first number of each row of a table."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(title) and "total" in line:
            break
    found = {}
    for line in lines:
        if not line:
            break
        name, total, *_ = line.split()
        found[name] = total
    return found


def methods(csv: str) -> dict[str, str]:
    """What `scan` counted by method; `top` writes an absent one as `-`."""
    pairs = [row.split(",") for row in csv.splitlines()[1:]]
    return {name or "-": count for name, count in pairs}


def test_once(sample: Path) -> None:
    process = logagent("top", "--once", sample)
    text = process.stdout.decode()
    assert (process.returncode, process.stderr) == (0, b"")
    assert "7 lines" in text
    scanned = logagent("scan", "--by", "method", "-o", "csv", sample).stdout.decode()
    assert rows(text, "method") == methods(scanned)
    assert max(map(len, text.splitlines())) <= 100


def test_once_with_a_condition(sample: Path) -> None:
    text = logagent("top", "--once", "--where", "status >= 400", sample).stdout.decode()
    assert set(rows(text, "status")) <= {"4xx", "5xx"}


def test_hostile_lines_in_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "hostile.log"
    path.write_bytes(hostile_texts.log())
    text = logagent("top", "--once", "--rows", "100", path).stdout.decode()
    assert "markup" in text
    assert not set(text) & {
        *map(chr, range(10)),
        *map(chr, range(11, 32)),
        *map(chr, range(127, 160)),
    }
    assert not set(text) & set("\u202e\u2066\u2067\u2069\u200b\ufeff\u2028")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name a FILE"),
        (("--source", "a", "x.log"), "give it with -c"),
        (("http://127.0.0.1:1", "x.log"), "one service at a time"),
        (("-f", "common", "http://127.0.0.1:1"), "--format and a URL exclude each other"),
        (("--where", "status = 1", "http://127.0.0.1:1"), "--where"),
        (("http://ann:secret@127.0.0.1:1",), "credentials do not belong into an address"),
        (("http://",), "is no address"),
        (("--token-file", "a", "--user", "b", "http://127.0.0.1:1"), "exclude each other"),
        (("-",), "standard input cannot be followed"),
        (("--once", "-f", "common", "--where", "staus == 1", "x.log"), "staus"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], says: str) -> None:
    assert_one_error(logagent("top", *arguments), says=says, code=2)


def test_nobody_there() -> None:
    process = logagent("top", "--once", "http://127.0.0.1:1")
    assert_one_error(process, says="cannot reach the service", code=1)


def test_a_service(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    token = tmp_path / "token"
    log = tmp_path / "growing.log"
    logagent("generate", "-f", "common", "--lines", "9", "-o", log)
    token.write_text(TOKEN + "\n")
    config.write_text(
        f'[agent]\nlisten = "127.0.0.1:0"\nstate_dir = "{tmp_path / "state"}"\n'
        f'commit_interval = "100ms"\ntoken_file = "{token}"\n'
        f'[[source]]\nname = "a"\nformat = "common"\npaths = ["{log}"]\n'
        '[[metric]]\nname = "n_total"\nlabels = ["method"]\n'
    )
    with running(config) as service:

        def once(*options: str | Path) -> str:
            return logagent("top", "--once", *options, service.address).stdout.decode()

        wait_until(lambda: "9 lines" in once("--token-file", token))
        scanned = logagent("scan", "-f", "common", "--by", "method", "-o", "csv", log)
        expected = methods(scanned.stdout.decode())
        assert rows(once("--token-file", token), "method") == expected
        process = logagent("top", "--once", service.address)
        assert_one_error(process, says="wants credentials", code=1)
