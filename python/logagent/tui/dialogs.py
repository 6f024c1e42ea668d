"""What opens above the tables: raw lines, alerts, the filter, help."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from logagent.errors import LogagentError
from logagent.printable import printable
from logagent.tui.watch import RawLines

_DRAW_SECONDS = 0.2

HELP = """\
arrows, page keys   walk through the rows of a table
Tab, Shift+Tab      go to the next table, or back
Enter               look into a row: its last raw lines
s                   sort by total, by the last ten seconds, by bytes
f or /              filter by a CEL condition, such as  status >= 500
p or Space          pause, and go on
+ and -             look more often, or less
a                   alerts, and what became of them
? or h              this help
Escape              close what is open
q                   quit

"Last 10 s" is what came within the last ten seconds. A total with ≤ is of a text
that is rare: it may be lower. "95 %" of the requests were faster than this."""


class TextDialog(ModalScreen[None]):
    """A text to read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Close")]

    def __init__(self, title: str, text: str) -> None:
        """`title` and `text` may be of a log: they are escaped here, line by line."""
        super().__init__()
        self._title = title
        self._text = "\n".join(map(printable, text.split("\n")))

    def compose(self) -> ComposeResult:
        """The title and the text, which scrolls."""
        with Vertical(classes="dialog"):
            yield Static(Text(printable(self._title)), classes="dialog-title")
            with VerticalScroll(can_focus=True):
                yield Static(Text(self._text), markup=False)
            yield Static("Escape closes", classes="hint")


class LinesDialog(ModalScreen[None]):
    """Raw lines, the newest last; they may become others while it is open."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Close")]

    def __init__(self, title: str) -> None:
        """`title` may be of a log: it is escaped here, as are the lines."""
        super().__init__()
        self._title = title
        self._raw = RawLines([], "looking for them")
        self._heading = Static(markup=False, classes="dialog-title")
        self._lines = Static(markup=False)
        self._scroll = VerticalScroll(can_focus=True)
        self._must_draw = True

    def show(self, raw: RawLines) -> None:
        """Show these instead."""
        self._raw = raw
        self._must_draw = True

    def compose(self) -> ComposeResult:
        """The title and the lines, which scroll."""
        with Vertical(classes="dialog"):
            yield self._heading
            with self._scroll:
                yield self._lines
            yield Static("Escape closes", classes="hint")

    def on_mount(self) -> None:
        """Draw a few times a second, however fast lines come."""
        self._draw()
        self.set_interval(_DRAW_SECONDS, self._draw)

    def _draw(self) -> None:
        if not self._must_draw:
            return
        self._must_draw = False
        self._heading.update(printable(f"{self._title} · {self._raw.note}"))
        is_at_end = self._scroll.is_vertical_scroll_end
        self._lines.update("\n".join(map(printable, self._raw.lines)))
        if is_at_end:  # somebody who reads further up is left there
            self._scroll.scroll_end(animate=False)


class FilterDialog(ModalScreen[None]):
    """Asks for a condition until it is one, or nobody wants it any more."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close")]

    def __init__(self, condition: str | None, apply: Callable[[str | None], None]) -> None:
        """`apply` raises `LogagentError` if a condition is none."""
        super().__init__()
        self._condition = condition
        self._apply = apply

    def compose(self) -> ComposeResult:
        """A field to write in, and what is wrong with what is there."""
        with Vertical(classes="dialog small"):
            yield Static("Only records for which this CEL condition holds", classes="dialog-title")
            yield Input(self._condition or "", placeholder="status >= 500 && section == '/api'")
            yield Static(id="wrong", markup=False)
            yield Static(
                "Enter counts anew; an empty line counts all; Escape closes", classes="hint"
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Filter, or say what is wrong."""
        try:
            self._apply(event.value.strip() or None)
        except LogagentError as error:
            lines = str(error).removeprefix("--where: ").split("\n")
            self.query_one("#wrong", Static).update("\n".join(map(printable, lines)))
            return
        self.dismiss()
