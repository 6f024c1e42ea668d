"""What the environment holds, and what is secret, is in nothing that logagent shows."""

import json
from pathlib import Path

import pytest

from logagent._core import Plan
from logagent.extensions import Group, declared, find, names, shown
from logagent.options import Holds, Option
from logagent.outline import outline
from tests.python.daemon.running import running
from tests.python.process import logagent

SECRET = "xyzzy-42"  # noqa: S105
KINDS = [(group, name) for group in Group for name in names(group)]
IS_SECRET = ("password", "token", "secret", "headers", "settings")
HEAD = """
[[source]]
name = "web"
paths = ["/none.log"]
format = "combined"
[[metric]]
name = "requests"
labels = ["status"]
"""


def table(group: Group, name: str, keys: str) -> str:
    of_sources = 'format = "combined"\n' if group is Group.SOURCES else ""
    return (
        f'{HEAD}[[{group.key.removesuffix("s")}]]\nname = "it"\ntype = "{name}"\n{of_sources}{keys}'
    )


def given(option: Option, text: str) -> str | None:
    """A line of the configuration in which the option holds a text."""
    match option.holds:
        case Holds.TEXT:
            return f"{option.name} = {json.dumps(text)}\n"
        case Holds.TEXTS:
            return f"{option.name} = [{json.dumps(text)}]\n"
        case Holds.NAMES | Holds.SELECTION:
            return f"{option.name} = {{ one = {json.dumps(text)} }}\n"
        case _:
            return None


def looks(text: str) -> str:
    """Everything that is shown of a configuration."""
    plain = shown(Plan.from_toml(text, origin="config.toml").describe())
    return "\n".join([json.dumps(plain), *outline(plain)])


@pytest.mark.parametrize(("group", "name"), KINDS)
def test_what_the_environment_says_is_shown_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, group: Group, name: str
) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    keys = [given(option, "pre ${SECRET}") for option in find(group, name).OPTIONS]
    lines = [line for line in keys if line is not None]
    found = looks(table(group, name, "".join(lines)))
    assert SECRET not in found
    if lines:
        assert "${SECRET}" in found


@pytest.mark.parametrize(("group", "name"), KINDS)
def test_secrets_are_shown_to_nobody(group: Group, name: str) -> None:
    options = [option for option in find(group, name).OPTIONS if option.is_secret]
    assert {option.name for option in options} == {
        option.name for option in find(group, name).OPTIONS if option.name in IS_SECRET
    }
    keys = "".join(filter(None, (given(option, SECRET) for option in options)))
    found = looks(table(group, name, keys))
    assert SECRET not in found
    assert found.count("***") == 2 * len(options)
    # Nor do the problems that there may be with them.
    described = Plan.from_toml(table(group, name, keys), origin="config.toml").describe()
    assert all(SECRET not in one.message for one in declared(described)[1])


def test_nor_does_the_command_line_or_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    config = tmp_path / "config.toml"
    config.write_text(
        f"""{HEAD}
[agent]
listen = "127.0.0.1:0"
state_dir = {json.dumps(str(tmp_path / "state"))}
[[sink]]
name = "far"
type = "influxdb"
url = "http://127.0.0.1:1"
bucket = "b"
token = "${{SECRET}}"
[[receiver]]
name = "told"
type = "webhook"
url = "http://127.0.0.1:1"
headers = {{ Authorization = "Bearer ${{SECRET}}" }}
"""
    )
    for arguments in (["--show"], ["--show", "-o", "json"]):
        process = logagent("check", *arguments, config)
        assert process.returncode == 0, process.stdout
        assert b"${SECRET}" in process.stdout
        assert SECRET.encode() not in process.stdout
    with running(config) as service:
        status, body = service.ask("/api/v1/config")
        assert status == 200
        assert b"Bearer ${SECRET}" in body
        for path in ("/api/v1/config", "/api/v1/status", "/metrics"):
            assert SECRET.encode() not in service.ask(path)[1]
        assert service.end() == 0
        assert SECRET not in service.log


def test_a_problem_does_not_say_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    text = table(Group.SINKS, "influxdb", 'url = "http://me:${SECRET}@x"\ntoken = "${SECRET}"\n')
    problems = declared(Plan.from_toml(text, origin="config.toml").describe())[1]
    rendered = "\n".join(one.render() for one in problems)
    assert "holds a user or password" in rendered
    assert SECRET not in rendered
