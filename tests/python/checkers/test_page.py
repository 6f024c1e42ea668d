"""What docs/checkers.md promises: its examples are right, and the package that it shows works."""

import json
import os
import re
from pathlib import Path

import pytest

from logagent._core import Plan
from logagent.checkers.threshold import Threshold
from logagent.extensions import declared
from logagent.options import page
from logagent.receivers.alertmanager import Alertmanager
from logagent.receivers.receiver import POSTING_OPTIONS
from logagent.receivers.webhook import Webhook
from tests.python.checkers.packaged import PAGE, blocks, install, table
from tests.python.process import logagent

METRICS = """
[[source]]
name = "proxy"
paths = ["access.log"]
format = "combined"

[[metric]]
name = "http_requests_total"
labels = ["status_class", "section"]

[[metric]]
name = "http_response_bytes_total"
value = "bytes"

[[metric]]
name = "http_request_duration_seconds"
type = "quantiles"
value = "bytes"
quantiles = [0.95]
"""


EXAMPLES = [
    text
    for text in (*blocks("toml", "[[checker]]"), *blocks("toml", "[[receiver]]"))
    if "novelty" not in text and "guess" not in text
]


def test_the_configurations_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_TOKEN", "secret")
    text = METRICS + "\n".join(EXAMPLES)
    # The first example is the last one's in another place.
    _, problems = declared(Plan.from_toml(text, origin="config.toml").describe())
    assert problems == []


def test_the_tables_are_those_of_the_code() -> None:
    of_type = len(POSTING_OPTIONS)
    for options in (
        Threshold.OPTIONS,
        POSTING_OPTIONS,
        Webhook.OPTIONS[of_type:],
        Alertmanager.OPTIONS[of_type:],
    ):
        assert page(options) in PAGE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with the checkers of the page, a log, and the package, installed."""
    checkers = "\n".join(text for text in EXAMPLES if "[[checker]]" in text)
    (tmp_path / "config.toml").write_text(METRICS + checkers + table("novelty"))
    install(tmp_path, "novelty")
    logagent("generate", "--lines", "2000", "--seed", "4", "-o", "access.log", cwd=tmp_path)
    return tmp_path


def test_a_package_adds_a_checker(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    checked = logagent("check", "config.toml", cwd=folder, env=environment)
    assert checked.returncode == 0, checked.stdout
    for command in re.findall(r"^(logagent replay .*)$", PAGE, re.MULTILINE):
        words = command.replace("'", "").split()[1:]
        outcome = logagent(*words, cwd=folder, env=environment)
        assert outcome.returncode == 0, outcome.stderr
    outcome = logagent(
        *("replay", "-c", "config.toml", "--checker", "new-sections", "-o", "json"),
        cwd=folder,
        env=environment,
    )
    found = json.loads(outcome.stdout)["findings"]
    opened = {one["summary"] for one in found if one["phase"] == "open"}
    assert "section /blog is new" in opened
    assert len(found) == 2 * len(opened)


def test_what_is_wrong_with_its_options_is_told(folder: Path) -> None:
    config = folder / "config.toml"
    config.write_text(config.read_text().replace('label = "section"', 'labels = "section"'))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    checked = logagent("check", "config.toml", cwd=folder, env=environment).stdout.decode()
    assert "unknown key `labels` in novelty `new-sections`" in checked
    assert "did you mean `label`?" in checked
    assert "needs the key `label`" in checked
