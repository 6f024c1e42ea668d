from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from logagent.daemon import metrics

TALLY = {"lines": 5, "matched": 3, "bytes": 70, "rejects": {"literal": 2}, "unreadable": 1}
EVENTS = {"rotations": 2, "truncations": 1, "gaps": 1, "gap_bytes": 100, "read_errors": 3}
STATS: dict[str, Any] = {
    "pending_seconds": 0.5,
    "taken_seconds": 2.5,
    "files": [
        {"source": "proxy", "path": "/a", "behind_bytes": 10, "behind_seconds": 1, "problem": None},
        {"source": "proxy", "path": "/a", "behind_bytes": 5, "behind_seconds": 4, "problem": "no"},
    ],
    "parked": [{"source": "proxy", "path": "/fifo", "reason": "a named pipe"}],
    "sources": [{"name": "proxy", "error": None}, {"name": "quiet", "error": None}],
    "open_files": 2,
    "committed": [
        {"source": "proxy", "path": "/a", **TALLY},
        {"source": "proxy", "path": "/b\n", **TALLY},
        {"source": "proxy", "path": "/b\\n", **TALLY},
        {"source": "proxy", "path": None, **EVENTS},
    ],
    "metrics": [{"name": "m_total", "series": 3, "series_limit": 10, "overflowed": 7}],
    "models": [
        {
            "name": "app",
            "mode": "learn",
            "is_learning": True,
            "templates": 2,
            "untold": 3,
            "counts": [
                {"source": "proxy", "template": "00ff", "lines": 4},
                {"source": "proxy", "template": "__other__", "lines": 1},
            ],
        },
        # No configuration names it.
        {"name": "spare", "mode": None, "counts": []},
    ],
    "slots": {"pending_rows": 4, "without_time": 5, "ahead_of_clock": 6, "beyond_limit": 8},
}


@pytest.fixture(scope="module")
def exposed() -> str:
    def stats() -> Mapping[str, Any]:
        return STATS

    registry = metrics.registry()
    registry.register(metrics.EngineCollector(stats))
    registry.register(metrics.Figures(lambda: [metrics.build_info(), metrics.gauge("x", "X.", 1)]))
    return generate_latest(registry).decode()


@pytest.mark.parametrize(
    "line",
    [
        'logagent_lines_total{path="/a",source="proxy"} 5.0',
        'logagent_matched_lines_total{path="/a",source="proxy"} 3.0',
        'logagent_read_bytes_total{path="/a",source="proxy"} 70.0',
        'logagent_unreadable_values_total{path="/a",source="proxy"} 1.0',
        'logagent_rejected_lines_total{path="/a",reason="literal",source="proxy"} 2.0',
        'logagent_rotations_total{source="proxy"} 2.0',
        'logagent_truncations_total{source="proxy"} 1.0',
        'logagent_gaps_total{source="proxy"} 1.0',
        'logagent_gap_bytes_total{source="proxy"} 100.0',
        'logagent_read_errors_total{source="proxy"} 3.0',
        'logagent_rotations_total{source="quiet"} 0.0',
        'logagent_behind_bytes{path="/a",source="proxy"} 15.0',
        'logagent_behind_seconds{path="/a",source="proxy"} 4.0',
        "logagent_open_files 2.0",
        'logagent_unread_files{source="proxy"} 2.0',
        'logagent_unread_files{source="quiet"} 0.0',
        'logagent_series{metric="m_total"} 3.0',
        'logagent_series_limit{metric="m_total"} 10.0',
        'logagent_overflowed_records_total{metric="m_total"} 7.0',
        "logagent_slot_pending_rows 4.0",
        "logagent_slot_untimed_records_total 5.0",
        "logagent_slot_future_records_total 6.0",
        "logagent_slot_dropped_records_total 8.0",
        'logagent_template_lines_total{source="proxy",template="00ff"} 4.0',
        'logagent_template_lines_total{source="proxy",template="__other__"} 1.0',
        'logagent_model_templates{model="app"} 2.0',
        'logagent_model_learning{model="app"} 1.0',
        'logagent_model_untold_templates_total{model="app"} 3.0',
        "logagent_uncommitted_age_seconds 2.5",
        "logagent_x 1.0",
    ],
)
def test_a_line(exposed: str, line: str) -> None:
    assert line in exposed.splitlines()


def test_names_that_look_the_same_are_one_series(exposed: str) -> None:
    assert exposed.count('logagent_lines_total{path="/b') == 1
    assert 'logagent_lines_total{path="/b\\\\n",source="proxy"} 10.0' in exposed.splitlines()


def test_conventions(exposed: str) -> None:
    for family in text_string_to_metric_families(exposed):
        assert family.name.startswith("logagent_")
        assert not family.name.startswith("logagent_logagent")
        assert family.documentation.endswith(".")
        assert all(one.name.endswith("_total") for one in family.samples) == (
            family.type == "counter"
        )
