"""What is written reads as what was meant, by the standard library."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent import toml

# Unicode but for surrogates, which TOML cannot hold.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
quotes = st.text("'\"\\# \n\t\x00ax", max_size=8)
scalars = st.one_of(texts, quotes, st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@given(name=st.one_of(texts, quotes), content=values, note=st.one_of(st.none(), texts, quotes))
def test_what_is_written_is_read(name: str, content: toml.Value, note: str | None) -> None:
    document = toml.Document()
    document.table("a", name, notes=[note or ""])
    document.set("key", content, note=note)
    document.set_list("list", [(content, note), (content, None)])
    document.item(name + "s")
    found = tomllib.loads(document.render())
    expected = {"key": content, "list": [content, content]}
    assert found["a"][name] == expected
    if name != "a":
        assert found[name + "s"] in ([{}], {"a": found["a"]})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", '"plain"'),
        (r"^/a/(\d+)$", r"'^/a/(\d+)$'"),
        ('say "it"', "'say \"it\"'"),
        (r"it's \d", r"'''it's \d'''"),
        ("two\nlines\\", r'"two\u000Alines\u005C"'),
    ],
)
def test_regexes_stay_readable(text: str, written: str) -> None:
    assert toml.string(text) == written


def test_modes_are_no_booleans() -> None:
    with pytest.raises(TypeError):
        toml.value(True)  # noqa: FBT003 - what must not be
