"""What the page and `top` are told of a service."""

import http.client
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.python.daemon.running import Running, running
from tests.python.waiting import wait_until

LINE = b'192.0.2.%d - - [22/Nov/2026:10:00:00 +0000] "GET /%s/x HTTP/1.1" 200 5\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(b"")
    return path


@pytest.fixture
def config(tmp_path: Path, log: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f'[agent]\nlisten = "127.0.0.1:0"\nstate_dir = "{tmp_path / "state"}"\n'
        f'commit_interval = "100ms"\n'
        f'[[source]]\nname = "a"\nformat = "common"\npaths = ["{log}"]\n'
        '[[metric]]\nname = "n_total"\nlabels = ["section"]\n'
        '[[metric]]\nname = "clients"\ntype = "top"\nvalue = "remote_addr"\n'
    )
    return path


def live(service: Running) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(service.ask("/api/v1/live")[1])
    return found


def rows(state: dict[str, Any], key: str) -> dict[str, tuple[int, int]]:
    (table,) = [one for one in state["tables"] if one["key"] == key] or [{"rows": []}]
    return {row["text"]: (row["total"], row["recent"]) for row in table["rows"]}


def test_totals_and_the_last_ten_seconds(config: Path, log: Path) -> None:
    log.write_bytes(LINE % (1, b"a") * 3)
    with running(config) as service:
        wait_until(lambda: rows(live(service), "section").get("/a", (0, 0))[0] == 3)
        with log.open("ab") as file:
            file.write(LINE % (2, b"b") * 2 + b"no line\n")
        wait_until(lambda: rows(live(service), "section").get("/b") == (2, 2))
        assert rows(live(service), "top remote_addr")["192.0.2.2"] == (2, 2)
        wait_until(lambda: live(service)["rejected"] == 1)
        state = live(service)
        assert state["lines"] == 6
        assert [one["count"] for one in state["rejects"]] == [1]
        wait_until(lambda: sum(live(service)["history"]) >= 3)


def test_each_second_for_all_who_listen(config: Path) -> None:
    with running(config) as service:
        place = urlsplit(service.address)
        links = [
            http.client.HTTPConnection(str(place.hostname), place.port, timeout=20) for _ in "123"
        ]
        seen: list[list[float]] = []
        for link in links:
            link.request("GET", "/api/v1/live", headers={"Accept": "text/event-stream"})
        for link in links:
            answer = link.getresponse()
            instants: list[float] = []
            while len(instants) < 3:
                line = answer.readline()
                if line.startswith(b"data: "):
                    instants.append(json.loads(line[6:])["at"])
            seen.append(instants)
        for link in links:
            link.close()
        assert len({tuple(one) for one in seen}) == 1  # made once
        assert seen[0] == sorted(set(seen[0]))


def test_after_a_reload_the_new_metrics_are_shown(config: Path, log: Path) -> None:
    log.write_bytes(LINE % (1, b"a"))
    with running(config) as service:
        wait_until(lambda: "section" in {one["key"] for one in live(service)["tables"]})
        config.write_text(config.read_text().replace('["section"]', '["method"]'))
        assert service.ask("/-/reload", method="POST")[0] == 200
        with log.open("ab") as file:
            file.write(LINE % (1, b"a"))
        wait_until(lambda: rows(live(service), "method").get("GET", (0, 0))[0] == 1)
        reloads = json.loads(service.ask("/api/v1/config")[1])["reloads"]
        assert [one["outcome"] for one in reloads] == ["succeeded"]
        assert time.time() - reloads[0]["at"] < 60
