"""Keys of a configuration that only the type of their table knows: declared, read, documented.

The core reads ``[[sink]]``, ``[[checker]]``, ``[[receiver]]`` and ``[[source]]`` and passes on what
it does not know itself, with its places. A type declares these keys as `Option`; `read` turns them
into values, or into problems that point at the text as the core's own do.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from logagent.errors import ArgumentError, Problem
from logagent.instants import duration_s
from logagent.masking import MASK, masked_url, masked_value

Table = Mapping[str, Any]
"""A table as `Plan.describe` gives it: ``name``, ``type``, ``options``, ``written``, ``places``."""

_SIZE = r"(\d+(?:\.\d+)?)\s*(B|[kK]B|MB|GB|KiB|MiB|GiB)"  # compiled when it is used
_UNIT_BYTES = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}


class Holds(Enum):
    """What an option holds; the value is how messages and documentation say it."""

    TEXT = "a string"
    TEXTS = "a list of strings"
    INTEGER = "a whole number"
    NUMBER = "a number"
    BOOLEAN = "`true` or `false`"
    DURATION = 'a duration such as "10s" or "1h30m"'
    SIZE = 'a size such as "64KiB" or "10MB"'
    NAMES = "a table of strings"
    SELECTION = "a table of strings or lists of strings"


class Option(NamedTuple):
    """A key of a type: durations become seconds (float), sizes bytes (int)."""

    name: str
    holds: Holds
    meaning: str
    default: Any = None
    """The value without the key, as it would be read."""
    is_required: bool = False
    choices: tuple[str, ...] = ()
    """The texts that it may be; any without."""
    least: float | None = None
    most: float | None = None
    is_secret: bool = False
    """Whether what it holds is never shown; of a table, the values."""


def read(table: Table, options: Sequence[Option]) -> tuple[dict[str, Any], list[Problem]]:
    """The value of each option, by name, and everything that is wrong with the table's keys.

    An option that is absent or wrong has its default.
    """
    given = table["options"]
    known = {option.name: option for option in options}
    values = {option.name: option.default for option in options}
    problems = [_unknown(table, key, known) for key in given if key not in known]
    for name, option in known.items():
        if name in given:
            wrong = [*_wrong(option, given[name])]
            found = [problem(table, name, code, message) for code, message in wrong]
            problems += map(_hidden, found) if option.is_secret else found
            if not wrong:
                values[name] = _converted(option, given[name])
        elif option.is_required and name not in table["places"]:
            message = f"{table['type']} `{table['name']}` needs the key `{name}`"
            problems.append(problem(table, "", "missing-key", message))
    return values, problems


def shown(table: Table, options: Sequence[Option]) -> dict[str, Any]:
    """The options that were given, for whoever looks: `${NAME}` as written, secrets as `***`."""
    secrets = {option.name for option in options if option.is_secret}
    return {
        name: _masked(value) if name in secrets else _without_secret_parts(value)
        for name, value in table["written"].items()
    }


def problem(table: Table, key: str, code: str, message: str, hint: str | None = None) -> Problem:
    """A problem with the value of `key`; without a key, or where it is absent, with the table."""
    places = table["places"]
    place = places[key]["value"] if key and key in places else places[""]
    return Problem(code, message, hint=hint, **place)


def page(options: Sequence[Option]) -> str:
    """The options as a table in Markdown, for the documentation of a type."""
    rows = [
        f"| `{option.name}` | {_holds(option)} | {_default(option)} | {option.meaning} |"
        for option in options
    ]
    return "\n".join(["| key | holds | default | meaning |", "|---|---|---|---|", *rows, ""])


def _without_secret_parts(value: object) -> object:
    is_url = isinstance(value, str) and value.startswith(("http://", "https://"))
    return masked_url(str(value)) if is_url else value


def _masked(value: object) -> object:
    match value:
        case dict():
            return {name: _masked(one) for name, one in value.items()}
        case list():
            return [_masked(one) for one in value]
        case str() if "${" in value:
            return value
        case _:
            return MASK


def _unknown(table: Table, key: str, known: Mapping[str, Option]) -> Problem:
    from difflib import get_close_matches  # start-up counts

    near = get_close_matches(key, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    message = f"unknown key `{key}` in {table['type']} `{table['name']}`"
    found = Problem("unknown-key", message, hint=hint, **table["places"][key]["key"])
    return _hidden(found) if near and known[near[0]].is_secret else found


def _hidden(found: Problem) -> Problem:
    """The same without the value that is wrong."""
    return found._replace(text=None if found.text is None else masked_value(found.text))


def _wrong(option: Option, value: object) -> Iterator[tuple[str, str]]:
    """What is wrong with a value: code and message."""
    if not _FITS[option.holds](value):
        yield "wrong-type", f"`{option.name}` has to be {option.holds.value}"
        return
    if option.choices and value not in option.choices:
        yield "bad-value", f"`{option.name}` has to be one of `{'`, `'.join(option.choices)}`"
    if value in ("", []):
        yield "bad-value", f"`{option.name}` is empty"
    converted = _converted(option, value)
    if option.least is not None and converted < option.least:
        yield "bad-value", f"`{option.name}` has to be at least {option.least:g}"
    if option.most is not None and converted > option.most:
        yield "bad-value", f"`{option.name}` has to be at most {option.most:g}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)


_FITS: Mapping[Holds, Callable[[Any], bool]] = {
    Holds.TEXT: lambda value: isinstance(value, str),
    Holds.TEXTS: lambda value: isinstance(value, list) and _are_texts(value),
    Holds.INTEGER: lambda value: _is_number(value) and isinstance(value, int),
    Holds.NUMBER: _is_number,
    Holds.BOOLEAN: lambda value: isinstance(value, bool),
    Holds.DURATION: lambda value: isinstance(value, str) and _seconds(value) is not None,
    Holds.SIZE: lambda value: isinstance(value, str) and re.fullmatch(_SIZE, value) is not None,
    Holds.NAMES: lambda value: isinstance(value, dict) and _are_texts(value.values()),
    Holds.SELECTION: lambda value: (
        isinstance(value, dict)
        and all(_are_texts(one if isinstance(one, list) else [one]) for one in value.values())
    ),
}


def _converted(option: Option, value: Any) -> Any:  # noqa: ANN401 - any type of a configuration
    match option.holds:
        case Holds.DURATION:
            return _seconds(value)
        case Holds.SIZE:
            found = re.fullmatch(_SIZE, value)
            return None if found is None else int(float(found[1]) * _UNIT_BYTES[found[2]])
        case Holds.NUMBER:
            return float(value)
        case _:
            return value


def _seconds(text: str) -> float | None:
    try:
        return duration_s(text, origin="")
    except ArgumentError:
        return None


def _holds(option: Option) -> str:
    holds = f"one of `{'`, `'.join(option.choices)}`" if option.choices else option.holds.value
    return f"{holds}, secret" if option.is_secret else holds


def _default(option: Option) -> str:
    if option.is_required:
        return "required"
    if option.default is None:
        return "none"
    if isinstance(option.default, bool):
        return f"`{str(option.default).lower()}`"
    if option.holds is Holds.DURATION:
        return f"`{option.default:g}s`"
    return f"`{option.default}`"
