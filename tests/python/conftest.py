"""What many tests start from."""

from pathlib import Path

import pytest

from tests.python.lines import SAMPLE


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file with the sample's seven lines."""
    path = tmp_path / "access.log"
    path.write_bytes(SAMPLE)
    return path
