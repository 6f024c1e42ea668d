"""Counts by slot for checkers, made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from logagent._core import Plan
from logagent.checkers import Checker, Finding, Lines, SlotRows
from logagent.extensions import Group, declared

METRICS = """
[[source]]
name = "proxy"
paths = ["access.log"]

[[metric]]
name = "requests"
labels = ["status_class", "section"]

[[metric]]
name = "bytes"
labels = ["status_class"]
value = "bytes"

[[metric]]
name = "seconds"
type = "histogram"
labels = ["status_class"]
value = "bytes"
buckets = [1, 2, 4]

[[metric]]
name = "clients"
type = "distinct"
value = "remote_addr"
"""


def plan_of(checker: str, *, slot: str = "1s", name: str = "busy") -> Plan:
    text = f'[agent]\nslot = "{slot}"\n{METRICS}\n[[checker]]\nname = "{name}"\n{checker}\n'
    return Plan.from_toml(text, origin="config.toml")


def made(checker: str, *, slot: str = "1s") -> Checker:
    """The checker of a table, which has to be right."""
    plan = plan_of(checker, slot=slot)
    found, problems = declared(plan.describe())
    assert problems == []
    (one,) = found[Group.CHECKERS]
    checker_made: Checker = one.type(one.name, one.options, plan)
    return checker_made


def columns(
    rows: Iterable[tuple[int, Mapping[str, str | None], float]], *, column: str = "count"
) -> dict[str, Any]:
    """Rows (slot, labels, amount) as `Snapshot.slots` answers them."""
    rows = [*rows]
    names = rows[0][1] if rows else {}
    found: dict[str, Any] = {
        "slot": [slot for slot, _, _ in rows],
        "labels": {name: [labels[name] for _, labels, _ in rows] for name in names},
        "count": [1 for _ in rows],
        "sums": {},
    }
    found[column] = [amount for _, _, amount in rows]
    return found


def requests(*counts: tuple[int, int], status: str = "2xx", section: str = "/") -> SlotRows:
    """Requests by slot."""
    labels = {"status_class": status, "section": section}
    return rows_of("requests", columns((slot, labels, count) for slot, count in counts))


def rows_of(metric: str, found: Mapping[str, Any], *, wall_time: float = 0) -> SlotRows:
    return SlotRows({metric: found}, {}, {}, wall_time)


def lines(wall_time: float, **sources: tuple[int, int]) -> SlotRows:
    """Lines and rejected lines by source."""
    return SlotRows({}, {}, {name: Lines(*one) for name, one in sources.items()}, wall_time)


def told(findings: Sequence[Finding]) -> list[tuple[str, float, float | None]]:
    """Phase, instant and value."""
    return [(found.phase.value, found.event_time, found.observed) for found in findings]


def instants(findings: Sequence[Finding]) -> list[tuple[str, float]]:
    return [(found.phase.value, found.event_time) for found in findings]
