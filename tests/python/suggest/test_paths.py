from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.suggest.paths import MOST_GROUPS, REPLACEMENTS, Groups, group_paths
from logagent.suggest.rules import Rule, wins
from logagent.suggest.sample import Request


def grouped(paths: dict[str, int]) -> Groups:
    return group_paths({Request(path, ""): count for path, count in paths.items()})


def shares(groups: Groups) -> dict[str, int]:
    return {rule.name: groups.won[rule] for rule in groups.rules}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/a/17/b/4", "/a/:id/b/:id"),
        ("/a/17-shoes", "/a/:id-shoes"),
        ("/v2/x", "/v2/x"),
        ("/17b", "/17b"),
        ("/o/0f8fad5b-d9cb-469f-a165-70867728950e/x", "/o/:uuid/x"),
        ("/log/2026-11-21/x", "/log/:date/x"),
        ("/log/2026/11/21", "/log/:date"),
        ("/log/2026/13/21", "/log/:id/:id/:id"),
        ("/c/0123456789abcdef0123", "/c/:hash"),
        ("/c/deadbeef", "/c/deadbeef"),
    ],
)
def test_what_varies_is_replaced(path: str, template: str) -> None:
    for replacement in REPLACEMENTS:
        path = replacement.apply(path)
    assert path == template


def test_only_replacements_that_do_something_are_proposed() -> None:
    assert [one.by for one in grouped({"/a/1": 3, "/b": 1}).replacements] == ["/:id"]


def test_files_sections_and_the_root() -> None:
    found = grouped({"/": 50, "/a.css": 30, "/x/b.CSS": 1, "/x/1": 1, "/x": 2, "/y": 30})
    assert shares(found) == {"assets": 31, "/x/*": 3, "/": 50, "/y": 30}
    assert found.rules[0] == Rule("assets", suffix=(".CSS", ".css"))
    assert Rule("/x/*", exact=("/x",), prefix=("/x/",)) in found.rules
    assert found.won[None] == 0


def test_a_large_part_of_a_section_is_a_group_before_it() -> None:
    found = grouped({"/api/big": 90, "/api/a": 2, "/api/b": 2, "/other": 6})
    assert shares(found) == {"/api/big": 90, "/api/*": 4, "/other": 6}


def test_a_section_that_is_all_one_path_is_that_path() -> None:
    found = grouped({f"/v2/stores/{i}/stock": 1 for i in range(50)})
    assert [rule.name for rule in found.rules] == ["/v2/stores/:id/stock"]


def test_names_hold_nothing_that_a_configuration_would_read() -> None:
    found = grouped({"/$1": 50, "/a\\x22": 50, '/"': 50, "/ok": 2, "*": 3, "": 4})
    assert [rule.name for rule in found.rules] == ["/ok"]


def test_a_site_of_many_pages_gets_few_groups() -> None:
    found = grouped({f"/s{i}/p{j}": 1 + i for i in range(100) for j in range(3)})
    assert 15 < len(found.rules) <= MOST_GROUPS


_segments = st.sampled_from(["a", "b", "c", "api", "17", "x.css", "$", ""])
_paths = st.lists(_segments, max_size=7).map(lambda parts: "/" + "/".join(parts))


@given(st.dictionaries(_paths, st.integers(1, 50), max_size=60))
def test_every_rule_wins_and_all_requests_are_counted(paths: dict[str, int]) -> None:
    found = grouped(paths)
    assert len(found.rules) <= MOST_GROUPS
    assert all(found.won[rule] > 0 for rule in found.rules)
    assert found.won.total() == sum(paths.values())
    assert len({rule.name for rule in found.rules}) == len(found.rules)


def test_the_first_rule_that_holds_wins() -> None:
    rules = [Rule("a", exact=("x",)), Rule("b", contains=("x",)), Rule("c", regex=("^y",))]
    assert wins(rules, {"x": 1, "ax": 2, "yx": 4, "y": 8, "z": 16}) == Counter(
        {rules[0]: 1, rules[1]: 6, rules[2]: 8, None: 16}
    )


def test_names_within_paths_are_a_group() -> None:
    names = [f"user{first}{second}" for first in "abcdefgh" for second in "abcdefgh"]
    found = grouped({f"/users/{name}/posts": 1 for name in names} | {"/users/new": 5, "/": 30})
    assert shares(found) == {"/users/<word>/posts": 64, "/users/new": 5, "/": 30}
