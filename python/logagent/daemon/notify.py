"""What systemd wants to know of a service (sd_notify(3)): datagrams to a socket."""

import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Tells the service manager how the service is; without one, nothing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read what the service manager asks for from the environment."""
        path = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of an abstract address.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self.watchdog_seconds = _watchdog_seconds(environment) if path else None
        """How long the service may be silent; None if nobody watches."""

    @property
    def is_heard(self) -> bool:
        """Whether there is a service manager."""
        return bool(self._address)

    def ready(self) -> None:
        """Start-up, or a reload, is over."""
        self._send("READY=1")

    def reloading(self) -> None:
        """A reload begins."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The service ends."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in a line how the service is, for `systemctl status`."""
        self._send("STATUS=" + text.replace("\n", " "))

    def alive(self) -> None:
        """Be heard by the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)  # noqa: FBT003 - the standard library's way
                sender.sendto(message.encode(errors="replace"), self._address)
        except OSError:
            pass  # a service manager that does not listen is no reason to stop


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    try:
        if int(environment.get("WATCHDOG_PID", os.getpid())) != os.getpid():
            return None
        seconds = int(environment["WATCHDOG_USEC"]) / 1e6
    except (KeyError, ValueError):
        return None
    return seconds if seconds > 0 else None
