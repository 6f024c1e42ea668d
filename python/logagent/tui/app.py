"""The screen of `logagent top`."""

import math
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid
from textual.widgets import Footer, Sparkline, Static

from logagent.errors import LogagentError
from logagent.live.tables import RECENT_SECONDS
from logagent.live.view import View
from logagent.printable import printable
from logagent.tui.columns import Order
from logagent.tui.dialogs import HELP, FilterDialog, LinesDialog, TextDialog
from logagent.tui.pane import Pane
from logagent.tui.plain import alert_line, clock, summary
from logagent.tui.watch import RawLines, Watch

if TYPE_CHECKING:
    from textual.timer import Timer

_LEAST_PANE_ROWS = 8
_REFRESH_FACTOR = 1.5
_LEAST_REFRESH_SECONDS, _MOST_REFRESH_SECONDS = 0.1, 60.0
_CSS = """
Screen { layout: vertical; }
#title { height: 1; background: $primary; color: $text; padding: 0 1; }
#rate { height: 1; padding: 0 1; text-style: bold; }
#summary { height: 1; padding: 0 1; color: $text-muted; }
#notices { height: auto; max-height: 4; padding: 0 1; color: $text-error; }
Sparkline { height: 2; margin: 0 1; }
Grid { height: 1fr; grid-gutter: 0 1; overflow-y: auto; scrollbar-size-vertical: 1; }
Pane { border: round $surface-lighten-2; padding: 0 1; }
Pane:focus-within { border: round $accent; }
Pane .heading { height: 1; text-style: bold; color: $text-accent; }
Pane OptionList { height: 1fr; border: none; padding: 0; background: transparent;
  scrollbar-size-vertical: 0; text-wrap: nowrap; text-overflow: ellipsis; }
Pane OptionList:focus { border: none; }
ModalScreen { align: center middle; }
.dialog { width: 90%; height: 85%; border: round $accent; background: $surface; padding: 0 1; }
.dialog.small { height: auto; max-height: 85%; }
.dialog-title { height: auto; text-style: bold; }
.hint { color: $text-muted; height: 1; }
#wrong { height: auto; color: $text-error; }
"""


class TopApp(App[None]):
    """Looks again and again, and shows it."""

    CSS = _CSS
    TITLE = "logagent top"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("s", "sort", "sort"),
        Binding("f,slash", "filter", "filter"),
        Binding("p,space", "pause", "pause"),
        Binding("enter", "none", "lines"),
        Binding("a", "alerts", "alerts"),
        Binding("plus,equals_sign", "refresh(-1)", "faster", show=False),
        Binding("minus", "refresh(1)", "slower", show=False),
        Binding("question_mark,h", "help", "help"),
    ]

    def __init__(self, watch: Watch, *, order: Order, refresh_seconds: float) -> None:
        """`watch` has been started; it is stopped here."""
        super().__init__()
        self._watch = watch
        self._order = order
        self._refresh_seconds = refresh_seconds
        self._view: View | None = None
        self._is_paused = False
        self._is_looking = False
        self._failure: str | None = None
        self._panes: dict[str, Pane] = {}
        self._timer: Timer | None = None
        self._bar = Static(id="title", markup=False)
        self._rate = Static(id="rate", markup=False)
        self._sparkline = Sparkline([])
        self._summary = Static(id="summary", markup=False)
        self._notices = Static(id="notices", markup=False)
        self._grid = Grid()

    def run_to_end(self) -> int:
        """Run until somebody quits; returns the exit code. Raises `LogagentError`."""
        try:
            self.run()
        finally:
            self._watch.stop()
        return self.return_code or 0

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield from (self._bar, self._rate, self._sparkline, self._summary, self._notices)
        yield self._grid
        yield Footer()

    def on_mount(self) -> None:
        """Begin."""
        self.call_after_refresh(self.look)
        self._timer = self.set_interval(self._refresh_seconds, self.look)

    def on_resize(self) -> None:
        """Lay the tables out anew."""
        self.call_after_refresh(self._show)

    def look(self) -> None:
        """Look, unless a look is on its way still."""
        if not self._is_looking:
            self._is_looking = True
            self._look()

    @work(thread=True, group="look")
    def _look(self) -> None:
        """In a thread: a service may take its time, and large tables do."""
        watch, view, failure = self._watch, self._view, None
        try:
            view = watch.look()
        except LogagentError as error:
            failure = error.message
        self.call_from_thread(self._take, watch, view, failure)

    def _take(self, watch: Watch, view: View | None, failure: str | None) -> None:
        self._is_looking = False
        if watch is not self._watch or self._is_paused or not self._grid.is_attached:
            return
        self._view, self._failure = view, failure
        self._show()

    def _show(self) -> None:
        view = self._view
        if view is None:
            self._say([self._failure or "reading"])
            return
        self._bar.update(self._title(view))
        self._rate.update(f"{view.per_second:,.1f} requests/s over {RECENT_SECONDS} s")
        self._sparkline.data = list(view.history[-self.size.width + 2 :])
        self._summary.update(printable(summary(view)))
        self._say(self._troubles(view))
        self._lay_out(view)
        for table in view.tables:
            if table.key in self._panes:
                self._panes[table.key].show(table, self._order)

    def _say(self, texts: list[str]) -> None:
        self._notices.display = bool(texts)
        self._notices.update("\n".join(map(printable, texts)))

    def _title(self, view: View) -> str:
        parts = [view.title, "paused" if self._is_paused else view.state]
        if self._watch.condition is not None:
            parts.append(f"only {self._watch.condition}")
        parts += [f"by {self._order}", f"every {self._refresh_seconds:g} s", clock(view.at)]
        return printable("  ·  ".join(parts))

    def _troubles(self, view: View) -> list[str]:
        failed = [] if self._failure is None else [self._failure]
        firing = [
            f"FIRING since {clock(one.instant)} {one.name}: {one.text}" for one in view.alerts
        ]
        return [*failed, *firing, *view.problems]

    def _lay_out(self, view: View) -> None:
        """One pane for each table, in as many columns as there is room for."""
        wanted = [table for table in view.tables if table.key != "requests"]
        for key in self._panes.keys() - {table.key for table in wanted}:
            self._remove(self._panes.pop(key))
        new = [Pane(table) for table in wanted if table.key not in self._panes]
        if new:
            self._panes |= {pane.table.key: pane for pane in new}
            self._grid.mount(*new)
            self.call_after_refresh(self._show)
        width, height = self.size
        columns = 1 if width < 60 else 2 if width < 140 else 3  # noqa: PLR2004 - screens
        rows = max(math.ceil(len(wanted) / columns), 1)
        free = height - 6
        self._grid.styles.grid_size_columns = columns
        self._grid.styles.grid_rows = str(max(free // rows, _LEAST_PANE_ROWS))

    def _remove(self, pane: Pane) -> None:
        """Take a pane away, and the focus from it: under a dialog it would stay there."""
        screen = pane.screen
        if screen.focused is not None and pane in screen.focused.ancestors:
            screen.set_focus(None)
        pane.remove()

    def on_pane_opened(self, event: Pane.Opened) -> None:
        """Show the last lines of a row, until they are closed."""
        dialog = LinesDialog(f"{event.table.title}: {event.text}")
        filling = self._fill(dialog, event.table.key, event.text)
        self.push_screen(dialog, lambda _: filling.cancel())

    @work(exclusive=True, group="lines")
    async def _fill(self, dialog: LinesDialog, key: str, text: str) -> None:
        try:
            async for raw in self._watch.raw_lines(key, text):
                dialog.show(raw)
        except LogagentError as error:
            dialog.show(RawLines([], error.message))

    def action_none(self) -> None:
        """What the marked row does: only shown among the keys."""

    def action_sort(self) -> None:
        """Sort by the next column."""
        orders = list(Order)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._show()

    def action_pause(self) -> None:
        """Let the figures stand, or go on."""
        self._is_paused = not self._is_paused
        self._show()

    def action_refresh(self, direction: int) -> None:
        """Look more often, or less."""
        seconds = self._refresh_seconds * _REFRESH_FACTOR**direction
        self._refresh_seconds = min(max(seconds, _LEAST_REFRESH_SECONDS), _MOST_REFRESH_SECONDS)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_interval(self._refresh_seconds, self.look)
        self._show()

    def action_filter(self) -> None:
        """Ask for a condition."""
        self.push_screen(FilterDialog(self._watch.condition, self._filter))

    def _filter(self, condition: str | None) -> None:
        """Count other records, from the beginning. Raises `LogagentError`."""
        new = self._watch.filter(condition)
        self._watch.stop()
        self._watch, self._view = new, None
        new.start()
        self.look()

    def action_alerts(self) -> None:
        """Show what fires and what became of alerts."""
        view = self._view
        lines = [] if view is None else [alert_line(one) for one in view.alert_history]
        text = "\n".join(lines) or "Nothing is known of alerts: a service has them, files do not."
        self.push_screen(TextDialog("Alerts, the newest first", text))

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(TextDialog("Keys", HELP))
