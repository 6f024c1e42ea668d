import sys
import tomllib
from typing import Any

import pytest

from logagent.errors import ConfigError, MissingPackageError
from logagent.importers.nginxlog_exporter import import_exporter

FORMAT = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'


def read(namespace: str, log_format: str = FORMAT) -> tuple[dict[str, Any], list[str]]:
    text = f"namespaces:\n- name: app\n  format: '{log_format}'\n{namespace}"
    imported = import_exporter(text, "e.yaml")
    return tomllib.loads(imported.toml), [one.message for one in imported.left_out]


def relabel(config: str) -> str:
    return f"  relabel_configs:\n  - {{ {config} }}\n"


def test_a_namespace_is_a_source_with_its_metrics() -> None:
    timed = f"{FORMAT} $request_time"
    namespace = "  source: { files: [/logs/a.log] }\n  histogram_buckets: [.1, 1]\n"
    found, left_out = read(namespace, timed)
    assert left_out == []
    assert found["source"] == [{"name": "app", "paths": ["/logs/a.log"], "format": "nginx"}]
    assert found["formats"]["nginx"] == {"nginx": timed}
    assert [(one["name"], one["type"]) for one in found["metric"]] == [
        ("app_http_response_count_total", "counter"),
        ("app_http_response_size_bytes", "counter"),
        ("app_http_response_time_seconds", "quantiles"),
        ("app_http_response_time_seconds_hist", "histogram"),
    ]
    assert found["metric"][0]["labels"] == ["method", "status"]
    assert found["metric"][3]["buckets"] == [0.1, 1.0]


def test_times_of_several_upstreams_are_added_up() -> None:
    found, _ = read("", f"{FORMAT} $upstream_response_time")
    assert found["metric"][-1]["value"] == "upstream_response_time.sum"


def test_another_prefix() -> None:
    found, _ = read("  metrics_override: { prefix: web }\n")
    assert found["metric"][0]["name"] == "web_http_response_count_total"


def test_a_label_that_is_a_field_needs_no_category() -> None:
    found, left_out = read(relabel("target_label: user, from: remote_user, only_counter: true"))
    assert (found.get("categories"), left_out) == (None, [])
    assert found["metric"][0]["labels"] == ["user", "method", "status"]
    assert found["metric"][1]["labels"] == ["method", "status"]


def test_a_renamed_field_is_a_category() -> None:
    found, _ = read(relabel("target_label: who, from: remote_user"))
    assert found["categories"]["who"] == {"on": "remote_user", "default": "$0"}


def test_allowed_values_are_rules() -> None:
    config = "target_label: verb, from: request, split: 1, whitelist: [GET, $x]"
    found, _ = read(relabel(config))
    assert found["categories"]["verb"] == {
        "on": "method",
        "rules": [{"name": "GET", "exact": "GET"}, {"name": "$$x", "exact": "$x"}],
        "default": "other",
    }


def test_matches_are_rules_that_keep_what_stands_around() -> None:
    matches = (
        "target_label: route, from: request, split: 2, matches: ["
        "{regexp: '^/(a+)/.*', replacement: '/$1'}, {regexp: /b, replacement: c}]"
    )
    found, left_out = read(relabel(matches))
    assert left_out == []
    assert found["categories"]["route"] == {
        "on": "target",
        "rules": [
            {"name": "/$1", "regex": "^/(a+)/.*"},
            {"name": "${1}c${2}", "regex": "^(.*?)(?:/b)(.*)$"},
        ],
    }


@pytest.mark.parametrize(
    ("namespace", "reason"),
    [
        ("  labels: { a: b }\n", "never change"),
        ("  source: { syslog: { listen_address: x } }\n", "syslog"),
        ("  novelty: 1\n", "`novelty`"),
        (relabel("target_label: a, from: user, split: 2"), "split"),
        (relabel("target_label: status, from: request"), "another field"),
        (relabel("target_label: a, from: http_referer"), "no `$http_referer`"),
        (
            relabel("target_label: a, from: request, matches: [{regexp: '(?=x)', replacement: y}]"),
            "look-ahead",
        ),
        (
            relabel("target_label: a, from: request, matches: [{regexp: '(x)y', replacement: $1}]"),
            "with groups",
        ),
        ("- name: second\n  format: $status\n", "namespace `second`"),
    ],
)
def test_what_does_not_map_is_named(namespace: str, reason: str) -> None:
    _, left_out = read(namespace)
    assert len(left_out) == 1
    assert reason in left_out[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "list of `namespaces`"),
        ("a: [", "not YAML"),
        ("namespaces: 1", "list of `namespaces`"),
        ("namespaces: [1]", "has to be a mapping"),
        ('namespace "a" {\n}', "HCL"),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        import_exporter(text, "e.yaml")


def test_without_a_reader_of_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingPackageError, match="pyyaml"):
        import_exporter("namespaces: []", "e.yaml")
