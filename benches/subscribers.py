"""A hundred readers of a live stream that cost little themselves: the bytes are counted only.

    python benches/subscribers.py PORT COUNT

Says ``ready`` when all of them are served, and how many bytes came in all when its input ends.
"""

import selectors
import socket
import sys

_PIECE_BYTES = 1 << 20
_REQUEST = b"GET /api/v1/events?stream=app HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"


def main(port: int, count: int) -> None:
    """Read until standard input ends."""
    selector = selectors.DefaultSelector()
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), 30)
        connection.sendall(_REQUEST)
        while b"logagent\n\n" not in connection.recv(4096):
            pass
        connection.settimeout(0)
        selector.register(connection, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    _say("ready")
    buffer = bytearray(_PIECE_BYTES)
    total = 0
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                _say(str(total))
                return
            assert isinstance(key.fileobj, socket.socket)
            received = key.fileobj.recv_into(buffer)
            assert received, "a subscriber was cut"
            total += received


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
