"""File systems of a test's own: small ones, failing ones. They need root."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


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
        if subprocess.run(["umount", str(directory)], capture_output=True, check=False).returncode == 0:
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


def remount(directory: Path, mode: str) -> None:
    """`ro` or `rw`; a file system that is written to refuses `ro` until its writer is away."""
    _run("mount", "-o", f"remount,{mode}", directory)


def fill(directory: Path) -> Path:
    """Takes all the space there is; the file to remove again."""
    path = directory / "filler"
    with path.open("wb", buffering=0) as file:
        for block_bytes in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(block_bytes)):
                    pass
    return path
