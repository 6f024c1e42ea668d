"""Patterns in the service: learnt, counted, told, kept and edited, in a process of its own."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.python.daemon.running import Running, running
from tests.python.daemon.test_events import entries
from tests.python.process import logagent as command
from tests.python.waiting import wait_until

CONFIG = """
[agent]
listen = "127.0.0.1:0"
state_dir = "{directory}/state"
commit_interval = "100ms"

[[source]]
name = "proxy"
paths = ["{directory}/access.log"]
format = "combined"

[[source]]
name = "app"
paths = ["{directory}/app.log"]
format = "raw"

[patterns.app]
learning = "0s"
learning_lines = 400
{more}

[[metric]]
name = "http_requests_total"
labels = ["status"]
"""
REQUEST = '192.0.2.7 - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n'
JSON = {"Content-Type": "application/json"}


def line(number: int) -> str:
    """One of four patterns, behind a time and a level."""
    user = ["alice", "bob", "carol"][number % 3]
    text = [
        f"session {number} of user {user} opened",
        f"cannot read /var/lib/{user}/{number}: no such file",
        f"request took {number} ms",
        f"worker {number % 7} restarted after {number} jobs",
    ][number % 4]
    return f"2026-10-10 13:{number // 60 % 60:02}:{number % 60:02} INFO {text}\n"


def lines(count: int, start: int = 0) -> str:
    return "".join(map(line, range(start, start + count)))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    configure(path)
    return path


def configure(path: Path, more: str = "") -> None:
    path.write_text(CONFIG.format(directory=path.parent, more=more))


def append(config: Path, text: str, name: str = "app.log") -> None:
    with (config.parent / name).open("a") as file:
        file.write(text)


def counted(service: Running) -> dict[str, float]:
    """Lines by template."""
    return {
        sample.labels["template"]: sample.value
        for family in service.families()
        for sample in family.samples
        if sample.name == "logagent_template_lines_total" and sample.labels["source"] == "app"
    }


def wait_for_lines(service: Running, count: int) -> dict[str, float]:
    wait_until(lambda: sum(counted(service).values()) == count)
    return counted(service)


def ask(
    service: Running,
    name: str,
    method: str = "GET",
    body: bytes | None = None,
    **headers: str,
) -> tuple[int, str | None, bytes]:
    """Status, entity tag and body."""
    request = urllib.request.Request(  # noqa: S310 - its own address
        f"{service.address}/api/v1/models/{name}", body, {**JSON, **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.headers["etag"], answer.read()
    except HTTPError as error:
        return error.code, None, error.read()


def templates(service: Running, name: str = "app") -> dict[str, Any]:
    status, _, body = ask(service, name)
    assert status == 200, body
    return {one["id"]: one["template"] for one in json.loads(body)["templates"]}


def test_lines_are_counted_by_template_beside_metrics(config: Path) -> None:
    append(config, lines(800))
    append(config, REQUEST * 3, "access.log")
    with running(config) as service:
        found = wait_for_lines(service, 800)
        assert sorted(found.values()) == [200] * 4
        assert templates(service)[
            max(found, key=lambda one: "took" in templates(service)[one])
        ] == ("request took <*> ms")
        # Lines without a status are counted by no metric that needs one.
        service.wait_for("http_requests_total", 3)
        service.wait_for("logagent_lines_total", 800, source="app")
        assert not service.status()["problems"]
        page = json.loads(service.ask("/api/v1/live")[1])
        [table] = [table for table in page["tables"] if table["key"] == "patterns/app"]
        assert sum(row["total"] for row in table["rows"]) == 800


def test_ids_and_counts_survive_a_restart_and_a_reload(config: Path) -> None:
    append(config, lines(800))
    with running(config) as service:
        before, known = wait_for_lines(service, 800), templates(service)
        assert service.end() == 0
    append(config, lines(400, 800))
    with running(config) as service:
        after = wait_for_lines(service, 1200)
        assert after == {template: count + 100 for template, count in before.items()}
        configure(config, "top = 10")
        assert service.ask("/-/reload", method="POST")[0] == 200
        append(config, lines(400, 1200))
        assert wait_for_lines(service, 1600).keys() == before.keys()
        assert templates(service) == known
        assert service.end() == 0
    # Another host, and another program, have the same ids for the same lines.
    process = command("patterns", "-o", "json", config.parent / "app.log")
    found = json.loads(process.stdout)["templates"]
    assert {one["id"]: one["template"] for one in found} == known


def test_a_new_template_is_a_finding_once(config: Path) -> None:
    append(config, lines(800))
    new = "2026-10-10 14:00:00 ERROR disk sda1 is full, giving up\n"
    with running(config) as service:
        wait_for_lines(service, 800)
        append(config, new)
        wait_until(lambda: entries(service, "stream=findings"))
        append(config, new + lines(40, 800))
        wait_for_lines(service, 842)
        assert service.end() == 0
    with running(config) as service:
        append(config, new)
        wait_for_lines(service, 843)
        [event] = entries(service, "stream=findings")
        body = event["body"]
        assert (body["kind"], body["model"], body["source"]) == ("new-template", "app", "app")
        assert body["line"] == new.strip()
        assert body["pattern"] == "disk sda1 is full, giving up"
        assert body["logged"] == "2026-10-10T14:00:00+00:00"
        assert body["template"] in templates(service)


def test_the_template_is_a_field_of_rules_and_metrics(config: Path) -> None:
    text = config.read_text().replace('format = "combined"', 'format = "raw"')
    metric = """
[categories.noise]
on = "template"
rules = [{ name = "noise", regex = '[0-9a-f]{16}' }]
default = "none"
"""
    text = text.replace('labels = ["status"]', 'labels = ["template", "noise"]')
    config.write_text(text + metric)
    append(config, lines(800) + "\n")  # an empty line has no template, and is refused
    append(config, REQUEST, "access.log")
    with running(config) as service:
        found = wait_for_lines(service, 800)
        for template, count in found.items():
            service.wait_for("http_requests_total", count, template=template, noise="noise")
        # The other source has no model.
        service.wait_for("http_requests_total", 1, template="", noise="none")


def test_a_frozen_model_tells_what_it_does_not_know(config: Path) -> None:
    append(config, lines(800))
    with running(config) as service:
        known = wait_for_lines(service, 800)
        assert service.end() == 0
    configure(config, 'mode = "frozen"')
    append(config, lines(40, 800) + "2026-10-10 14:00:00 ERROR disk sda1 is full\n")
    with running(config) as service:
        found = wait_for_lines(service, 841)
        assert found.pop("__unmatched__") == 1
        assert found.keys() == known.keys()
        wait_until(lambda: entries(service, "stream=rejects"))
        [event] = entries(service, "stream=rejects")
        assert event["body"]["reason"] == "template"
        assert event["body"]["line"].endswith("disk sda1 is full")


def test_models_are_edited_while_lines_come(config: Path, tmp_path: Path) -> None:
    append(config, lines(800))
    with running(config) as service:
        known = wait_for_lines(service, 800)
        status, tag, whole = ask(service, "app")
        assert (status, tag) == (200, '"0"')
        # The command line reads what the service gives, and the other way round.
        model = tmp_path / "model.json"
        model.write_bytes(whole)
        frozen = command(
            "patterns", "--frozen", "--model", model, "-o", "json", config.parent / "app.log"
        )
        assert json.loads(frozen.stdout)["unmatched"] == 0
        assert ask(service, "spare", "POST", whole)[0] == 201
        assert templates(service, "spare") == templates(service)
        assert ask(service, "spare", "POST", whole)[0] == 409
        # Without the lines of workers.
        cut = json.loads(whole)
        cut["shapes"] = [shape for shape in cut["shapes"] if "worker" not in shape["tokens"]]
        status, tag, _ = ask(service, "app", "PUT", json.dumps(cut).encode(), **{"If-Match": '"0"'})
        assert (status, tag) == (200, '"1"')
        assert ask(service, "app", "PUT", whole, **{"If-Match": '"0"'})[0] == 412
        status, _, body = ask(service, "app", "PUT", b'{"version":1}')
        assert status == 400
        assert b"no model of log patterns" in body
        assert len(templates(service)) == 3
        append(config, lines(40, 800))
        assert wait_for_lines(service, 840).keys() == known.keys()
        assert ask(service, "app?version=0")[1] == '"0"'
        assert ask(service, "app?version=5")[0] == 404
        assert service.end() == 0
    exported = command("state", "export", "-c", config).stdout
    keys = {one["key"] for one in json.loads(exported)["models"]}
    assert {"model/app/shapes", "model/app/version/00000000", "model/spare/about"} <= keys
    again = tmp_path / "again.json"
    again.write_bytes(exported)
    assert command("state", "import", "-c", config, again).returncode == 0
    with running(config) as service:
        assert wait_for_lines(service, 840).keys() == known.keys()
        assert ask(service, "app")[1] == '"1"'
        assert ask(service, "spare", "DELETE")[0] == 200
        assert ask(service, "spare")[0] == 404
        assert ask(service, "app", "DELETE")[0] == 200
        assert templates(service) == {}
        append(config, lines(400, 840))
        assert wait_for_lines(service, 1240).keys() == known.keys()
