import tomllib
from typing import Any

import pytest

from logagent._core import Plan
from logagent.errors import ConfigError
from logagent.importers.imported import Imported
from logagent.importers.mtail import import_program
from logagent.importers.mtail.groups import group_names, rename_group

PROGRAM = r"""
# Requests.
counter requests by method, code
counter bytes_total as "sent_bytes_total" by code
histogram took buckets 0.5, 1
gauge last_size

const ADDRESS /(?P<address>\S+)/
/^/ + ADDRESS + / "(?P<verb>[A-Z]+) (\S+)\/x" / +  # goes on
/(?P<status>\d+) (?P<size>\d+) (?P<seconds>[\d.]+)$/ {
  requests[$verb][$status]++
  bytes_total[$status] += $size
  took = $seconds
  $status >= 500 {
    last_size = $size
  }
}
"""
REGEX = (
    r'^(?P<address>\S+) "(?P<method>[A-Z]+) (\S+)/x" '
    r"(?P<code>\d+) (?P<size>\d+) (?P<seconds>[\d.]+)$"
)


def read(imported: Imported) -> dict[str, Any]:
    return tomllib.loads(imported.toml)


def reasons(imported: Imported) -> list[tuple[int | None, str]]:
    return [(one.line, one.message.removeprefix("left out: ")) for one in imported.left_out]


def test_one_pattern_is_a_format_and_its_updates_are_metrics() -> None:
    imported = import_program(PROGRAM, "r.mtail")
    assert imported.left_out == []
    found = read(imported)
    assert found["formats"]["mtail"] == {"regex": REGEX}
    assert found["metric"] == [
        {"name": "requests", "type": "counter", "labels": ["method", "code"]},
        {"name": "sent_bytes_total", "type": "counter", "labels": ["code"], "value": "size"},
        {
            "name": "took",
            "type": "histogram",
            "labels": [],
            "value": "seconds",
            "buckets": [0.5, 1.0],
        },
        {
            "name": "last_size",
            "type": "gauge",
            "labels": [],
            "value": "size",
            "when": "code >= 500",
        },
    ]


def test_groups_without_a_name_get_one_where_they_are_used() -> None:
    program = "counter a by verb\ncounter b\n/(x)(\\w+) (\\d+)/ {\n a[$2]++\n b += $3\n}\n"
    found = read(import_program(program, "r.mtail"))
    assert found["formats"]["mtail"] == {
        "regex": r"(x)(\w+) (\d+)",
        "fields": ["-", "verb", "group_3"],
    }
    assert found["metric"][1]["value"] == "group_3"


def test_the_format_reads_lines() -> None:
    imported = import_program("counter n by code\n/ (?P<s>\\d+)$/ {\n n[$s]++\n}\n", "r.mtail")
    plan = Plan.from_toml(imported.toml, origin="imported")
    found = plan.explain(b"GET 404")
    assert [(field["name"], field["value"]) for field in found["fields"]] == [("code", "404")]


@pytest.mark.parametrize(
    ("statement", "line", "reason"),
    [
        ("n[$s] += $size * 8", 4, "no counterpart"),
        ("n[tolower($s)]++", 4, "no counterpart"),
        ('n["x"]++', 4, "no counterpart"),
        ("n[$nothing]++", 4, "no counterpart"),
        ("n++", 4, "no counterpart"),
        ("t[$s] = $size", 4, "a metric of the kind timer, or hidden"),
        ("h = $size", 4, "a metric of the kind gauge, or hidden"),
        ('strptime($s, "2006")', 4, "times: "),
        ("/deeper/ {\n n[$s]++\n }", 4, "a condition that is not one comparison"),
        ("$s > 1 {\n $size > 1 {\n n[$s]++\n }\n }", 5, "a condition that is not one comparison"),
        ("del n[$s]", 4, "no counterpart"),
    ],
)
def test_what_does_not_map_is_named(statement: str, line: int, reason: str) -> None:
    program = (
        "counter n by s\ntimer t by s\nhidden gauge h\n"
        "/(?P<s>\\d+) (?P<size>\\d+)/ { " + statement + "\n}\n"
    )
    found = reasons(import_program(program, "r.mtail"))
    assert any(at == line and said.startswith(reason) for at, said in found), found


def test_a_second_pattern_needs_a_source_of_its_own() -> None:
    program = "counter a\ncounter b\n/x/ {\n a++\n}\n/y/ {\n b++\n}\n"
    imported = import_program(program, "r.mtail")
    assert [metric["name"] for metric in read(imported)["metric"]] == ["a"]
    assert [line for line, _ in reasons(imported)] == [2, 6]


def test_a_group_with_two_label_names_keeps_the_first() -> None:
    program = "counter a by x\ncounter b by y\n/(?P<g>\\d)/ {\n a[$g]++\n b[$g]++\n}\n"
    imported = import_program(program, "r.mtail")
    assert [metric["name"] for metric in read(imported)["metric"]] == ["a"]
    assert reasons(imported) == [(5, "label `y` is the name of another group")]


@pytest.mark.parametrize(
    ("program", "line"),
    [("counter a\n/x/ {\n", 2), ("}\n", 1), ("\n;\n", 2), ("/x/ {" * 100, 1)],
)
def test_what_is_no_program_is_refused_with_its_line(program: str, line: int) -> None:
    with pytest.raises(ConfigError) as raised:
        import_program(program, "r.mtail")
    assert raised.value.problems[0].line == line


@pytest.mark.parametrize(
    ("regex", "names"),
    [
        ("a", []),
        (r"\((x)[(]\\(?:y)(?P<n>z)(?<m>w)", [None, "n", "m"]),
        (r"[]()](a)[^]()](b)[[:digit:](](c)(?i)(?i:d)", [None, None, None]),
        ("((a)(b(?P<c>)))", [None, None, None, "c"]),
    ],
)
def test_groups_are_found(regex: str, names: list[str | None]) -> None:
    assert group_names(regex) == names


def test_only_the_group_itself_is_renamed() -> None:
    regex = r"(?P<a>x)(?<ab>y)a"
    assert rename_group(regex, "a", "z") == r"(?P<z>x)(?<ab>y)a"
