"""What the source and the sink `kafka` have in common: how brokers are reached."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem

BROKERS = Option("brokers", Holds.TEXTS, "Brokers to begin with, as `host:port`.", is_required=True)
SETTINGS = Option(
    "settings",
    Holds.NAMES,
    'Further settings of librdkafka, such as `{ "security.protocol" = "SSL" }`.',
    default={},
    is_secret=True,
)


def settings_problems(
    table: Table, options: Mapping[str, Any], own: frozenset[str]
) -> Iterable[Problem]:
    """Settings that are not the user's to make, the `own` ones, and a package that is missing."""
    for name in sorted(own & options["settings"].keys()):
        message = f"`{name}` is set by logagent itself"
        yield problem(table, "settings", "bad-value", message)
    if find_spec("confluent_kafka") is None:
        hint = "pip install logagent[kafka]"
        message = "the package confluent-kafka is missing"
        yield problem(table, "type", "missing-package", message, hint)
