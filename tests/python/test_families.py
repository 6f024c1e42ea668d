from types import SimpleNamespace
from typing import Any, cast

from logagent._core import Plan, Snapshot
from logagent.families import families_of


def families(**columns: Any) -> Any:  # noqa: ANN401
    """The families of a plan with one metric whose series are these columns."""
    described = {"metrics": [{"name": "m", "type": "histogram", "labels": ["a"]}]}
    plan = SimpleNamespace(describe=lambda: described)
    snapshot = SimpleNamespace(series=lambda _index: {"labels": {"a": ["x", None]}, **columns})
    return families_of(cast(Plan, plan), cast(Snapshot, snapshot))


def test_parts_become_columns() -> None:
    (family,) = families(count=[3, 1], sums={}, buckets={"0.5": [2, 0], "+Inf": [3, 1]})
    assert (family.name, family.type, len(family)) == ("m", "histogram", 2)
    assert list(family.rows(limit=1)) == [
        {"labels": {"a": "x"}, "count": 3, "bucket_0.5": 2, "bucket_+Inf": 3}
    ]


def test_lists_in_a_column_stay() -> None:
    (family,) = families(count=[1, 1], top=[[("/", 5, 0)], []])
    assert [row["top"] for row in family.rows()] == [[("/", 5, 0)], []]
