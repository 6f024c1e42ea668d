import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from logagent.http.access import Access
from tests.python.http.test_app import TOKEN, offering

ASSETS = files("logagent.http") / "assets"


def test_the_page_allows_nothing_but_its_own_files() -> None:
    with offering() as (_, server):
        answer = server.ask("/")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


class Seen(HTMLParser):
    """What a page refers to, and what of it stands within the page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        for name, value in attrs:
            if name in {"src", "href"} and value and not value.startswith("#"):
                self.links.append(value)
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")

    def handle_data(self, data: str) -> None:
        if self.tag in {"script", "style"} and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.tag = ""


def test_all_that_the_page_needs_is_served_and_nothing_is_inline() -> None:
    seen = Seen()
    with offering() as (_, server):
        seen.feed(server.ask("/").body.decode())
        for link in seen.links:
            assert link.startswith("/")
            assert not link.startswith("//")
            if link.startswith("/assets/"):
                answer = server.ask(link)
                assert (answer.status, answer.headers["x-content-type-options"]) == (200, "nosniff")
    assert "/assets/page.js" in seen.links
    assert seen.inline == []


def test_scripts_make_no_markup() -> None:
    for name in ("page.js", "parts.js"):
        script = (ASSETS / name).read_text()
        for sink in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "DOMParser",
        ):
            assert sink not in script
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", script)


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapp.py", "%2e%2e/app.py", "page.js/x"])
def test_other_files_are_not_served(name: str) -> None:
    with offering() as (_, server):
        answer = server.ask(f"/assets/{name}")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")


def test_live_as_json_and_as_events() -> None:
    with offering() as (offered, server):
        answer = server.ask("/api/v1/live")
        assert json.loads(answer.body) == {"lines": 1}
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        answer = server.ask("/api/v1/live", headers={"Accept": "text/event-stream"})
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.body == b'data: {"lines": 1}\n\ndata: {"lines": 2}\n\n'
        assert offered.live.listeners == 0


def test_configuration() -> None:
    with offering() as (_, server):
        assert json.loads(server.ask("/api/v1/config").body) == {"outline": ["agent"]}


@pytest.mark.parametrize("path", ["/", "/assets/page.js", "/api/v1/live", "/api/v1/config"])
def test_a_token_is_wanted_for_all_of_it(path: str) -> None:
    with offering(Access(token=TOKEN)) as (_, server):
        assert server.ask(path).status == 401
        assert server.ask(path, headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
