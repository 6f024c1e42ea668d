"""Where the real logs are: `LOGAGENT_SHARED`, else `shared` beside the repository."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared files; without it these tests are left out, but in CI they fail."""
    folder = Path(os.environ.get("LOGAGENT_SHARED") or REPOSITORY.parent / "shared")
    if not (folder / "logs").is_dir():
        why = f"real logs are not at {folder}: set LOGAGENT_SHARED to the folder that has logs/"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return folder
