"""System calls that fail or take long, for a while, in a process that goes on: strace does it."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def injected(strace: str, pid: int, calls: Sequence[str], fault: str) -> Iterator[None]:
    """While the block runs, each of the calls on the thread's files has the fault.

    Such as `error=EIO`, or `delay_enter=1000000` in microseconds.
    """
    names = ",".join(calls)
    command = [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={names}"]
    command += ["-e", f"inject={names}:{fault}", "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        _wait_for_attachment(tracer, pid)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)  # it lets the process go
        tracer.communicate(timeout=60)


def _wait_for_attachment(tracer: subprocess.Popen[bytes], pid: int) -> None:
    deadline = time.monotonic() + 10
    while not _all_traced(pid):
        assert tracer.poll() is None, tracer.communicate()[1].decode()
        assert time.monotonic() < deadline, "strace does not attach"
        time.sleep(0.01)


def _all_traced(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return all("TracerPid:\t0\n" not in (thread / "status").read_text() for thread in threads)
