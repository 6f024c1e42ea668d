"""A browser, and pages of services in it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

REPOSITORY = Path(__file__).parents[3]
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


# Of a module, not of the session: as long as it runs, nothing else can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    script = REPOSITORY / "scripts" / "find-program.sh"
    found = subprocess.run(
        [str(script), "chromium-headless-shell"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not found:
        if os.environ.get("CI"):
            pytest.fail("Chromium could not be had here")
        pytest.skip("Chromium could not be had here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--disable-gpu"])
        yield browser
        browser.close()


class Tab:
    """A page, and whatever went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._refuse)
        page.add_init_script(_WATCH)

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.faults.append(f"{kind}: {text}")

    def _refuse(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def violations(self) -> list[str]:
        """What the page tried that its policy forbids."""
        found: list[str] = self.page.evaluate("window.violations")
        return found


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Tab(context.new_page())
    context.close()
