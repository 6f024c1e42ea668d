"""A view as plain JSON values, as the service sends it, and back."""

from collections.abc import Mapping
from typing import Any

from logagent.errors import LogagentError
from logagent.live.tables import Kind, Row, Table
from logagent.live.view import Alert, View


def plain_of(view: View) -> dict[str, Any]:
    """The plain values of a view."""
    return {
        **view._asdict(),
        "tables": [
            {**table._asdict(), "rows": [row._asdict() for row in table.rows]}
            for table in view.tables
        ],
        "alerts": [alert._asdict() for alert in view.alerts],
        "alert_history": [alert._asdict() for alert in view.alert_history],
    }


def view_of(content: Mapping[str, Any], *, title: str) -> View:
    """The view that `plain_of` made plain, under another title; more keys do no harm.

    Raises `LogagentError` if it is none.
    """
    try:
        return View(
            title=title,
            **{name: content[name] for name in _SIMPLE},
            tables=[_table(table) for table in content["tables"]],
            alerts=[_alert(alert) for alert in content["alerts"]],
            alert_history=[_alert(alert) for alert in content["alert_history"]],
            problems=[str(problem["message"]) for problem in content["problems"]],
        )
    except (KeyError, TypeError, ValueError):
        raise LogagentError(f"{title} does not answer like this version of logagent") from None


_SIMPLE = ("state", "at", "lines", "rejected", "size_bytes", "per_second", "history")


def _table(table: Mapping[str, Any]) -> Table:
    rows = [Row(*(row[name] for name in Row._fields)) for row in table["rows"]]
    return Table(table["key"], table["title"], Kind(table["kind"]), rows, table["values"])


def _alert(alert: Mapping[str, Any]) -> Alert:
    return Alert(*(alert[name] for name in Alert._fields))
