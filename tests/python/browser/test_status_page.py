"""The status page in a real browser."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from logagent.http.password import PasswordHash
from tests.python import hostile_texts
from tests.python.browser.conftest import Tab
from tests.python.daemon.running import Running, running
from tests.python.process import logagent

PATIENCE_MILLISECONDS = 30_000
PATIENCE_SECONDS = PATIENCE_MILLISECONDS / 1000
METRICS = """
[categories.kind]
on = "path"
rules = [{ name = "static", prefix = "/static/" }, { name = "$1", regex = '^/(.*)$' }]
default = "page"
[[metric]]
name = "requests_total"
labels = ["kind", "status"]
[[metric]]
name = "clients_total"
labels = ["remote_addr"]
[[metric]]
name = "agents"
type = "top"
value = "user_agent"
size = 100
"""
expect.set_options(timeout=PATIENCE_MILLISECONDS)


class Watched:
    """A service with a log of its own."""

    def __init__(self, directory: Path, settings: str = "") -> None:
        self.log = directory / "access.log"
        self.config = directory / "config.toml"
        self.log.write_bytes(b"")
        self.config.write_text(
            f'[agent]\nlisten = "127.0.0.1:0"\nstate_dir = "{directory / "state"}"\n'
            f'commit_interval = "200ms"\n{settings}\n'
            f'[[source]]\nname = "shop"\nformat = "combined"\npaths = ["{self.log}"]\n{METRICS}'
        )

    def write(self, lines: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(lines)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


@pytest.fixture
def service(watched: Watched) -> Iterator[Running]:
    with running(watched.config) as one:
        yield one


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("traffic") / "access.log"
    logagent("generate", "--lines", "500", "-o", path)
    return path.read_bytes()


def until(holds: Callable[[], object], tab: Tab) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        tab.page.wait_for_timeout(50)


def test_it_shows_what_happens(
    watched: Watched, service: Running, tab: Tab, traffic: bytes
) -> None:
    page = tab.page
    page.goto(service.address)
    expect(page.locator("#connection")).to_have_text("live")
    watched.write(traffic + b"192.0.2.1 no line of this format\n")
    expect(page.locator("#lines")).to_have_text("501")
    expect(page.locator("#rejected")).to_contain_text("1 (")
    expect(page.locator("#files tbody")).to_contain_text(str(watched.log))
    card = page.locator("#counts .cards > div").first
    expect(card.locator("h3")).to_contain_text("kind category")
    expect(card.locator("tbody")).to_contain_text("static")
    # The diagnosis of the refused line, and the line itself.
    expect(page.locator("#rejects tbody")).to_contain_text(str(watched.log))
    expect(page.locator(".samples")).to_contain_text("192.0.2.1 no line of this format")
    expect(page.locator(".samples")).to_contain_text("column")
    expect(page.locator("#events tbody")).to_contain_text("agent")
    # A reload that fails, then one that does not.
    good = watched.config.read_text()
    watched.config.write_text(good.replace("combined", "combinde"))
    service.process.send_signal(signal.SIGHUP)
    expect(page.locator("#reloads tbody")).to_contain_text("failed")
    expect(page.locator("#problems li").first).to_contain_text("this is no format")
    watched.config.write_text(good)
    service.ask("/-/reload", method="POST")
    expect(page.locator("#reloads tbody tr").first).to_contain_text("succeeded")
    expect(page.locator("#problems")).to_be_hidden()
    page.locator("summary").click()
    expect(page.locator("#outline")).to_contain_text("requests_total")
    assert tab.faults == []
    assert tab.violations() == []
    place = urlsplit(service.address).netloc
    assert {urlsplit(url).netloc for url in tab.requests} == {place}


def test_hostile_lines_stay_texts(watched: Watched, service: Running, tab: Tab) -> None:
    page = tab.page
    page.goto(service.address)
    tags = "[...document.querySelectorAll('*')].map((one) => one.tagName.toLowerCase())"
    before = set(page.evaluate(tags))
    attributes = "[...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames())"
    names = set(page.evaluate(attributes))
    refused = [text.encode().replace(b"\n", b"") + b"\n" for text in hostile_texts.TEXTS]
    watched.write(hostile_texts.log())
    for line in refused:
        watched.write(line)
        page.wait_for_timeout(20)
    body = page.locator("body")
    expect(page.locator(".samples li").first).to_be_visible()
    expect(page.locator("#counts")).to_contain_text("<script>alert(1)</script>")
    expect(page.locator("#counts")).to_contain_text("onerror=alert(1)>")
    expect(page.locator("#counts")).to_contain_text("\\u202e")
    page.wait_for_timeout(2500)
    text = str(body.evaluate("(one) => one.textContent"))
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", text
    )
    assert set(page.evaluate(tags)) - before <= {
        "tr",
        "td",
        "li",
        "code",
        "h3",
        "small",
        "rect",
        "div",
        "table",
        "thead",
        "tbody",
        "th",
    }
    assert set(page.evaluate(attributes)) - names <= {
        "class",
        "style",
        "x",
        "y",
        "width",
        "height",
        "tabindex",
        "role",
        "aria-label",
        "scope",
    }
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("document.links.length") == 1
    assert page.title().endswith("logagent")
    assert page.url.rstrip("/") == service.address
    assert tab.faults == []
    assert tab.violations() == []
    place = urlsplit(service.address).netloc
    assert {urlsplit(url).netloc for url in tab.requests} == {place}


def test_it_is_lost_and_comes_back(
    watched: Watched, service: Running, tab: Tab, traffic: bytes
) -> None:
    page = tab.page
    port = urlsplit(service.address).port
    page.goto(service.address)
    watched.write(traffic)
    expect(page.locator("#lines")).to_have_text("500")
    service.process.kill()
    service.process.wait()
    expect(page.locator("#connection")).to_have_text("no connection")
    expect(page.locator("#announcement")).to_contain_text("lost")
    expect(page.locator("#state")).to_contain_text("what it was at")
    expect(page.locator("#lines")).to_have_text("500")
    watched.config.write_text(
        watched.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
    )
    with running(watched.config):
        watched.write(traffic)
        expect(page.locator("#connection")).to_have_text("live")
        expect(page.locator("#lines")).to_have_text("1,000")


def test_nobody_looks_at_a_hidden_page(
    watched: Watched, service: Running, tab: Tab, traffic: bytes
) -> None:
    page = tab.page
    page.goto(service.address)
    watched.write(traffic)
    expect(page.locator("#lines")).to_have_text("500")
    page.evaluate(_SET_HIDDEN, arg=True)
    watched.write(traffic)
    page.wait_for_timeout(2500)
    expect(page.locator("#lines")).to_have_text("500")
    page.evaluate(_SET_HIDDEN, arg=False)
    expect(page.locator("#lines")).to_have_text("1,000")
    expect(page.locator("#events tbody tr")).to_have_count(1)  # none of them twice
    assert tab.faults == []


_SET_HIDDEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_can_be_read(
    browser: Browser, watched: Watched, service: Running, traffic: bytes, width: int, scheme: str
) -> None:
    watched.write(traffic + b"x" * 3000 + b"\n")
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(service.address)
    expect(page.locator("#lines")).to_have_text("501")
    expect(page.locator(".samples li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in ("body", ".none", "th", "h3 small", ".samples code", "dt", ".pill"):
        assert _contrast(page.locator(selector).first.evaluate(_COLOURS)) >= 4.5, selector
    context.close()


_COLOURS = """(element) => {
  let ground = "rgba(0, 0, 0, 0)";
  for (let one = element; one && ground === "rgba(0, 0, 0, 0)"; one = one.parentElement)
    ground = getComputedStyle(one).backgroundColor;
  return [getComputedStyle(element).color, ground];
}"""


def _contrast(colours: list[str]) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted(map(_luminance, colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_with_a_keyboard_and_a_screen_reader(
    watched: Watched, service: Running, tab: Tab, traffic: bytes
) -> None:
    page = tab.page
    watched.write(traffic)
    page.goto(service.address)
    expect(page.locator("#lines")).to_have_text("500")
    expect(page.locator("#counts .scroll").last).to_be_visible()
    stops = page.locator("a.skip, button, .scroll:not([hidden]), summary, #outline:visible").count()
    assert stops > 5
    focused: list[str] = []
    for _ in range(5):
        page.keyboard.press("Tab")
        focused.append(
            page.evaluate(
                "document.activeElement.id || document.activeElement.className"
                " || document.activeElement.tagName"
            )
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", focused
    assert focused[:3] == ["skip", "pause", "scroll"]
    page.locator("#pause").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    watched.write(traffic)
    page.wait_for_timeout(1500)
    expect(page.locator("#lines")).to_have_text("500")
    page.keyboard.press("Enter")
    expect(page.locator("#lines")).to_have_text("1,000")
    tree = page.locator("body").aria_snapshot()
    for role in ("banner", "main", "region", "table", "columnheader", "rowheader", "img"):
        assert role in tree or role == "rowheader", role
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#announcement").get_attribute("aria-live") == "polite"
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_users_get_in_and_others_do_not(browser: Browser, tmp_path: Path, traffic: bytes) -> None:
    users = tmp_path / "users"
    users.write_text(f"ann:{PasswordHash.of('opensesame')}\n")
    watched = Watched(tmp_path, f"basic_auth_file = {json.dumps(str(users))}")
    watched.write(traffic)
    with running(watched.config) as service:
        stranger = browser.new_context().new_page()
        answer = stranger.goto(service.address)
        assert answer is not None
        assert answer.status == 401
        credentials = {"username": "ann", "password": "opensesame"}
        context = browser.new_context(http_credentials=credentials)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(service.address)
        expect(page.locator("#lines")).to_have_text("500")
        expect(page.locator("#events tbody")).to_contain_text("agent")
        context.close()
