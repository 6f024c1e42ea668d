"""What receivers send, by a strict stand-in; tests/faults has a real Alertmanager."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from logagent._core import Plan
from logagent.checkers import Finding, Noted, Phase
from logagent.extensions import Group, declared
from logagent.posting import Refused, Retry
from logagent.receivers import Receiver
from tests.python.checkers.feeding import METRICS

T = 1_700_000_000


class Far:
    """A server that answers what the test says, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""


@pytest.fixture
def far() -> Iterator[Far]:
    found = Far()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.requests.append((self.path, headers, body))
            answer = b"no\x1b[31m\nway"
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(answer)))
            if found.status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def problems_of(text: str) -> list[str]:
    plan = Plan.from_toml(f'{METRICS}\n[[receiver]]\nname = "r"\n{text}', origin="config.toml")
    return [one.message for one in declared(plan.describe())[1]]


def receiver(text: str) -> Receiver:
    plan = Plan.from_toml(f'{METRICS}\n[[receiver]]\nname = "r"\n{text}', origin="config.toml")
    found, problems = declared(plan.describe())
    assert problems == []
    (one,) = found[Group.RECEIVERS]
    made: Receiver = one.type(one.name, one.options)
    return made


def finding(phase: Phase = Phase.OPEN, key: str = "1", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    found = Finding(
        "rate",
        phase,
        key,
        T + (60 if phase is Phase.CLOSE else 0),
        T,
        'rate of "x" is 12',
        observed=12.5,
        expected=10.0,
        labels={"severity": "critical", "metric": "requests"},
    )._replace(**changes)
    return Noted("busy", found).plain()


def test_a_webhook_gets_them_in_one_object(far: Far) -> None:
    one = receiver(f'type = "webhook"\nurl = "{far.url}/hooks/a/?b=c"\nheaders = {{ X-Key = "k" }}')
    assert one.resend_seconds is None
    one.send([finding(), finding(Phase.CLOSE)])
    ((path, headers, body),) = far.requests
    assert path == "/hooks/a/?b=c"
    assert (headers["x-key"], headers["content-type"]) == ("k", "application/json")
    assert [found["phase"] for found in body["findings"]] == ["open", "close"]
    assert body["findings"][0]["started"] == "2023-11-14T22:13:20Z"
    assert body["findings"][0]["key"] == f"busy/1/open/{T}"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(500, Retry), (429, Retry), (404, Retry), (400, Refused), (422, Refused)],
)
@pytest.mark.parametrize("kind", ["webhook", "alertmanager"])
def test_what_answers_mean(far: Far, kind: str, status: int, outcome: type[Exception]) -> None:
    far.status = status
    with pytest.raises(outcome) as raised:
        receiver(f'type = "{kind}"\nurl = "{far.url}/secret"').send([finding()])
    message = str(raised.value)
    assert str(status) in message
    assert far.url in message
    assert "secret" not in message
    assert "\x1b" not in message
    assert "\n" not in message
    if status == 429:
        assert getattr(raised.value, "after_seconds", None) == 7


def test_nobody_there() -> None:
    with pytest.raises(Retry, match=r"http://127\.0\.0\.1:1 cannot be reached"):
        receiver('type = "webhook"\nurl = "http://127.0.0.1:1"').send([finding()])


def test_alertmanager_gets_what_its_api_takes(far: Far) -> None:
    one = receiver(
        f'type = "alertmanager"\nurl = "{far.url}/prefix/"\nresend = "10s"\n'
        'labels = { team = "web", instance = "proxy-1" }'
    )
    assert one.resend_seconds == 10
    one._clock = lambda: T + 100.0  # type: ignore[attr-defined]
    one.send([finding(key="1"), finding(Phase.CLOSE, key="1"), finding(key="2")])
    ((path, _, body),) = far.requests
    assert path == "/prefix/api/v2/alerts"
    ended, begun = body  # of each alert the last word
    labels = {
        "alertname": "busy",
        "instance": "proxy-1",
        "kind": "rate",
        "metric": "requests",
        "severity": "critical",
        "team": "web",
    }
    assert ended == {
        "labels": labels,
        "annotations": {"summary": 'rate of "x" is 12', "observed": "12.5", "expected": "10"},
        "startsAt": "2023-11-14T22:13:20Z",
        "endsAt": "2023-11-14T22:14:20Z",
    }
    # Alertmanager takes it for resolved if it is not told again in time.
    assert begun["endsAt"] == "2023-11-14T22:15:40+00:00"


def test_labels_that_are_none_are_left_out(far: Far) -> None:
    one = receiver(f'type = "alertmanager"\nurl = "{far.url}"')
    one.send([finding(labels={"query.q": "x", "empty": "", "ok": "1"}, observed=None)])
    ((_, _, body),) = far.requests
    assert {"query.q", "empty"} & body[0]["labels"].keys() == set()
    assert body[0]["labels"]["ok"] == "1"
    assert "observed" not in body[0]["annotations"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('type = "webhook"\nurl = "ftp://a"', "`url` has to begin with http:// or https://"),
        ('type = "webhook"\nurl = "http://a:b@c"', "`url` holds a user or password"),
        ('type = "webhook"', "needs the key `url`"),
        (
            'type = "webhook"\nurl = "http://a"\nheaders = { "A:" = "b" }',
            "`A:` cannot be sent as a header",
        ),
        (
            'type = "webhook"\nurl = "http://a"\nheaders = { A = "b\\r\\nC: d" }',
            "`A` cannot be sent as a header",
        ),
        ('type = "webhook"\nurl = "http://a"\ncheckers = ["x"]', "there is no [[checker]] `x`"),
        (
            'type = "alertmanager"\nurl = "http://a"\nlabels = { "a-b" = "c" }',
            "`a-b` is no name of a label",
        ),
        ('type = "pager"\nurl = "http://a"', "there is no receiver of type `pager`"),
    ],
)
def test_what_cannot_be(text: str, message: str) -> None:
    assert any(message in one for one in problems_of(text)), problems_of(text)
