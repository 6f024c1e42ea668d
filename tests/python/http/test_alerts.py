"""`GET /api/v1/alerts`: what the service says, as JSON that plays with no terminal."""

import json
from collections.abc import Mapping
from typing import Any

from logagent.http.access import Access
from logagent.http.app import create_app
from tests.python.http.served import served
from tests.python.http.test_app import Offered

HOSTILE = "\x1b]0;x\x07\x7f\u202e</script>"


class Firing(Offered):
    def alerts(self) -> Mapping[str, list[Mapping[str, Any]]]:
        moved = [{"label": "path", "value": HOSTILE, "before": 0, "now": 1}]
        firing = {"checker": "busy", "summary": "x", "evidence": {"moved": moved}}
        return {"firing": [firing], "recent": [firing], "receivers": []}


def test_what_fires_is_told() -> None:
    with served(create_app(Firing(), Access)) as server:
        answer = server.ask("/api/v1/alerts")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    content = json.loads(answer.body)
    assert content["firing"][0]["evidence"]["moved"][0]["value"] == HOSTILE
    assert all(32 <= byte < 127 for byte in answer.body.rstrip(b"\n"))
