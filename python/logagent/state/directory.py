"""The state directory: where it lies, its files, and its lock."""

import contextlib
import fcntl
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from logagent.errors import StateError

_DATABASE = "state.sqlite"
_LOCK = "lock"
LOCK_WAIT_SECONDS = 0.5
"""How long a service that is just ending may keep the next one waiting."""
_LOCK_POLL_SECONDS = 0.05


def state_directory(agent_settings: Mapping[str, Any]) -> Path:
    """Where the state lies: `state_dir` of the settings, else where the environment says.

    That is the first of ``$STATE_DIRECTORY`` (which systemd sets), ``$XDG_STATE_HOME/logagent`` and
    ``~/.local/state/logagent``. `agent_settings` is ``agent`` of `Plan.describe`.
    """
    if agent_settings.get("state_dir"):
        return Path(agent_settings["state_dir"])
    # systemd separates several by colons.
    if given := os.environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(given)
    # By the XDG Base Directory Specification a relative path is to be ignored.
    if (base := os.environ.get("XDG_STATE_HOME", "")).startswith("/"):
        return Path(base, "logagent")
    try:
        return Path.home() / ".local" / "state" / "logagent"
    except RuntimeError:
        raise StateError(
            "there is no home directory to keep the state in", hint="set `state_dir` in [agent]"
        ) from None


def database_path(directory: Path) -> Path:
    """The database of a state directory."""
    return directory / _DATABASE


def beside(database: Path, suffix: str) -> Path:
    """A file that belongs to a database: ``-wal``, ``-shm``, ``.new``."""
    return database.with_name(database.name + suffix)


class Lock:
    """The right to write in a state directory, until `release` or the end of the process."""

    def __init__(self, directory: Path, wait_seconds: float = LOCK_WAIT_SECONDS) -> None:
        """Take it; raises `StateError` that names the process that has it, `OSError` otherwise."""
        self._path = directory / _LOCK
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(directory, wait_seconds)
            with contextlib.suppress(OSError):  # on a full disk; it is there for people only
                os.pwrite(self._descriptor, b"%-19d\n" % os.getpid(), 0)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _take(self, directory: Path, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(_LOCK_POLL_SECONDS)
                    continue
                holder = os.pread(self._descriptor, 20, 0).decode(errors="replace").strip()
                raise StateError(
                    f"{directory} is in use by process {holder or '(unknown)'}",
                    hint="only one logagent may write there; stop it, or set another `state_dir`",
                ) from None
            return

    def is_in_place(self) -> bool:
        """Whether the locked file is still the one that others would lock."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Let others write. The file stays: whoever removed it could remove another's lock."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
