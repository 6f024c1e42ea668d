"""Rules of Prometheus: `promtool` finds nothing wrong with them, and they fire when they should."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from logagent.config import load
from logagent.monitoring.rules import rules
from tests.faults.conftest import server
from tests.python.checkers.feeding import plan_of
from tests.python.process import logagent

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "packaging" / "prometheus" / "rules.yml"
INSTANCE = 'job="logagent", instance="proxy-1:9966"'


@pytest.fixture(scope="module")
def promtool() -> str:
    """Its path."""
    return server("promtool")


def check(promtool: str, path: Path) -> None:
    process = subprocess.run(
        [promtool, "check", "rules", path], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr + process.stdout


def test_the_sample_is_what_the_command_writes_of_the_sample_configuration() -> None:
    outcome = logagent("rules", "-c", ROOT / "config.toml")
    assert outcome.stdout.decode() == SAMPLE.read_text()


CHECKERS = {
    "rate": 'metric = "bytes"\nabove = 1e6\nlabels = { status_class = "2\\"xx" }',
    "count": 'metric = "seconds"\nmeasure = "count"\nbelow = 5\nfor = "90s"',
    "share": 'metric = "requests"\nmeasure = "share"\nlabels = { section = ["/a.b", "/c"] }\n'
    "below = 0.5\nrecover_above = 0.6",
    "quantile": 'metric = "seconds"\nmeasure = "quantile"\nquantile = 0.99\nabove = 0.25',
    "absence": 'metric = "requests"\nmeasure = "absence"\nover = "90s"',
    "absence of a gauge": 'metric = "clients"\nmeasure = "absence"',
    "unmatched": 'measure = "unmatched"\nsource = "proxy"\nabove = 0.1\nabout = "it\'s: \\\\ # {}"',
}


@pytest.mark.parametrize("text", CHECKERS.values(), ids=CHECKERS)
def test_every_checker_becomes_a_rule(text: str, promtool: str, tmp_path: Path) -> None:
    written = rules(plan_of(text).describe(), job="logagent")
    assert "alert: busy" in written
    path = tmp_path / "rules.yml"
    path.write_text(written)
    check(promtool, path)


def test_what_promql_cannot_say_asks_the_agent() -> None:
    written = rules(plan_of(CHECKERS["absence of a gauge"]).describe(), job="x")
    assert """expr: 'logagent_alert_firing{alert="busy"} == 1'""" in written


def test_a_configuration_without_checkers(promtool: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[metric]]\nname = "n_total"\n')
    path = tmp_path / "rules.yml"
    path.write_text(rules(load(config).describe(), job="it's"))
    check(promtool, path)


def series(name: str, labels: str, values: str) -> dict[str, str]:
    return {"series": f"{name}{{{INSTANCE}{labels}}}", "values": values}


def alert(severity: str, **labels: str) -> dict[str, Any]:
    """An alert as `promtool` compares it, but for its annotations."""
    own = {"job": "logagent", "instance": "proxy-1:9966", "severity": severity, **labels}
    return {"exp_labels": own}


def test_the_rules_fire_when_they_should(promtool: str, tmp_path: Path) -> None:
    group: dict[str, Any] = {
        "interval": "30s",
        "input_series": [
            series("logagent_build_info", ', version="1"', "1x80"),
            # Ten minutes well, ten minutes with every tenth failing; then nothing comes.
            series("http_requests_total", ', status="200"', "0+100x40 4000x40"),
            series("http_requests_total", ', status="503"', "0x20 0+10x20 200x40"),
            {"series": 'up{job="logagent", instance="proxy-2:9966"}', "values": "1x10 0x70"},
            series("logagent_behind_seconds", ', source="a", path="b"', "0x20 200x60"),
            series("logagent_lines_total", ', source="a", path="b"', "0+100x80"),
            series(
                "logagent_rejected_lines_total",
                ', source="a", path="b", reason="literal"',
                "0+10x80",
            ),
        ],
        "promql_expr_test": [
            {
                "expr": 'job:http_requests:rate5m{status="200"}',
                "eval_time": "10m",
                "exp_samples": [
                    {
                        "labels": 'job:http_requests:rate5m{job="logagent", status="200"}',
                        "value": 100 / 30,
                    }
                ],
            }
        ],
        "alert_rule_test": [
            expected("errors", "9m"),
            expected("errors", "18m", "critical"),
            expected("silence", "20m"),
            expected("silence", "35m", "warning"),
            expected("LogagentBehind", "12m"),
            expected("LogagentBehind", "16m", "warning", source="a"),
            expected("LogagentRejectsLines", "35m", "warning", source="a"),
            expected("LogagentDown", "12m", "critical", instance="proxy-2:9966"),
        ],
    }
    for test in group["alert_rule_test"]:
        for one in test["exp_alerts"]:
            one["exp_annotations"] = annotations(test["alertname"], one["exp_labels"])
    path = tmp_path / "tests.yml"
    path.write_text(json.dumps({"rule_files": [str(SAMPLE)], "tests": [group]}))
    process = subprocess.run(
        [promtool, "test", "rules", path], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr + process.stdout


def expected(name: str, at: str, severity: str | None = None, **labels: str) -> dict[str, Any]:
    """Whether a rule fires at an instant, and with which labels."""
    alerts = [] if severity is None else [alert(severity, **labels)]
    return {"alertname": name, "eval_time": at, "exp_alerts": alerts}


def annotations(name: str, labels: dict[str, str]) -> dict[str, str]:
    """What people read; `promtool` has filled in the values."""
    instance = labels["instance"]
    return {
        "errors": {
            "summary": f"errors on {instance}",
            "description": "More than 5 % of the requests fail.",
        },
        "silence": {"summary": f"silence on {instance}", "description": "The value is 0."},
        "LogagentBehind": {
            "summary": f"logagent on {instance} is behind with the source a",
            "description": "There has been something to read for 3m 20s.",
        },
        "LogagentRejectsLines": {
            "summary": f"10% of the lines of a on {instance} do not match",
            "description": "Has the format of the log changed? `logagent explain FILE` says where "
            "lines differ.",
        },
        "LogagentDown": {
            "summary": f"logagent on {instance} cannot be scraped",
            "description": "Nothing is shown meanwhile, and nothing is lost: it goes on where it "
            "was.",
        },
    }[name]
