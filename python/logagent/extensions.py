"""Types of sinks, checkers, receivers and sources: built in, or from other packages.

Another package adds one by an entry point, in one of the groups of `Group`; its name is the `type`
in the configuration, and it names a class with what `Extension` asks for, beside the protocol of
its group.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, NamedTuple, Protocol

from logagent import options
from logagent.errors import Problem
from logagent.options import Option, Table, problem, read


class Group(StrEnum):
    """Groups of entry points; the value is the group's name."""

    SOURCES = "logagent.sources"
    SINKS = "logagent.sinks"
    CHECKERS = "logagent.checkers"
    RECEIVERS = "logagent.receivers"

    @property
    def key(self) -> str:
        """What `Plan.describe` calls the tables."""
        return self.value.removeprefix("logagent.")


class Extension(Protocol):
    """What every type declares. Its module imports what is costly only when it is used."""

    OPTIONS: ClassVar[Sequence[Option]]
    """The keys beside those that all of the group have."""

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """What is wrong with options that are each right by themselves.

        `described` is all of the configuration, as `Plan.describe` gives it; packages that are
        missing are a problem too.
        """


class Declared(NamedTuple):
    """A table of the configuration with the type that it names."""

    name: str
    type: type[Any]
    options: Mapping[str, Any]
    """Values by name, defaults included."""
    table: Table
    """As `Plan.describe` gives it, with the keys that all of the group have."""


# Not by entry points: to look through all installed packages takes longer than a start may.
_BUILT_IN: Mapping[Group, Mapping[str, str]] = {
    Group.SOURCES: {
        "kafka": "logagent.sources.kafka:KafkaSource",
        "s3": "logagent.sources.s3:S3Source",
        "stdin": "logagent.sources.stdin:StdinSource",
        "syslog": "logagent.sources.syslog:SyslogSource",
    },
    Group.SINKS: {
        "cloudwatch": "logagent.sinks.cloudwatch:CloudWatch",
        "influxdb": "logagent.sinks.influxdb:InfluxDb",
        "kafka": "logagent.sinks.kafka:Kafka",
        "webhook": "logagent.sinks.webhook:Webhook",
    },
    Group.CHECKERS: {"threshold": "logagent.checkers.threshold:Threshold"},
    Group.RECEIVERS: {
        "alertmanager": "logagent.receivers.alertmanager:Alertmanager",
        "webhook": "logagent.receivers.webhook:Webhook",
    },
}
_FILES = "files"


def find(group: Group, name: str) -> type[Any]:
    """The type of this name; raises LookupError, or what its module raises."""
    place = _BUILT_IN[group].get(name)
    if place is not None:
        module, _, attribute = place.partition(":")
        return getattr(import_module(module), attribute)  # type: ignore[no-any-return]
    for point in _installed(group):
        if point.name == name:
            return point.load()  # type: ignore[no-any-return]
    raise LookupError(name)


def names(group: Group) -> list[str]:
    """The types that there are."""
    return sorted({*_BUILT_IN[group], *(point.name for point in _installed(group))})


def declared(
    described: Mapping[str, Any], *, is_whole: bool = True
) -> tuple[dict[Group, list[Declared]], list[Problem]]:
    """The tables with a type, in order, and everything that is wrong with them.

    `described` is what `Plan.describe` answers; if it `is_whole`, what it does not name is not
    there. Files are no type of their own.
    """
    found: dict[Group, list[Declared]] = {group: [] for group in Group}
    problems: list[Problem] = []
    for group in Group:
        for table in described[group.key]:
            if group is Group.SOURCES and table["type"] == _FILES:
                continue
            try:
                kind = find(group, table["type"])
            except LookupError:
                problems.append(_unknown(group, table))
                continue
            except ImportError as error:
                message = f"the type `{table['type']}` cannot be loaded: {error}"
                problems.append(problem(table, "type", "unknown-type", message))
                continue
            values, wrong = read(table, kind.OPTIONS)
            if not wrong:
                wrong = [*_checked(kind, table, values, described, is_whole=is_whole)]
            problems += wrong
            found[group].append(Declared(table["name"], kind, values, table))
    return found, problems


def _checked(
    kind: type[Any],
    table: Table,
    values: Mapping[str, Any],
    described: Mapping[str, Any],
    *,
    is_whole: bool,
) -> Iterable[Problem]:
    if is_whole:
        return kind.check(table, values, described)  # type: ignore[no-any-return]
    try:
        found = kind.check(table, values, described)
        return [one for one in found if one.code != "unknown-name"]
    except Exception:  # noqa: BLE001 - it may rely on what is wrong or missing: told already
        return ()


def shown(described: Mapping[str, Any]) -> dict[str, Any]:
    """What `Plan.describe` answers as it may be shown: without secrets, and without places.

    The types of all tables have to be there.
    """
    plain = dict(described)
    for group in Group:
        tables = []
        for table in described[group.key]:
            one = {name: table[name] for name in table if name not in ("places", "written")}
            if not (group is Group.SOURCES and table["type"] == _FILES):
                one["options"] = options.shown(table, find(group, table["type"]).OPTIONS)
            tables.append(one)
        plain[group.key] = tables
    return plain


@cache
def _installed(group: Group) -> Sequence[Any]:
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group.value))


def _unknown(group: Group, table: Table) -> Problem:
    known = [*([_FILES] if group is Group.SOURCES else []), *names(group)]
    from difflib import get_close_matches  # start-up counts

    near = get_close_matches(table["type"], known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"there is: {', '.join(known)}"
    message = f"there is no {group.key.removesuffix('s')} of type `{table['type']}`"
    return problem(table, "type", "unknown-type", message, hint)
