"""A state directory, and a store in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from logagent.state import Store


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(directory: Path) -> Iterator[Store]:
    opened = Store.open(directory)
    opened.load()
    yield opened
    opened.close()
