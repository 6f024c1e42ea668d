"""Secrets that stand in a configuration are not in what is said of it."""

from pathlib import Path

import pytest

from logagent.masking import masked_line, masked_url
from tests.python.process import logagent

SECRET = "hunter2-hunter2-hunter2"  # noqa: S105


@pytest.mark.parametrize(
    "line",
    [
        f'password = "{SECRET}"  # of the proxy',
        f'token="{SECRET}',
        f"  'x-api-key' = '{SECRET}'",
        f'headers = {{ Authorization = "Bearer {SECRET}", other = "{SECRET}" }}',
        f'url = "https://me:{SECRET}@chat.example.org/hooks"',
        f'url = "https://chat.example.org/hooks/T000/{SECRET}"',
        f"url = 'https://chat.example.org/hooks?key={SECRET}'",
    ],
)
def test_a_line_keeps_its_columns_and_no_secret(line: str) -> None:
    shown = masked_line(line)
    assert SECRET not in shown
    assert len(shown) == len(line)
    assert shown[: line.index("=")] == line[: line.index("=")]


@pytest.mark.parametrize(
    "line",
    [
        'token_file = "/etc/logagent/token"',
        'password = "${PASSWORD}"',
        'url = "https://chat.example.org/hooks/logs"',
        'regex = "(?<path>[^?]*)"',
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert masked_line(line) == line


def test_a_url_is_shown_without_its_secrets() -> None:
    assert masked_url(f"https://a.example/b/{SECRET}?c=d") == "https://a.example/b/***?***"
    assert masked_url("http://a.example:80/b") == "http://a.example:80/b"
    assert masked_url("https://a.example/b?key=${KEY}") == "https://a.example/b?key=${KEY}"


def test_what_check_quotes_and_shows(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    head = '[[source]]\nname = "s"\npaths = ["a"]\n[[metric]]\nname = "n"\n'
    sink = f"""
[[sink]]
name = "chat"
type = "webhook"
url = "https://chat.example.org/{SECRET}"
"""
    config.write_text(f'{head}{sink}tokn = "{SECRET}"\n')
    wrong = logagent("check", str(config)).stdout.decode()
    assert "did you mean `token`?" in wrong
    assert SECRET not in wrong
    config.write_text(f"{head}{sink}token = 7777777\n")
    assert "7777777" not in logagent("check", str(config)).stdout.decode()
    config.write_text(f'{head}{sink}token = "{SECRET}"\n')
    for more in ([], ["--show"], ["--show", "-o", "json"]):
        right = logagent("check", str(config), *more)
        assert right.returncode == 0, right.stdout
        assert SECRET not in right.stdout.decode()
