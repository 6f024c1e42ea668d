"""Counts in the formats that Prometheus and InfluxDB read, on standard output."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from logagent._core import Snapshot

EXPOSITIONS = ("prometheus", "openmetrics", "influx")
"""The formats, as `-o` names them."""


def write_exposition(snapshot: Snapshot, output: str, *, by_slot: bool) -> None:
    """Write all metrics of `snapshot`; its label values are escaped already."""
    sys.stdout.flush()
    if by_slot:
        output_fd = sys.stdout.fileno()
        snapshot.write_slots("influx" if output == "influx" else "openmetrics", output_fd)
        return
    sys.stdout.buffer.write(snapshot.exposition(output))
    sys.stdout.buffer.flush()
