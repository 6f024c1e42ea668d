"""Whether the core found what the oracle says."""

from collections import Counter
from decimal import Decimal

import pytest

from logagent import ScanResult
from tests.python.oracle import Count, Key


def assert_agree(result: ScanResult, expected: Count) -> None:
    """Every figure of `result` is that of the oracle."""
    assert result.errors == []
    totals = (result.lines, result.matched, result.rejected, result.bytes)
    assert totals == (expected.lines, expected.matched, expected.rejected, expected.bytes)
    assert sum(result.rejects.values()) == expected.rejected
    assert result.rejects.get("empty", 0) == expected.empty
    assert result.rejects.get("oversize", 0) == expected.oversize

    counts = [row["count"] for row in result.to_dicts()]
    assert counts == sorted(counts, reverse=True)
    # Texts that are not UTF-8 may be apart in the core and yet look the same.
    groups: Counter[Key] = Counter()
    sums: dict[str, dict[Key, Decimal]] = {name: {} for name in result.sums}
    for row in result.to_dicts():
        key = tuple(row[name] for name in result.by)
        groups[key] += row["count"]
        for name in result.sums:
            sums[name][key] = sums[name].get(key, Decimal(0)) + Decimal(row[f"sum_{name}"])
    assert groups == expected.groups
    for name, by_group in expected.sums.items():
        assert sums[name] == {
            key: value
            if value == value.to_integral()
            else pytest.approx(value, rel=Decimal("1e-12"))
            for key, value in by_group.items()
        }
