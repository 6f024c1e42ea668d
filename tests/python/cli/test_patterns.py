"""`logagent patterns`: shapes of lines, models and what is new."""

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.python.process import assert_one_error, logagent

USERS = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
LOGINS = [
    f"Oct 10 13:{index:02}:00 host sshd[7]: Failed password for user {user} from 10.0.0.{index}"
    for index, user in enumerate(USERS)
]
DISK = ["Oct 10 13:30:00 host kernel[1]: disk is full"] * 3
LOGIN, FULL = "Failed password for user <*> from <*>", "disk is full"


def _write(path: Path, *groups: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for lines in groups for line in lines))
    return path


def _json(*arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    process = logagent("patterns", "-o", "json", *arguments, stdin=stdin)
    assert process.returncode == 0, process.stderr.decode()
    found = json.loads(process.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return _write(tmp_path / "app.log", LOGINS, DISK)


def test_templates(log: Path) -> None:
    found = _json(log)
    assert found["lines"] == 11
    login, full = found["templates"]
    assert (login["template"], login["count"]) == (LOGIN, 8)
    assert (full["template"], full["count"]) == (FULL, 3)
    assert login["typed"] == "Failed password for user <word> from <ip>"
    assert login["fields"] == [["user", "word"], ["from", "ip"]]
    assert "%{IPORHOST:from}" in login["grok"]
    assert all(re.search(login["regex"], line) for line in login["examples"])
    assert login["first_seen"].endswith("-10-10T13:00:00Z")
    assert login["last_seen"].endswith("-10-10T13:07:00Z")
    assert sum(login["timeline"]) == 8


def test_table_and_csv(log: Path) -> None:
    lines = logagent("patterns", "--examples", "1", log).stdout.decode().splitlines()
    assert " ".join(lines[0].split()) == "count share over time first seen last seen pattern"
    assert "72.7%" in lines[1]
    assert lines[1].endswith(LOGIN)
    assert lines[2].startswith("    Failed password for user ")
    rows = list(csv.DictReader(logagent("patterns", "-o", "csv", log).stdout.decode().splitlines()))
    assert [(row["template"], row["count"]) for row in rows] == [(LOGIN, "8"), (FULL, "3")]


def test_assignments(log: Path, tmp_path: Path) -> None:
    assigned = tmp_path / "lines.csv"
    found = _json("--assign", assigned, log)
    rows = list(csv.DictReader(assigned.read_text().splitlines()))
    assert [int(row["LineId"]) for row in rows] == list(range(1, 12))
    assert {row["EventTemplate"] for row in rows[:8]} == {LOGIN}
    assert {row["EventId"] for row in rows[8:]} == {found["templates"][1]["id"]}


def test_models_are_gone_on_from(log: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    first = _json("--model", model, log)
    second = _json("--model", model, log)
    assert [one["id"] for one in first["templates"]] == [one["id"] for one in second["templates"]]
    assert [one["count"] for one in second["templates"]] == [16, 6]


def test_frozen_models_learn_nothing(log: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    _json("--model", model, log)
    before = model.read_bytes()
    more = b"Oct 11 10:00:00 host sshd[7]: Failed password for user mallory from 10.9.9.9\n"
    new = b"Oct 11 10:00:01 host app[7]: worker crashed badly\n"
    found = _json("--model", model, "--frozen", stdin=more * 2 + new)
    assert model.read_bytes() == before
    assert [(one["template"], one["count"]) for one in found["templates"]] == [(LOGIN, 2)]
    assert found["unmatched"] == 1
    assert found["unmatched_examples"] == [new.decode().rstrip()]


def test_what_is_new(log: Path, tmp_path: Path) -> None:
    crash = [f"Oct 11 10:00:0{n} host app[7]: worker {n} crashed badly" for n in range(3)]
    after = _write(tmp_path / "after.log", LOGINS, crash)
    model = tmp_path / "after.json"
    _json("--model", model, after)
    for second in (after, model):
        found = _json("--diff", log, second)["templates"]
        news = {one["template"]: (one["change"], one["before"], one["after"]) for one in found}
        assert news == {
            "worker <*> crashed badly": ("new", 0, 3),
            FULL: ("vanished", 3, 0),
            LOGIN: ("same", 8, 8),
        }
    table = logagent("patterns", "--diff", log, after).stdout.decode().splitlines()
    assert [line.split()[0] for line in table] == ["change", "new", "vanished"]
    same = logagent("patterns", "--diff", log, log)
    assert (same.returncode, same.stdout) == (0, b"")


def test_what_is_new_since(log: Path) -> None:
    crash = [f"Oct 10 14:00:0{n} host app[7]: worker {n} crashed badly" for n in range(3)]
    trace = ["    at main.c:17"]  # of the time of the line before
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in [*crash, *trace])
    since = ("--diff", "--since", f"{_year()}-10-10T13:30:00Z")
    found = _json(*since, log)
    news = {
        one["template"]: (one["change"], one["before"], one["after"]) for one in found["templates"]
    }
    assert news["worker <*> crashed badly"] == ("new", 0, 3)
    assert news[FULL] == ("new", 0, 3)
    assert news[LOGIN] == ("vanished", 8, 0)
    assert (found["before_lines"], found["after_lines"]) == (8, 7)
    until = _json(*since, "--until", f"{_year()}-10-10T14:00:00Z", log)
    assert (until["before_lines"], until["after_lines"]) == (8, 3)
    rows = list(
        csv.DictReader(logagent("patterns", *since, "-o", "csv", log).stdout.decode().splitlines())
    )
    assert rows[0]["first_seen"].endswith("-10-10T14:00:00Z")
    assert _json("--since", f"{_year()}-10-10T14:00:00Z", log)["lines"] == 4


def _year() -> int:
    """That of logs that do not say it."""
    return datetime.now(UTC).year


def test_wrong_use(log: Path, tmp_path: Path) -> None:
    assert_one_error(logagent("patterns", tmp_path / "no.log"), says="no such file", code=1)
    assert_one_error(logagent("patterns", "--frozen", log), says="--model", code=2)
    assert_one_error(logagent("patterns", "--diff", log, log, log), says="--diff", code=2)
    assert_one_error(logagent("patterns", "--diff", "--frozen", log, log), says="--frozen", code=2)
    undated = _write(tmp_path / "undated.log", ["started"])
    window = ("--since", "2026-01-01T00:00:00Z")
    assert_one_error(logagent("patterns", *window, undated), says="when it was logged", code=1)
    assigning = logagent("patterns", *window, "--assign", tmp_path / "x.csv", log)
    assert_one_error(assigning, says="--assign", code=2)
    assert_one_error(logagent("patterns", "--assign", "x.csv", stdin=b"a\n"), says="FILE", code=2)
    damaged = _write(tmp_path / "model.json", ["{}"])
    assert_one_error(logagent("patterns", "--model", damaged, log), says="no model", code=1)
