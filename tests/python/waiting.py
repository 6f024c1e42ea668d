"""Waits for what another thread or process does."""

import time
from collections.abc import Callable

_PATIENCE_SECONDS = 30.0


def wait_until(holds: Callable[[], object]) -> None:
    """Return when `holds` does; fail if it does not for long."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.01)
