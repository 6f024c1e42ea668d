"""A table on the screen: rows that can be walked through and looked into."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from logagent.live.tables import Kind, Table
from logagent.printable import printable
from logagent.table import Column, render
from logagent.tui.columns import Order, cells, headings, ordered

_MOST_ROWS = 100
_STATUS_STYLES = {"3xx": "cyan", "4xx": "yellow", "5xx": "bold red"}
_NARROW_COLUMNS = 36
"""In less room the sizes are left out, so that the texts can be read."""


class _Rows(OptionList):
    """Rows of which one is marked; the footer says what Enter does."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "lines")]


class Pane(Vertical):
    """One table, in the order that the rest of the screen has."""

    class Opened(Message):
        """A row is to be looked into."""

        def __init__(self, table: Table, text: str) -> None:
            super().__init__()
            self.table = table
            self.text = text

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table
        self._heading = Static(markup=False, classes="heading")
        self._list = _Rows(markup=False, compact=True)
        self._texts: list[str] = []
        self._lines: list[str] = []

    def compose(self) -> ComposeResult:
        """The heading, which stays, and the rows."""
        yield self._heading
        yield self._list

    def show(self, table: Table, order: Order) -> None:
        """Show other figures; the row that is marked stays marked, wherever it went."""
        self.table = table
        width = self._list.scrollable_content_region.width
        if width <= 0:
            return
        rows = ordered(table, order)[:_MOST_ROWS]
        columns = headings(table)
        texts = [cells(table, row) for row in rows]
        if width < _NARROW_COLUMNS and columns[-1].heading == "bytes":
            columns, texts = columns[:-1], [row[:-1] for row in texts]
        first = Column(printable(first_heading(table)), columns[0].kind)
        heading, *lines = render([first, *columns[1:]], texts, totals=None, width=width)
        self._heading.update(heading)
        if lines == self._lines and len(rows) == len(self._texts):
            return
        marked = self.marked
        self._texts, self._lines = [row.text for row in rows], lines
        self._list.set_options(
            Option(Text(line, style=_style(table, row.text), no_wrap=True, end=""))
            for line, row in zip(lines, rows, strict=True)
        )
        if marked is not None and marked in self._texts:
            self._list.highlighted = self._texts.index(marked)

    @property
    def marked(self) -> str | None:
        """The text of the row under the cursor."""
        index = self._list.highlighted
        return None if index is None or index >= len(self._texts) else self._texts[index]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Look into the row under the cursor."""
        event.stop()
        if event.option_index < len(self._texts):
            self.post_message(self.Opened(self.table, self._texts[event.option_index]))


def first_heading(table: Table) -> str:
    """The title, and how many values there are if not all are shown."""
    is_cut = table.kind is Kind.LABEL and table.values > _MOST_ROWS
    return f"{table.title} ({table.values})" if is_cut else table.title


def _style(table: Table, text: str) -> str:
    return _STATUS_STYLES.get(text, "") if table.key == "status_class" else ""
