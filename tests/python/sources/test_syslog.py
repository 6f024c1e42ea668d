import contextlib
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from logagent.sources.drops import dropped_datagrams
from logagent.sources.senders import Senders
from logagent.sources.source import SourceError, Until
from logagent.sources.syslog import SyslogSource
from tests.python.sources.feeds import RecordedFeed, table, wrong
from tests.python.waiting import wait_until

HEAD = '[[source]]\nname = "sys"\ntype = "syslog"\n'


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def figure(one: SyslogSource, name: str) -> float:
    return {found.name: found.value for found in one.figures()}[name]


@contextmanager
def listening(
    text: str, is_there: Callable[[], object]
) -> Iterator[tuple[SyslogSource, RecordedFeed]]:
    """A source that runs meanwhile."""
    one, feed = SyslogSource(table(HEAD + text)), RecordedFeed(until=Until.STOPPED)
    thread = threading.Thread(target=one.run, args=(feed,))
    thread.start()
    try:
        wait_until(is_there)
        yield one, feed
    finally:
        feed.stopping.set()
        thread.join(10)
        assert not thread.is_alive()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port)) as one:
        yield one


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_bound(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def test_datagrams_are_lines() -> None:
    port = free_port(socket.SOCK_DGRAM)
    text = f'udp = "127.0.0.1:{port}"\nreceive_buffer = "1MiB"'
    with (
        listening(text, lambda: is_bound(port)) as (one, feed),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        for message in (b"<13>a", b"<13>b\n", b"<13>c\nd\r\n\0", b"", b"\n"):
            sender.sendto(message, ("127.0.0.1", port))
        wait_until(lambda: feed.content == b"<13>a\n<13>b\n<13>c d\n")
        wait_until(lambda: figure(one, "datagrams") == 5)
        assert figure(one, "dropped_datagrams") == 0


def test_what_the_kernel_drops_is_counted() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.bind(("127.0.0.1", 0))
        for _ in range(200):
            sender.sendto(b"x" * 1000, one.getsockname())
        one.setblocking(False)  # noqa: FBT003 - its name says what
        kept = 0
        with contextlib.suppress(BlockingIOError):
            while one.recv(2000):
                kept += 1
        inode = os.fstat(one.fileno()).st_ino
        assert kept < 200
        assert dropped_datagrams([inode]) == 200 - kept
    assert dropped_datagrams([inode]) == 0
    assert dropped_datagrams([1], ["/proc/self/stat"]) == 0


def test_connections_are_framed_each_in_its_own_way() -> None:
    port = free_port(socket.SOCK_STREAM)
    text = f'tcp = "127.0.0.1:{port}"\nconnections = 2'
    with listening(text, lambda: accepts(port)) as (one, feed):
        wait_until(lambda: figure(one, "connections") == 0)
        with connected(port) as lines, connected(port) as counted:
            lines.sendall(b"<13>a\n<13>b")
            counted.sendall(b"6 <13>cc7 <13>d")
            wait_until(lambda: feed.content.count(b"\n") == 2)
            with connected(port) as beyond:
                assert beyond.recv(1) == b""
            wait_until(lambda: any("there are 2 connections" in note for note in feed.notes))
            counted.sendall(b"d\n8 what")
        wait_until(lambda: figure(one, "connections") == 0)
        assert sorted(feed.content.replace(b"<13>b", b"<13>b\n").split()) == [
            b"<13>a",
            b"<13>b",
            b"<13>cc",
            b"<13>dd",
        ]
        with connected(port) as broken:
            broken.sendall(b"5 <13>no count, no count")
            assert broken.recv(1) == b""
        wait_until(lambda: any("a count of octets was expected" in note for note in feed.notes))
        wait_until(lambda: figure(one, "refused_connections") == 2)


def test_a_unix_socket_takes_the_place_of_one_that_was_left(tmp_path: Path) -> None:
    path = tmp_path / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left:
        left.bind(str(path))
    text = f'unix = "{path}"\nunix_mode = "0622"'
    path.chmod(0o600)
    is_made_anew = lambda: path.exists() and stat.S_IMODE(path.stat().st_mode) == 0o622  # noqa: E731
    with listening(text, is_made_anew) as (_, feed):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(str(path))
            sender.send(b"<190>nginx: a")
        wait_until(lambda: feed.content == b"<190>nginx: a\n")
        second = SyslogSource(table(HEAD + text))
        with pytest.raises(SourceError, match="another process does"):
            second.run(RecordedFeed())
        assert path.exists()
    assert not path.exists()


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.sock"
    path.write_text("mine")
    with pytest.raises(SourceError, match=r"cannot listen at .*log\.sock: Address already in use"):
        SyslogSource(table(HEAD + f'unix = "{path}"')).run(RecordedFeed())
    assert path.read_text() == "mine"


def test_an_address_that_is_taken_is_one_clear_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(SourceError, match=f"cannot listen at tcp {address}: Address already"):
            SyslogSource(table(HEAD + f'tcp = "{address}"')).run(RecordedFeed())


def test_problems_of_the_table() -> None:
    assert wrong(HEAD) == ["1:1 syslog `sys` needs one of the keys `udp`, `tcp`, `unix`"]
    for address in ("5140", "host:", "host:70000", ":5140"):
        assert "is an address with a port" in wrong(HEAD + f'udp = "{address}"\n')[0]
    assert wrong(HEAD + 'udp = "[::1]:5140"\n') == []
    (found,) = wrong(HEAD + 'unix = "/run/a"\nunix_mode = "rw"\n')
    assert found.startswith("5:13 `unix_mode` is a mode of files in octal")


def test_only_those_who_may_send_are_heard() -> None:
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    keys = (
        f'udp = "127.0.0.1:{udp}"\ntcp = "127.0.0.1:{tcp}"\nallow = ["127.0.0.2", "10.0.0.0/8"]\n'
    )
    with (
        listening(keys, lambda: accepts(tcp)) as (one, feed),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as known,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
        connected(tcp) as connection,
    ):
        known.bind(("127.0.0.2", 0))
        stranger.sendto(b"strange", ("127.0.0.1", udp))
        known.sendto(b"known", ("127.0.0.1", udp))
        assert connection.recv(1) == b""  # it is closed
        wait_until(lambda: feed.lines)
        wait_until(lambda: figure(one, "refused_senders") >= 3)  # two were looks whether it listens
    assert b"".join(feed.lines) == b"known\n"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("10.9.8.7", True),
        ("::ffff:10.9.8.7", True),
        ("11.0.0.1", False),
        ("fe80::1%eth0", True),
        ("fe81::1", False),
        ("", False),
    ],
)
def test_networks(address: str, may: bool) -> None:  # noqa: FBT001
    senders = Senders(["10.0.0.0/8", "fe80::/16"])
    assert [senders.may_send(address) for _ in range(2)] == [may] * 2
    assert senders.refused == (0 if may else 2)


def test_networks_that_are_none_are_said() -> None:
    text = HEAD + 'udp = "127.0.0.1:514"\nallow = ["10.0.0.0/33", "me"]\n'
    assert [message.split(" ", 1)[1] for message in wrong(text)] == [
        "`10.0.0.0/33` is no address and no network, such as `10.0.0.0/8`",
        "`me` is no address and no network, such as `10.0.0.0/8`",
    ]
    assert "goes with" in wrong(HEAD + 'unix = "/x"\nallow = ["10.0.0.1"]\n')[0]
