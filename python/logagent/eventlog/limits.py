"""How much of the event log is kept, and where."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_HOUR_SECONDS = 3600.0
_DAY_SECONDS = 86400.0


class StreamLimits(NamedTuple):
    """How much of a stream is kept: what is older or more is removed."""

    max_age_seconds: float = 30 * _DAY_SECONDS
    max_bytes: int = 256_000_000
    """As it lies on the disk: what is archived counts compressed."""


class Limits(NamedTuple):
    """How much is kept, and where."""

    recent_seconds: float = _HOUR_SECONDS
    """What is as new as this is kept in memory too, up to `recent_bytes`."""
    recent_bytes: int = 16 << 20
    archive_after_seconds: float = _DAY_SECONDS
    """What is older is moved from the database into archive files."""
    part_bytes: int = 8 << 20
    """A stream with twice as many in the database has the older half archived, however new."""
    default: StreamLimits = StreamLimits()
    streams: Mapping[str, StreamLimits] = {}
    """Those of single streams."""

    def of(self, stream: str) -> StreamLimits:
        """Those of the stream."""
        return self.streams.get(stream, self.default)

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> "Limits":
        """Those of ``events`` of `Plan.describe`."""

        def kept(table: Mapping[str, Any]) -> StreamLimits:
            return StreamLimits(table["max_age_seconds"], table["max_bytes"])

        return cls(
            recent_seconds=described["recent_seconds"],
            archive_after_seconds=described["archive_after_seconds"],
            default=kept(described),
            streams={name: kept(table) for name, table in described["streams"].items()},
        )
