"""Counts in the formats that Prometheus reads, on standard output."""

import sys

from logagent._core import Snapshot

EXPOSITIONS = ("prometheus", "openmetrics")
"""The formats, as `-o` names them."""


def write_exposition(snapshot: Snapshot, output: str) -> None:
    """Write all metrics of `snapshot`; its label values are escaped already."""
    sys.stdout.flush()
    sys.stdout.buffer.write(snapshot.exposition(output))
    sys.stdout.buffer.flush()
