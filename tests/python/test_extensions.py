from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from logagent import extensions
from logagent.config import load
from logagent.errors import ConfigError, Problem
from logagent.extensions import Group, declared
from logagent.options import Holds, Option, page, problem

SINK = """[[metric]]
name = "a_total"

[[sink]]
name = "out"
type = "fake"
"""


class Fake:
    OPTIONS: ClassVar = (
        Option("url", Holds.TEXT, "Where it is.", is_required=True),
        Option("wait", Holds.DURATION, "How long.", default=5.0, least=1, most=60),
        Option("piece", Holds.SIZE, "How much.", default=1 << 20),
        Option("mode", Holds.TEXT, "How.", default="fast", choices=("fast", "slow")),
        Option("tags", Holds.NAMES, "What else."),
        Option("retries", Holds.INTEGER, "How often.", default=3),
        Option("share", Holds.NUMBER, "How many.", default=0.5),
        Option("hosts", Holds.TEXTS, "Which.", default=()),
        Option("is_on", Holds.BOOLEAN, "Whether.", default=False),
    )

    @classmethod
    def check(
        cls, table: Mapping[str, Any], options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> list[Problem]:
        assert described["metrics"]
        if options["url"].startswith("http"):
            return []
        return [problem(table, "url", "bad-value", "no HTTP")]


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name = "fake"

        def load(self) -> type[Fake]:
            return Fake

    monkeypatch.setattr(extensions, "_installed", lambda group: [Point()] * (group in Group))


def written(directory: Path, text: str) -> Path:
    path = directory / "config.toml"
    path.write_text(text)
    return path


def problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load(written(directory, text))
    return [
        one.render().split(": ", 1)[0].rpartition("/")[2] + " " + one.message
        for one in raised.value.problems
    ]


def test_options_become_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "h")
    text = 'url = "http://${HOST}"\nwait = "1m"\npiece = "2MiB"\ntags = { a = "b" }\nshare = 1\n'
    found, wrong = declared(load(written(tmp_path, SINK + text)).describe())
    assert wrong == []
    (sink,) = found[Group.SINKS]
    assert (sink.name, sink.type) == ("out", Fake)
    assert sink.options == {
        "url": "http://h",
        "wait": 60.0,
        "piece": 2 << 20,
        "mode": "fast",
        "tags": {"a": "b"},
        "retries": 3,
        "share": 1.0,
        "hosts": (),
        "is_on": False,
    }
    assert sink.table["metrics"] == ["a_total"]
    assert (sink.table["every_seconds"], sink.table["lateness_seconds"]) == (10.0, 3600.0)


def test_all_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    text = (
        'url = 7\nwait = "2h"\nmode = "quick"\ntag = { a = 1 }\nretries = true\n'
        'hosts = []\n\n[[sink]]\nname = "b"\ntype = "fake"\n\n[[checker]]\nname = "c"\n'
        'type = "fakes"\n'
    )
    assert problems(tmp_path, SINK + text) == [
        "config.toml:10:1 unknown key `tag` in fake `out`",
        "config.toml:7:7 `url` has to be a string",
        "config.toml:8:8 `wait` has to be at most 60",
        "config.toml:9:8 `mode` has to be one of `fast`, `slow`",
        "config.toml:11:11 `retries` has to be a whole number",
        "config.toml:12:9 `hosts` is empty",
        "config.toml:14:1 fake `b` needs the key `url`",
        "config.toml:20:8 there is no checker of type `fakes`",
    ]


def test_what_only_the_type_can_say(tmp_path: Path) -> None:
    assert problems(tmp_path, SINK + 'url = "ftp://h"\n') == ["config.toml:7:7 no HTTP"]


def test_common_keys_are_checked_by_the_core(tmp_path: Path) -> None:
    text = SINK + 'url = "http://h"\nevery = "15s"\nmetrics = ["a_totals"]\nlateness = 3\n'
    assert problems(tmp_path, text) == [
        "config.toml:8:9 15s is no multiple of the slot, which is 10s",
        "config.toml:9:12 there is no [[metric]] `a_totals`",
        (
            'config.toml:10:12 `lateness` has to be a duration such as "10s" or "1h30m", '
            "and here is the number 3"
        ),
    ]


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    assert problems(tmp_path, SINK + 'url = "http://${NOT_SET_HERE}"\n') == [
        "config.toml:7:15 the variable in `${NOT_SET_HERE}` is not set"
    ]


def test_sources_of_another_type_have_no_paths(tmp_path: Path) -> None:
    text = '[[source]]\nname = "s"\ntype = "fake"\nurl = "http://h"\npaths = ["x"]\n'
    assert problems(tmp_path, text) == [
        "config.toml:5:1 `paths` is for sources of type `files`, and this is `fake`"
    ]
    assert problems(tmp_path, '[[source]]\nname = "s"\npaths = ["x"]\nurl = "http://h"\n') == [
        "config.toml:4:1 unknown key `url` in [[source]]"
    ]


def test_a_type_that_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extensions._BUILT_IN[Group.SINKS], "broken", "logagent.no_such:Sink")
    text = SINK.replace("fake", "broken")
    assert problems(tmp_path, text) == [
        "config.toml:6:8 the type `broken` cannot be loaded: No module named 'logagent.no_such'"
    ]


def test_the_page_of_options() -> None:
    assert page(Fake.OPTIONS[:4]) == (
        "| key | holds | default | meaning |\n"
        "|---|---|---|---|\n"
        "| `url` | a string | required | Where it is. |\n"
        '| `wait` | a duration such as "10s" or "1h30m" | `5s` | How long. |\n'
        '| `piece` | a size such as "64KiB" or "10MB" | `1048576` | How much. |\n'
        "| `mode` | one of `fast`, `slow` | `fast` | How. |\n"
    )
