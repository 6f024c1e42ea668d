import tomllib

import pytest

from logagent.errors import ConfigError
from logagent.importers.edgesense import import_mapping


def test_rules_are_in_the_order_of_ranks_whatever_that_of_the_rows() -> None:
    text = 'Id,Regex,Rank\nrest,x,10\n"a, b","^/a,b/",2\nfirst,^/f$,1.5\n'
    imported = import_mapping(text, "m.csv")
    category = tomllib.loads(imported.toml)["categories"]["url_group"]
    assert category == {
        "on": "path",
        "rules": [
            {"name": "first", "regex": "^/f$"},
            {"name": "a, b", "regex": "^/a,b/"},
            {"name": "rest", "regex": "x"},
        ],
    }
    assert "# rank 1.5\n" in imported.toml
    assert imported.left_out == []


def test_equal_ranks_keep_the_order_of_the_rows() -> None:
    imported = import_mapping("rank,id,regex\r\n1,b,x\r\n1,a,y\r\n", "m.csv")
    rules = tomllib.loads(imported.toml)["categories"]["url_group"]["rules"]
    assert [rule["name"] for rule in rules] == ["b", "a"]


def test_a_rule_for_all_paths_is_the_default_and_hides_what_follows() -> None:
    imported = import_mapping("Id,Regex,Rank\nlate,x,3\nall,(.*),2\nearly,y,1\n", "m.csv")
    category = tomllib.loads(imported.toml)["categories"]["url_group"]
    assert [rule["name"] for rule in category["rules"]] == ["early"]
    assert category["default"] == "all"
    assert [
        (problem.line, "can never win" in problem.message) for problem in imported.left_out
    ] == [(2, True)]


def test_what_has_no_counterpart_is_named_with_its_line() -> None:
    text = "Id,Regex,Rank\nlook,(?=x)a,1\nodd,x,first\n\nshort,x\nfine$1,(y),2\n"
    imported = import_mapping(text, "m.csv")
    rules = tomllib.loads(imported.toml)["categories"]["url_group"]["rules"]
    assert rules == [{"name": "fine$$1", "regex": "(y)"}]
    assert [problem.line for problem in imported.left_out] == [2, 3, 5]
    assert "look-ahead" in imported.left_out[0].message
    assert imported.left_out[0].render().startswith("m.csv:2: left out: `look`")


@pytest.mark.parametrize("text", ["", "Id;Regex;Rank\n", "a,b\n"])
def test_a_file_without_the_header_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="Id,Regex,Rank"):
        import_mapping(text, "m.csv")
