import json
import tomllib

import pytest

from logagent._core import Plan
from logagent.errors import ArgumentError, ConfigError
from logagent.extensions import Group, declared
from logagent.importers.multibrain import Meaning, import_multibrain, option_table

DOWNLOADS = [
    *("--log", "/logs/a.log", "--brain", "/state/a.json", "--job", "downloads"),
    *("--influx", "http://127.0.0.1:8086", "--db", "ops"),
]


def test_each_log_is_a_source() -> None:
    other = ["--log=/logs/${host}.log", "--job=downloads"]
    imported = import_multibrain(json.dumps([DOWNLOADS, other]), "m.json")
    sources = tomllib.loads(imported.toml)["source"]
    assert [(source["name"], source["paths"]) for source in sources] == [
        ("downloads", ["/logs/a.log"]),
        ("downloads-2", ["/logs/$${host}.log"]),
    ]
    assert imported.left_out == []


def test_two_pipelines_of_one_log_are_one_source() -> None:
    imported = import_multibrain(json.dumps([DOWNLOADS, DOWNLOADS]), "m.json")
    assert len(tomllib.loads(imported.toml)["source"]) == 1


def test_each_database_is_a_sink() -> None:
    imported = import_multibrain(json.dumps([DOWNLOADS, DOWNLOADS]), "m.json")
    assert tomllib.loads(imported.toml)["sink"] == [
        {
            "name": "influx",
            "type": "influxdb",
            "every": "1m",
            "url": "http://127.0.0.1:8086",
            "database": "ops",
        }
    ]
    sinks, problems = declared(Plan.from_toml(imported.toml, origin="m.toml").describe())
    assert problems == []
    assert [sink.name for sink in sinks[Group.SINKS]] == ["influx"]


@pytest.mark.parametrize("url", ["influx.example:8086", "http://me:secret@influx.example"])
def test_what_no_sink_can_take_is_in_comments(url: str) -> None:
    text = import_multibrain(
        json.dumps([[*DOWNLOADS[:6], "--influx", url, "--db", "ops"]]), "m.json"
    ).toml
    assert f"# Pipeline downloads wrote to InfluxDB {url}, ops." in text
    assert "sink" not in tomllib.loads(text)


def test_options_have_other_names_at_other_sites() -> None:
    options = option_table(["-f=log", "--debug=ignored"])
    assert options["-f"] is Meaning.LOG
    command = ["-f", "/logs/b.log", "--debug", "1"]
    imported = import_multibrain(json.dumps([command]), "m.json", options)
    assert tomllib.loads(imported.toml)["source"][0]["name"] == "pipeline-1"
    assert imported.left_out == []


@pytest.mark.parametrize("change", ["log", "=log", "--file=", "--file=nonsense"])
def test_a_change_has_a_name_and_a_meaning(change: str) -> None:
    with pytest.raises(ArgumentError, match="NAME=MEANING"):
        option_table([change])


def test_what_is_not_known_is_named() -> None:
    commands = [["--log", "a", "--verbose", "--job"], ["--job", "x"], ["--log", "a", "--log", "b"]]
    left_out = import_multibrain(json.dumps(commands), "m.json").left_out
    words = [problem.message for problem in left_out]
    assert ["`--verbose`" in words[0], "no value" in words[1]] == [True, True]
    assert "a second log" in words[2]
    assert "names no log" in words[3]


@pytest.mark.parametrize("text", ["", "{", "{}", '["--log"]', "[[1]]", "[" * 10_000])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"m\.json"):
        import_multibrain(text, "m.json")
