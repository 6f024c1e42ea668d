"""A file that takes up space until there is none: removed, it lets commits go on for a while."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

BALLAST_BYTES = 4 << 20
"""Room for some commits: about the size at which SQLite empties its write-ahead log."""
_LEAST_FREE_BYTES = 4 * BALLAST_BYTES
"""Free space at which the ballast is made again: well above its size, lest it come and go."""
_PAUSE_SECONDS = 60.0


class Ballast:
    """The ballast of a directory; it may not be there, and nothing here ever raises."""

    releases = 0
    """How often it was released."""

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._path = directory / "ballast"
        self._clock = clock
        self._not_before = clock()

    @property
    def size_bytes(self) -> int:
        """What it takes up now; 0 when it is not there."""
        try:
            return self._path.stat().st_blocks * 512  # the unit of st_blocks, whatever the system
        except OSError:
            return 0

    def ensure(self) -> None:
        """Make it if it is not there and there is ample space; looks at most once a minute."""
        if self._clock() < self._not_before:
            return
        self._not_before = self._clock() + _PAUSE_SECONDS
        try:
            if self.size_bytes >= BALLAST_BYTES:
                return
            space = os.statvfs(self._path.parent)
            if space.f_bavail * space.f_frsize < _LEAST_FREE_BYTES:
                return
            self._allocate()
        except OSError:
            # Half a ballast is worse than none: the space is needed elsewhere.
            self._remove()

    def _allocate(self) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def release(self) -> bool:
        """Remove it; whether that gave any space back."""
        if self.size_bytes == 0:
            return False
        removed = self._remove()
        self.releases += removed
        self._not_before = self._clock() + _PAUSE_SECONDS
        return removed

    def _remove(self) -> bool:
        with contextlib.suppress(OSError):
            self._path.unlink()
            return True
        return False
