"""Syslog messages over UDP, TCP and a Unix socket: RFC 5424, RFC 3164, framed as RFC 6587 says.

Only the framing is done here. What is inside of a message is the format's matter:
``format = "syslog:combined"``.
"""

import contextlib
import os
import selectors
import socket
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem
from logagent.sources.drops import dropped_datagrams
from logagent.sources.framing import FramingError, Messages, as_line
from logagent.sources.senders import Senders, network
from logagent.sources.source import Feed, Figure, Kind, SourceError, Until

if TYPE_CHECKING:
    from logagent.extensions import Declared

_DATAGRAM_BYTES = 65_536
_BLOCK_BYTES = 256 << 10
_BATCH_BYTES = 256 << 10
"""Datagrams are counted so much at a time: each call of the engine costs as much as some lines."""
_WAIT_SECONDS = 0.5
_BACKLOG = 128
_MODE_DIGITS = frozenset("01234567")
_MODE_BITS = 0o777
_LAST_PORT = 65_535


class SyslogSource:
    """Takes the messages that others send. They are sent once, so there are no positions."""

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option("udp", Holds.TEXT, 'Address to take datagrams at, such as `"127.0.0.1:5140"`.'),
        Option("tcp", Holds.TEXT, "Address to take connections at."),
        Option("unix", Holds.TEXT, "Path of a Unix socket to take datagrams at; made anew."),
        Option("unix_mode", Holds.TEXT, "Who may write to the Unix socket.", default="0660"),
        Option(
            "allow",
            Holds.TEXTS,
            'Addresses and networks that may send over UDP and TCP, as `["10.0.0.0/8"]`; all '
            "without. The address of a datagram may be forged.",
            default=[],
        ),
        Option(
            "receive_buffer",
            Holds.SIZE,
            "What the kernel holds for a socket of datagrams while they are not read.",
            default=4 << 20,
            least=4096,
            most=1 << 30,
        ),
        Option(
            "connections",
            Holds.INTEGER,
            "The most TCP connections at a time; those beyond are closed.",
            default=256,
            least=1,
            most=10_000,
        ),
    )

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], _described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """At least one address, each of them one that can be listened at."""
        if not any(options[key] for key in ("udp", "tcp", "unix")):
            message = f"syslog `{table['name']}` needs one of the keys `udp`, `tcp`, `unix`"
            yield problem(table, "", "missing-key", message)
        for key in ("udp", "tcp"):
            if options[key] is not None and _address(options[key]) is None:
                message = f"`{key}` is an address with a port, such as `127.0.0.1:5140`"
                yield problem(table, key, "bad-value", message)
        for text in options["allow"]:
            if network(text) is None:
                message = f"`{text}` is no address and no network, such as `10.0.0.0/8`"
                yield problem(table, "allow", "bad-value", message)
        if options["allow"] and options["udp"] is None and options["tcp"] is None:
            yield problem(table, "allow", "conflict", "`allow` goes with `udp` or `tcp` only")
        mode = options["unix_mode"]
        if not set(mode) <= _MODE_DIGITS or int(mode, 8) > _MODE_BITS:
            message = "`unix_mode` is a mode of files in octal, such as `0660`"
            yield problem(table, "unix_mode", "bad-value", message)

    def __init__(self, declared: "Declared") -> None:
        self._options = declared.options
        self._messages = self._refused_connections = 0
        self._connections = 0
        self._datagram_inodes: list[int] = []
        self._dropped_before = 0
        self.senders = Senders(declared.options["allow"])

    def run(self, feed: Feed) -> None:
        """See `Source`."""
        with selectors.DefaultSelector() as selector, contextlib.ExitStack() as open_sockets:
            for one in self._listening(open_sockets):
                one.settimeout(0)
                selector.register(one, selectors.EVENT_READ)
            feed.works()
            receiving = _Receiving(self, feed, selector, self._options["connections"])
            open_sockets.callback(receiving.close)
            while not feed.is_stopping:
                ready = selector.select(_WAIT_SECONDS)
                for key, _events in ready:
                    receiving.receive(key)
                if not ready and feed.until is Until.EMPTY:
                    return

    def figures(self) -> Iterable[Figure]:
        """See `Source`."""
        about = "Messages that were taken over UDP and the Unix socket."
        yield Figure("datagrams", about, Kind.COUNTER, self._messages)
        about = "TCP connections at present."
        yield Figure("connections", about, Kind.GAUGE, self._connections)
        about = "TCP connections that were closed, as there were too many or they were not framed."
        yield Figure("refused_connections", about, Kind.COUNTER, self._refused_connections)
        if self._options["allow"]:
            about = "Datagrams and connections of those who are not in `allow`."
            yield Figure("refused_senders", about, Kind.COUNTER, self.senders.refused)
        dropped = dropped_datagrams(self._datagram_inodes)
        if self._options["udp"] is not None and dropped is not None:
            about = "Datagrams that the kernel dropped, as they came faster than they were read."
            yield Figure("dropped_datagrams", about, Kind.COUNTER, self._dropped_before + dropped)

    def took(self, messages: int) -> None:
        """So many datagrams came."""
        self._messages += messages

    def connected(self, connections: int, *, refused: int = 0) -> None:
        """There are so many connections now; so many were refused."""
        self._connections = connections
        self._refused_connections += refused

    def _listening(self, open_sockets: contextlib.ExitStack) -> Iterator[socket.socket]:
        options = self._options
        self._dropped_before += dropped_datagrams(self._datagram_inodes) or 0
        self._datagram_inodes = []
        for key, kind in (("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)):
            if options[key] is None:
                continue
            with _failures(f"cannot listen at {key} {options[key]}"):
                family, address = _resolved(options[key], kind)
                one = open_sockets.enter_context(socket.socket(family, kind))
                if kind is socket.SOCK_STREAM:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                else:
                    _widen(one, options["receive_buffer"])
                    self._datagram_inodes.append(os.fstat(one.fileno()).st_ino)
                one.bind(address)
                if kind is socket.SOCK_STREAM:
                    one.listen(_BACKLOG)
            yield one
        if options["unix"] is not None:
            with _failures(f"cannot listen at {options['unix']}"):
                one = open_sockets.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
                _widen(one, options["receive_buffer"])
                _bind_path(one, options["unix"], int(options["unix_mode"], 8))
            open_sockets.callback(_remove_socket, options["unix"])
            yield one


class _Receiving:
    """Takes what is ready, and hands it to the feed."""

    def __init__(
        self,
        source: SyslogSource,
        feed: Feed,
        selector: selectors.BaseSelector,
        most_connections: int,
    ) -> None:
        self._source = source
        self._feed = feed
        self._selector = selector
        self._most_connections = most_connections
        self._open: dict[socket.socket, Messages] = {}

    def receive(self, key: selectors.SelectorKey) -> None:
        """Read a socket that is ready: a bounded part."""
        ready = key.fileobj
        if not isinstance(ready, socket.socket):
            return
        if ready in self._open:
            self._read(ready)
        elif ready.type is socket.SOCK_STREAM:
            self._accept(ready)
        else:
            self._take_datagrams(ready)

    def close(self) -> None:
        """Close all connections."""
        for one in list(self._open):
            self._end(one)

    def _take_datagrams(self, ready: socket.socket) -> None:
        taken: list[bytes] = []
        size_bytes = 0
        may_send, is_asked = self._source.senders.may_send, ready.family is not socket.AF_UNIX
        with contextlib.suppress(BlockingIOError, InterruptedError):
            while size_bytes < _BATCH_BYTES:
                message, sender = ready.recvfrom(_DATAGRAM_BYTES)
                size_bytes += len(message) + 1  # so that others' do not keep this going either
                if not is_asked or may_send(sender[0]):
                    taken.append(as_line(message))
        if taken:
            self._source.took(len(taken))
            self._feed.count(None, None, b"".join(taken), _path(ready))

    def _accept(self, ready: socket.socket) -> None:
        try:
            connection, sender = ready.accept()
        except OSError:
            return  # it is gone already, or there are no descriptors left
        if not self._source.senders.may_send(sender[0]):
            connection.close()
            return
        if len(self._open) >= self._most_connections:
            connection.close()
            self._source.connected(len(self._open), refused=1)
            self._feed.note(f"there are {self._most_connections} connections; others are closed")
            return
        connection.settimeout(0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._open[connection] = Messages()
        self._selector.register(connection, selectors.EVENT_READ)
        self._source.connected(len(self._open))

    def _read(self, ready: socket.socket) -> None:
        messages = self._open[ready]
        try:
            block = ready.recv(_BLOCK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            block = b""
        try:
            lines = messages.push(block) if block else messages.finish()
        except FramingError as error:
            self._source.connected(len(self._open) - 1, refused=1)
            self._feed.note(f"a TCP connection was closed: {error}")
            self._end(ready)
            return
        if lines:
            self._feed.count(None, None, lines, "tcp")
        if not block:
            self._end(ready)

    def _end(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        connection.close()
        del self._open[connection]
        self._source.connected(len(self._open))


def _path(ready: socket.socket) -> str:
    return "unix" if ready.family is socket.AF_UNIX else "udp"


def _address(text: str) -> tuple[str, int] | None:
    """Host and port of ``host:port`` or ``[address]:port``."""
    host, separator, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not host or not port.isdecimal() or int(port) > _LAST_PORT:
        return None
    return host, int(port)


def _resolved(text: str, kind: socket.SocketKind) -> tuple[int, Any]:
    host, port = _address(text) or ("", 0)
    found = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
    return found[0][0], found[0][4]


def _widen(one: socket.socket, size_bytes: int) -> None:
    """Ask for a buffer; beyond the system's limit only root is given it."""
    if hasattr(socket, "SO_RCVBUFFORCE"):
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE, size_bytes)
            return
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size_bytes)


def _bind_path(one: socket.socket, path: str, mode: int) -> None:
    """Bind to the path, in place of a socket that was left there and of nothing else."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, contextlib.suppress(OSError):
        other.connect(path)
        raise SourceError(f"cannot listen at {path}: another process does")
    _remove_socket(path)
    one.bind(path)
    Path(path).chmod(mode)


def _remove_socket(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            Path(path).unlink()


@contextlib.contextmanager
def _failures(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"{what}: {error.strerror or error}") from None
