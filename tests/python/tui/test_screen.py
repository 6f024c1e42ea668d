"""The screen: driven by its keys, without a terminal; and on one, with a hostile log."""

import asyncio
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from logagent.errors import ArgumentError, LogagentError
from logagent.live.tables import Kind, Row, Table
from logagent.live.view import Alert, View
from logagent.tui.app import TopApp
from logagent.tui.columns import Order
from logagent.tui.dialogs import LinesDialog, TextDialog
from logagent.tui.pane import Pane
from logagent.tui.watch import RawLines
from tests.python import hostile_texts
from tests.python.process import LOGAGENT

PATIENCE_SECONDS = 60
_BETWEEN_KEYS_SECONDS = 0.5


class Watched:
    """Something that shows what a test says."""

    condition: str | None = None

    def __init__(self, texts: tuple[str, ...] = ("/a", "/b")) -> None:
        self.texts = texts
        self.failure: str | None = None
        self.is_running = False
        self.looks = 0
        self.closed = 0

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def read_all(self) -> None:
        raise AssertionError("a screen follows")

    def look(self) -> View:
        self.looks += 1
        if self.failure is not None:
            raise LogagentError(self.failure)
        rows = [Row(text, 10 * n, 0, n, 100.0 / (n + 1), None) for n, text in enumerate(self.texts)]
        alert = Alert("high", "open", 0.0, self.texts[0])
        return View(
            title=self.texts[0],
            state="following",
            at=0.0,
            lines=self.looks,
            rejected=0,
            size_bytes=1,
            per_second=1.5,
            history=[1] * 240,
            tables=[
                Table("section", "section", Kind.LABEL, rows, len(rows)),
                Table("path", "URL", Kind.TOP, rows, len(rows)),
            ],
            alerts=[alert],
            alert_history=[alert],
            problems=[self.texts[-1]],
        )

    def filter(self, condition: str | None) -> "Watched":
        if condition == "wrong":
            raise ArgumentError.of("--where", "no such field")
        other = Watched(("/filtered",))
        other.condition = condition
        return other

    async def raw_lines(self, key: str, text: str) -> AsyncIterator[RawLines]:
        try:
            yield RawLines([f"{key} {text}", "\x1b[2J"], "1 of 1")
            await asyncio.Event().wait()
        finally:
            self.closed += 1


def drive(watched: Watched, act: Callable[[TopApp, Pilot[None]], Awaitable[None]]) -> None:
    app = TopApp(watched, order=Order.TOTAL, refresh_seconds=0.1)

    async def run() -> None:
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: bool(app.query(Pane)) and app.query(Pane).first()._texts)
            await act(app, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        await pilot.pause(0.02)


def text_of(app: TopApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


def shown(app: TopApp) -> str:
    """All that is on the screen."""
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


def test_sorting_changes_the_order() -> None:
    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        pane = app.query(Pane).first()
        assert pane._texts == ["/b", "/a"]
        await pilot.press("s", "s")
        assert "by bytes" in text_of(app, "#title")
        assert pane._texts == ["/a", "/b"]

    drive(Watched(), act)


def test_pause_keeps_what_is_shown() -> None:
    watched = Watched()

    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        await pilot.press("p")
        assert "paused" in text_of(app, "#title")
        before, looks = text_of(app, "#summary"), watched.looks
        await until(pilot, lambda: watched.looks > looks + 2)
        assert text_of(app, "#summary") == before
        await pilot.press("p")
        await until(pilot, lambda: text_of(app, "#summary") != before)

    drive(watched, act)


def test_a_row_shows_its_lines() -> None:
    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, LinesDialog))
        await until(pilot, lambda: "section /" in shown(app))
        assert "\\x1b[2J" in shown(app)
        assert "1 of 1" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, LinesDialog))
        await until(pilot, lambda: watched.closed == 1)

    watched = Watched()
    drive(watched, act)


def test_a_filter_and_what_is_wrong_with_it() -> None:
    watched = Watched()

    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        await pilot.press("f")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        app.screen.query_one(Input).value = "wrong"
        await pilot.press("enter")
        await until(pilot, lambda: "no such field" in text_of(app, "#wrong"))
        app.screen.query_one(Input).value = "status == 1"
        await pilot.press("enter")
        await until(pilot, lambda: "only status == 1" in text_of(app, "#title"))
        assert app.query(Pane).first()._texts == ["/filtered"]
        assert not watched.is_running

    drive(watched, act)


def test_keys_work_when_the_marked_table_is_gone() -> None:
    class Renamed(Watched):
        """Under a filter other tables may come, while the dialog is open still."""

        def look(self) -> View:
            view = super().look()
            return view._replace(tables=[one._replace(key="other") for one in view.tables[:1]])

    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab", "f")
        app._watch = Renamed()
        await until(pilot, lambda: [*app._panes] == ["other"])
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press("p")
        assert "paused" in text_of(app, "#title")

    drive(Watched(), act)


def test_alerts_help_and_refresh() -> None:
    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        assert "FIRING since" in text_of(app, "#notices")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert "FIRING high: /a" in shown(app)
        await pilot.press("escape", "question_mark")
        await until(pilot, lambda: "CEL condition" in shown(app))
        await pilot.press("escape", "minus")
        await until(pilot, lambda: "every 0.15 s" in text_of(app, "#title"))

    drive(Watched(), act)


def test_what_fails_is_said_and_passes() -> None:
    watched = Watched()

    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        watched.failure = "cannot reach it"
        await until(pilot, lambda: "cannot reach it" in text_of(app, "#notices"))
        assert app.query(Pane).first()._texts  # what it was stays
        watched.failure = None
        await until(pilot, lambda: "cannot reach it" not in text_of(app, "#notices"))

    drive(watched, act)


def test_hostile_texts_stay_texts() -> None:
    async def act(app: TopApp, pilot: Pilot[None]) -> None:
        texts = shown(app)
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", texts
        )
        assert "[bold red]markup" in texts.replace("…", "")
        await pilot.press("tab", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, LinesDialog))

    drive(Watched(("[bold red]markup[/]", *hostile_texts.TEXTS)), act)


@pytest.mark.parametrize("mode", ["screen", "--plain", "--once"])
def test_no_escape_of_a_log_reaches_the_terminal(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "hostile.log"
    # The text that is waited for is the most frequent: of equal ones not all fit on a screen.
    path.write_bytes(hostile_texts.log() + 5 * hostile_texts.log(("[bold red]markup[/]",)))
    keys = [b"\t", b"\x1b[B", b"\r", b"\x1b", b"\t", b"\r"] if mode == "screen" else []
    arguments = [] if mode == "screen" else [mode]
    last = {"screen": b"Escape", "--plain": b"method", "--once": b"until it ends"}
    output = _on_terminal([*arguments, "--rows", "100", str(path)], keys, last=last[mode])
    assert b"markup" in output
    for text in hostile_texts.ESCAPES:
        raw = text.encode()
        if raw[0] in b"\x1b\xc2":
            assert raw not in output, text
    assert b"owned\x07" not in output
    for text in hostile_texts.BIDI[:5]:
        for one in text:
            if not one.isascii():
                assert one.encode() not in output, text


def _on_terminal(arguments: list[str], keys: list[bytes], *, last: bytes) -> bytes:
    """All that `logagent top` writes to a terminal of 200 x 60, pressing keys a while apart."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
    # The terminal says how large it is, not what another test set.
    sizes = {"COLUMNS", "LINES"}
    environment = {name: value for name, value in os.environ.items() if name not in sizes}
    process = subprocess.Popen(
        [*LOGAGENT, "top", "--refresh", "0.3", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm-256color"},
    )
    os.close(theirs)
    output = b""
    now = time.monotonic()
    deadline, due = now + PATIENCE_SECONDS, now
    try:
        while (now := time.monotonic()) < deadline:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    output += os.read(ours, 65536)
                except OSError:
                    break  # it has ended
            if b"markup" not in output:
                due = now + _BETWEEN_KEYS_SECONDS
            elif keys and now > due:
                os.write(ours, keys.pop(0))
                due = now + _BETWEEN_KEYS_SECONDS
            elif not keys and last in output:
                break
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return output
