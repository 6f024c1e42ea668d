"""What a receiver is: it takes findings, as plain values, and tells somebody.

A type of receiver is a class of this shape, named by an entry point of the group
``logagent.receivers``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from logagent.errors import Problem
from logagent.extensions import Extension
from logagent.options import Holds, Option, Table, problem
from logagent.posting import HTTP_OPTIONS, url_problems

COMMON_OPTIONS: tuple[Option, ...] = (
    Option("checkers", Holds.TEXTS, "Checkers whose findings it gets; all without.", default=()),
    Option(
        "max_age",
        Holds.DURATION,
        "Older findings, by event time, are not sent: those of an old log that is read now.",
        default=3600.0,
        least=0,
    ),
)
"""Options that every type of receiver has; a type adds them to its own."""

POSTING_OPTIONS: tuple[Option, ...] = (*COMMON_OPTIONS, *HTTP_OPTIONS)
"""Options of receivers that speak HTTP."""


class Receiver(Extension, Protocol):
    """Somebody who is told. `send` is called in a thread of its own."""

    resend_seconds: float | None
    """How often it wants to hear again of what is open; None if once is enough."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        """`options` are those of `OPTIONS` by name; connects to nothing yet."""

    def send(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """Tell these, in order; on return they were heard. Raises `Retry` or `Refused`.

        A finding is an object as `logagent.checkers.Noted.plain` makes it: ``key`` names it alone,
        ``alert`` what all of its phases are about. The same one may come twice.
        """


def posting_problems(
    table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
) -> Iterable[Problem]:
    """What is wrong with `POSTING_OPTIONS`."""
    yield from url_problems(table, options)
    names = [checker["name"] for checker in described["checkers"]]
    for name in options["checkers"]:
        if name not in names:
            hint = f"there is: {', '.join(names)}" if names else "there is none"
            message = f"there is no [[checker]] `{name}`"
            yield problem(table, "checkers", "unknown-name", message, hint)
