"""Runs `logagent` as a process of its own."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LOGAGENT = [sys.executable, "-m", "logagent"]
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


def logagent(
    *arguments: str | Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    obeys_permissions: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end; with `obeys_permissions` even if it is root who runs the tests."""
    return subprocess.run(
        [*LOGAGENT, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        timeout=120,
        check=False,
        preexec_fn=drop_privilege if obeys_permissions and os.geteuid() == 0 else None,
    )


def drop_privilege() -> None:
    """Give up root's right to open any file, for the program that comes next."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def assert_one_error(process: subprocess.CompletedProcess[bytes], *, says: str, code: int) -> None:
    """The process ended with `code` and one clear error that holds `says`, and no traceback."""
    stderr = process.stderr.decode()
    assert process.returncode == code, stderr
    errors = [line for line in stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1, stderr
    assert says in stderr
    assert "Traceback" not in stderr
    assert "panicked" not in stderr
