import hashlib
import hmac
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from logagent.sinks.sink import Refused, Retry, Window
from logagent.sinks.webhook import Webhook
from tests.faults.far_end import Answer, FarEnd

DEFAULTS: Mapping[str, Any] = {option.name: option.default for option in Webhook.OPTIONS}
WINDOW = Window(
    60,
    120,
    "requests",
    "counter",
    ("status",),
    {"labels": {"status": ["200", None]}, "count": [3, 1], "sums": {"bytes": [70, 2]}},
)


def sink(url: str, **options: Any) -> Webhook:  # noqa: ANN401
    return Webhook("hook", {**DEFAULTS, "url": url, "timeout": 2.0, **options})


def test_a_request_is_signed_json(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    options = {
        "secret_file": str(tmp_path / "secret"),
        "token": "tick",
        "headers": {"X-Team": "edge"},
        "labels": {"proxy": "a"},
    }
    with FarEnd() as far_end:
        one = sink(f"{far_end.url}/in?key=1", **options)
        (frame,) = one.frames([WINDOW])
        one.send(frame.body, 7)
        one.close()
    (taken,) = far_end.taken
    assert taken.path == "/in?key=1"
    signature = hmac.new(b"s3cret", taken.body, hashlib.sha256).hexdigest()
    assert taken.headers["x-logagent-signature"] == f"sha256={signature}"
    assert taken.headers["x-logagent-sequence"] == "7"
    assert taken.headers["authorization"] == "Bearer tick"
    assert taken.headers["x-team"] == "edge"
    found = json.loads(taken.body)
    assert found["sink"] == "hook"
    keys = [point.pop("key") for point in found["points"]]
    assert len(set(keys)) == 2
    common = {"metric": "requests", "type": "counter", "start": 60, "end": 120}
    assert found["points"] == [
        {**common, "labels": {"proxy": "a", "status": "200"}, "count": 3, "sums": {"bytes": 70}},
        {**common, "labels": {"proxy": "a"}, "count": 1, "sums": {"bytes": 2}},
    ]


@pytest.mark.parametrize(
    ("answer", "says", "after_seconds"),
    [
        ((503, {"Retry-After": "7"}, b"busy\x1b[31m"), "answered 503 busy [31m", 7.0),
        ((429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b""), "answered 429", 0.0),
        ((401, {}, b""), "answered 401 (are the credentials right?)", None),
        ((302, {"Location": "http://elsewhere"}, b""), "answered 302", None),
        (None, "cannot be reached: ", None),
    ],
)
def test_what_is_for_later(answer: Answer, says: str, after_seconds: float | None) -> None:
    with FarEnd(lambda _: answer) as far_end:
        one = sink(far_end.url)
        (frame,) = one.frames([WINDOW])
        with pytest.raises(Retry) as caught:
            one.send(frame.body, 1)
        one.close()
    assert says in caught.value.message
    assert caught.value.after_seconds == after_seconds


def test_what_is_refused_for_good() -> None:
    with FarEnd(lambda _: (422, {}, b"no such metric")) as far_end:
        one = sink(far_end.url)
        (frame,) = one.frames([WINDOW])
        with pytest.raises(Refused, match="422 no such metric") as caught:
            one.send(frame.body, 1)
        one.close()
    assert caught.value.points == 2


def test_a_connection_that_was_closed_meanwhile_is_made_anew() -> None:
    with FarEnd() as far_end:
        one = sink(far_end.url)
        far_end.hangs_up = True
        one.send(b"{}", 1)
        one.send(b"{}", 2)
        one.close()
    assert [taken.headers["x-logagent-sequence"] for taken in far_end.taken] == ["1", "2"]


def test_a_far_end_that_does_not_answer_costs_the_timeout_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = sink(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.2)
        with pytest.raises(Retry, match="no answer in time"):
            one.send(b"{}", 1)
        one.close()
