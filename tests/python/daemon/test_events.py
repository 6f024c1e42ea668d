"""What the service notes, and that its event log survives it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import logagent
from logagent.errors import LogagentError
from logagent.http.access import Access
from logagent.http.app import create_app
from tests.python.daemon.fakes import write_config
from tests.python.daemon.running import Running, running
from tests.python.daemon.test_service import COUNTED, LINE, TEXT, append
from tests.python.http.test_app import Offered
from tests.python.process import logagent as command
from tests.python.waiting import wait_until

TOKEN = "0123456789abcdef"  # noqa: S105 - of tests


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, TEXT)


def entries(service: Running, query: str = "") -> list[dict[str, Any]]:
    status, body = service.ask(f"/api/v1/events?limit=1000&{query}")
    assert status == 200, body
    found: list[dict[str, Any]] = json.loads(body)["events"]
    return found


def kinds(service: Running) -> list[str]:
    return [entry["body"]["kind"] for entry in entries(service, "stream=agent")]


def test_start_stop_reload_and_problems_are_noted(config: Path) -> None:
    append(config, 1)
    with running(config) as service:
        service.ask("/-/reload", method="POST")
        text = config.read_text()
        config.write_text(text + "[[")
        assert service.ask("/-/reload", method="POST")[0] == 400
        wait_until(lambda: "problem-begins" in kinds(service))
        config.write_text(text)
        service.ask("/-/reload", method="POST")
        wait_until(lambda: "problem-ends" in kinds(service))
        assert service.end() == 0
    with running(config) as service:
        wait_until(lambda: kinds(service)[-1] == "start")
        found = kinds(service)
        assert found[0] == "start"
        assert found[-2:] == ["stop", "start"]
        assert found.count("reload") == 2
        [failed] = [
            entry["body"]
            for entry in entries(service, "stream=agent")
            if entry["body"]["kind"] == "reload-failed"
        ]
        assert failed["problems"][0]["origin"] == str(config)
        sequences = [entry["sequence"] for entry in entries(service)]
        assert sequences == sorted(set(sequences))


def test_refused_lines_are_sampled_with_their_diagnosis(config: Path) -> None:
    append(config, 5)
    log = config.parent / "access.log"
    with running(config) as service:
        with log.open("ab") as file:
            file.write(
                b'192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET \x1b[2J\xff" abc 10\n' * 500
            )
            file.write(LINE % 200)
        service.wait_for("logagent_lines_total", 506)
        wait_until(lambda: entries(service, "stream=rejects"))
        found = entries(service, "stream=rejects")
        assert 0 < len(found) < 50
        body = found[0]["body"]
        assert (found[0]["source"], body["path"]) == ("proxy", str(log))
        assert body["reason"]
        assert body["column"] > 1
        assert body["expected"]
        assert body["pattern"]
        assert len(body["pattern_id"]) == 16
        assert body["line"].startswith("192.0.2.1 - - ")


def test_a_changed_format_is_noted(config: Path) -> None:
    config.write_text(re.sub(r'format = "[a-z]+"', 'format = "auto"', config.read_text()))
    append(config, 30)
    log = config.parent / "access.log"
    with running(config) as service:
        service.wait_for(COUNTED, 30)
        with log.open("ab") as file:
            file.write(b'{"method": "GET", "uri": "/", "status": 500}\n' * 25)
        wait_until(lambda: "format-changes" in kinds(service))
        found = [entry["body"] for entry in entries(service, "stream=agent")]
        [change] = [body for body in found if body["kind"] == "format-changes"]
        assert change["message"].startswith(f"{log}: was read as common (")
        assert "and goes on as json (" in change["message"]
        [file_status] = service.status()["files"]
        assert file_status["format"].startswith("json (")


def test_the_command_reads_posts_and_lists(config: Path) -> None:
    (config.parent / "token").write_text(TOKEN + "\n")
    config.write_text(
        config.read_text().replace("[agent]\n", '[agent]\ntoken_file = "token"\n')
        + '\n[events]\nrecent = "10m"\n[events.streams.app]\nmax_age = "7d"\n'
    )
    with running(config) as service:
        place = ["--url", service.address, "--token-file", str(config.parent / "token")]
        posted = command(
            "events",
            *place,
            "post",
            "app",
            "--source",
            "x",
            stdin=b'{"message": "\\u001b[2J"}\n{"n": 2}\n',
        )
        assert (posted.returncode, posted.stdout) == (0, b"appended: 2\n"), posted.stderr
        text = command("events", *place, "--since", "-1h", "--stream", "app").stdout
        assert b"app  x  \\x1b[2J\n" in text
        assert text.count(b"\n") == 2
        lines = command("events", *place, "--where", "body.n == 2", "-o", "json").stdout
        assert json.loads(lines)["body"] == {"n": 2}
        listed = command("events", *place, "streams").stdout
        assert b"agent" in listed
        assert b"app" in listed
        followed = command(
            "events", *place, "--since", "-1h", "--follow", "--stream", "app", "--limit", "2"
        )
        assert followed.stdout.count(b"\n") == 2
        refused = command("events", *place, "post", "agent", stdin=b"{}")
        assert refused.returncode == 1
        assert b"only the agent itself" in refused.stderr
        wrong = command("events", *place, "post", "app", stdin=b"{}\nx\n")
        assert (wrong.returncode, b"line 2" in wrong.stderr) == (2, True)
        assert b"boddy" in command("events", *place, "--where", "boddy.n == 2").stderr
        with pytest.raises(LogagentError, match="401"):
            next(iter(logagent.events(service.address)))


def test_every_route_but_the_probes_wants_the_token(config: Path) -> None:
    (config.parent / "token").write_text(TOKEN + "\n")
    text = config.read_text().replace("[agent]\n", '[agent]\ntoken_file = "token"\n')
    config.write_text(text)
    app: Any = create_app(Offered(), Access)
    paths = [route.path.replace("{stream}", "app") for route in app._app.routes]
    assert "/api/v1/events/app" in paths
    assert "/api/v1/records" in paths
    with running(config) as service:
        for path in paths:
            for method in ("GET", "POST"):
                for accept in ("*/*", "text/event-stream"):
                    status, _ = service.ask(path, method=method, Accept=accept)
                    is_open = path in {"/-/healthy", "/-/ready"}
                    assert status == (
                        200 if is_open and method == "GET" else 405 if is_open else 401
                    )
