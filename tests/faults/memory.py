"""Control groups that leave a process too little memory. They need root."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

VERSION_1 = Path("/sys/fs/cgroup/memory")
VERSION_2 = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A control group and the file that holds its limit."""

    def __init__(self, directory: Path, limit: Path) -> None:
        self._directory = directory
        self._limit = limit

    def allow(self, size_bytes: int) -> None:
        """The memory of all its processes together, page cache included."""
        self._limit.write_text(str(size_bytes))

    def join(self) -> None:
        """Moves this process in; for a child that is about to become another program."""
        (self._directory / "cgroup.procs").write_text(str(os.getpid()))


@contextlib.contextmanager
def limited_memory() -> Iterator[MemoryGroup]:
    """A group of its own, removed when its processes are gone."""
    name = f"logagent-faults-{os.getpid()}"
    if VERSION_1.is_dir():
        directory, limit = VERSION_1 / name, "memory.limit_in_bytes"
    else:
        directory, limit = VERSION_2 / name, "memory.max"
    directory.mkdir()
    try:
        yield MemoryGroup(directory, directory / limit)
    finally:
        _remove(directory)


def _remove(directory: Path) -> None:
    for _ in range(50):  # its last process may still be going
        with contextlib.suppress(OSError):
            directory.rmdir()
            return
        time.sleep(0.1)
    directory.rmdir()
