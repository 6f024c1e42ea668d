"""A view as plain text: for pipes, scripts, and terminals without a screen."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from logagent.live.view import Alert, View
from logagent.printable import printable, shorten
from logagent.table import Glyphs, byte_count, number, render
from logagent.tui.columns import Order, cells, headings, ordered
from logagent.tui.sparkline import sparkline

_SPARKLINE_COLUMNS = 60
_LEAST_SPARKLINE_COLUMNS = 10


def summary(view: View) -> str:
    """What was read, in a few words."""
    parts = [f"{number(view.lines)} lines"]
    if view.rejected:
        share = 100 * view.rejected / max(view.lines, 1)
        parts.append(f"{number(view.rejected)} of them ({share:.1f} %) rejected")
    parts.append(byte_count(view.size_bytes))
    return ", ".join(parts)


def alert_line(alert: Alert) -> str:
    """An alert in a line; not escaped yet."""
    words = {"open": "FIRING", "update": "FIRING", "close": "recovered"}
    return (
        f"{clock(alert.instant)} {words.get(alert.phase, alert.phase)} {alert.name}: {alert.text}"
    )


def lines(
    view: View, *, rows: int, order: Order, width: int | None, glyphs: Glyphs
) -> Iterator[str]:
    """The view in lines of at most `width` columns; nothing in them controls a terminal."""

    def fitted(text: str) -> str:
        text = printable(text)
        return text if width is None else shorten(text, width, ellipsis=glyphs.ellipsis)

    yield fitted(f"{view.title}{glyphs.separator}{view.state}{glyphs.separator}{clock(view.at)}")
    rate = f"{view.per_second:,.1f} requests/s"
    room = min(_SPARKLINE_COLUMNS, (width or _SPARKLINE_COLUMNS + len(rate)) - len(rate) - 2)
    if room >= _LEAST_SPARKLINE_COLUMNS and any(view.history):
        rate += "  " + sparkline(view.history, room, unicode=glyphs.blocks)
    yield fitted(rate)
    yield fitted(summary(view))
    yield from map(fitted, _notices(view))
    for table in view.tables:
        if table.key == "requests":
            continue
        shown = ordered(table, order)[:rows]
        yield ""
        yield from render(
            headings(table),
            [cells(table, row) for row in shown],
            totals=None,
            width=width,
            glyphs=glyphs,
        )


def _notices(view: View) -> Sequence[str]:
    firing = [f"FIRING since {clock(one.instant)} {one.name}: {one.text}" for one in view.alerts]
    past = [alert_line(alert) for alert in view.alert_history[:5]]
    return [*firing, *past, *(f"problem: {text}" for text in view.problems)]


def clock(instant: float) -> str:
    """A Unix time as the local time of day; with the date where it is not of today."""
    local = datetime.fromtimestamp(instant, UTC).astimezone()
    is_today = local.date() == datetime.now(UTC).astimezone().date()
    return local.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")
