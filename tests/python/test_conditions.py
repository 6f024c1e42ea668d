"""The page of conditions: what it shows compiles."""

import re
from pathlib import Path

import pytest

from logagent.query import compile_query

PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"
EXAMPLES = re.findall(r"^\|[^|]*\| `(.*)` \|$", PAGE.read_text(), re.MULTILINE)


def test_every_row_has_an_example() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    assert len(EXAMPLES) == len(rows) - 2


@pytest.mark.parametrize("condition", EXAMPLES)
def test_an_example_compiles(condition: str) -> None:
    compile_query("combined", by=(), where=condition)
