"""Dashboards of Grafana: whole, without overlaps, and every expression is one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from logagent._core import Plan
from logagent.monitoring.dashboard import dashboard
from tests.faults.conftest import server
from tests.python.checkers.feeding import METRICS
from tests.python.monitoring.test_rules import check
from tests.python.process import logagent

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "packaging" / "grafana" / "dashboard.json"

ALL_TYPES = f"""{METRICS}
[[metric]]
name = "last"
type = "gauge"
value = "bytes"
labels = ["status"]

[[metric]]
name = "sizes"
type = "quantiles"
value = "bytes"

[[metric]]
name = "often"
type = "top"
value = "path"
"""


def made() -> dict[str, Any]:
    return dashboard(Plan.from_toml(ALL_TYPES, origin="config.toml").describe(), title="Mine")


def test_the_sample_is_what_the_command_writes_of_the_sample_configuration() -> None:
    outcome = logagent("dashboard", "-c", ROOT / "config.toml")
    assert outcome.stdout.decode() == SAMPLE.read_text()


def test_every_metric_has_a_row() -> None:
    content = made()
    assert content["title"] == "Mine"
    rows = [panel["title"] for panel in content["panels"] if panel["type"] == "row"]
    metrics = ["requests", "bytes", "seconds", "clients", "last", "sizes", "often"]
    assert rows == ["Now", *metrics, "The agent"]
    titles = {panel["title"] for panel in content["panels"]}
    assert {"Rate by status_class", "Rate by section", "Distribution", "Most frequent"} <= titles


def test_grafanas_own_schema_knows_all_of_it() -> None:
    """Its classes leave out what they do not know, and fail at what they cannot read."""
    content = made()
    known = Dashboard.from_json(json.loads(json.dumps(content)))
    assert [*unknown(content, json.loads(JSONEncoder().encode(known)), "")] == []
    assert known.panels
    assert len(known.panels) == len(content["panels"])


def unknown(ours: Any, known: Any, place: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """What the schema's classes do not hold; they add defaults."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            if value is not None:
                yield from unknown(value, (known or {}).get(key), f"{place}/{key}")
    elif isinstance(ours, list):
        for number, value in enumerate(ours):
            yield from unknown(value, known[number], f"{place}/{number}")
    elif ours != known:
        yield place


def test_panels_do_not_overlap() -> None:
    panels = made()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        taken |= cells


def test_alerts_are_shown_where_there_are_checkers() -> None:
    def has_alerts(text: str) -> bool:
        described = Plan.from_toml(text, origin="config.toml").describe()
        return "logagent_alert_firing" in json.dumps(dashboard(described, title="x"))

    assert not has_alerts(METRICS)
    assert has_alerts(METRICS + '[[checker]]\nname = "a"\nmetric = "requests"\nabove = 1\n')


@pytest.fixture(scope="module")
def promtool() -> str:
    """Its path."""
    return server("promtool")


def test_every_expression_is_one(promtool: str, tmp_path: Path) -> None:
    found = [
        {"record": f"expression:{number}", "expr": with_values(expression)}
        for number, expression in enumerate(expressions(made()))
    ]
    assert len(found) > 20
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "all", "rules": found}]}))
    check(promtool, path)


def expressions(content: dict[str, Any]) -> Iterator[str]:
    for panel in content["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def with_values(expression: str) -> str:
    """The expression as Grafana asks it."""
    return expression.replace("$__rate_interval", "1m").replace("$instance", "a|b")
