"""Series of windows as JSON, for the sinks that speak it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from logagent.sinks.sink import Window


class Point(NamedTuple):
    """One series in one window."""

    key: str
    """Names the series and the window: a later point of the same key replaces this one."""
    body: bytes
    """A JSON object: `key`, `metric`, `type`, `start`, `end` (Unix seconds), `labels`, values."""


def window_points(window: Window, extra: Mapping[str, str]) -> Iterator[Point]:
    """The series of a window, with the `extra` labels too."""
    for own, values in window.series():
        labels = {**extra, **own}
        place = {
            "metric": window.metric,
            "start": window.start,
            **({"generation": window.generation} if window.generation else {}),
            "labels": dict(sorted(labels.items())),
        }
        key = orjson.dumps(place).decode()
        point = {
            "key": key,
            "metric": window.metric,
            "type": window.type,
            "start": window.start,
            "end": window.end,
            "labels": labels,
            **_plain(values),
        }
        yield Point(key, orjson.dumps(point))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with texts for keys, and the most frequent texts as objects."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        match value:
            case None:
                continue
            case Mapping():
                plain[name] = {decimal(key): number for key, number in value.items()}
            case list():
                plain[name] = [{"text": text, "count": count} for text, count, *_ in value]
            case _:
                plain[name] = value
    return {name: value for name, value in plain.items() if value not in ({}, [])}


def decimal(number: float | str) -> str:
    """A bound or quantile in the fewest digits, never with an exponent, as the core writes it."""
    if isinstance(number, str):
        return number
    text = repr(float(number))
    if "e" in text:
        from decimal import Decimal  # rarely: start-up counts

        text = f"{Decimal(text):f}"
    return text.removesuffix(".0")
