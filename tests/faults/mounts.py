"""File systems of a test's own: small ones, failing ones. They need root."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path


def _run(*command: str | Path) -> None:
    process = _try(*command)
    assert process.returncode == 0, process.stderr.decode()


def _try(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(part) for part in command], capture_output=True, check=False)


@contextlib.contextmanager
def _mounted(directory: Path, *command: str | Path) -> Iterator[Path]:
    directory.mkdir(parents=True, exist_ok=True)
    _run("mount", *command, directory)
    try:
        yield directory
    finally:
        _unmount(directory)


def _unmount(directory: Path) -> None:
    for _ in range(50):  # a process that was just killed may still hold a file
        if _try("umount", directory).returncode == 0:
            return
        time.sleep(0.1)
    _run("umount", "--lazy", directory)


@contextlib.contextmanager
def tmpfs(directory: Path, size: str) -> Iterator[Path]:
    """A file system in memory of `size`, such as `1M`."""
    with _mounted(directory, "-t", "tmpfs", "-o", f"size={size}", "tmpfs") as mounted:
        yield mounted


@contextlib.contextmanager
def ext4(directory: Path, image: Path, size_bytes: int) -> Iterator[Path]:
    """An ext4 file system in a new file `image`."""
    with image.open("wb") as file:
        file.truncate(size_bytes)
    _run("mkfs.ext4", "-q", "-m", "0", image)
    with mounted_image(directory, image) as mounted:
        yield mounted


@contextlib.contextmanager
def mounted_image(directory: Path, image: Path) -> Iterator[Path]:
    """What an image holds; its journal is replayed, as after a power loss."""
    with _mounted(directory, "-o", "loop", image) as mounted:
        yield mounted


def fill(path: Path) -> Path:
    """Takes all the space there is with a file at `path`, if there is room for its name."""
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        for block_bytes in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(block_bytes)):
                    pass
    return path
