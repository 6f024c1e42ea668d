"""Sends web requests to a server on this machine: bounded in time, number and connections.

    python scripts/load.py PORT SECONDS

Contacts 127.0.0.1 only. Prints one line: how much it sent.
"""

import asyncio
import contextlib
import random
import re
import sys
import time
from dataclasses import dataclass

HOST = "127.0.0.1"
CONNECTIONS = 8
MOST_REQUESTS = 100_000
CONNECT_SECONDS = 5.0

# Weight, method, target; `{}` becomes a number.
PAGES = [
    (10, "GET", "/"),
    (18, "GET", "/products/{}"),
    (8, "GET", "/search?q=item+{}"),
    (24, "GET", "/static/app-{}.js"),
    (20, "GET", "/api/items?page={}"),
    (5, "POST", "/api/orders"),
    (3, "DELETE", "/api/items/{}"),
    (2, "POST", "/login"),
    (2, "GET", "/account/"),
    (2, "GET", "/blog/{}"),
    (3, "HEAD", "/health"),
    (2, "GET", "/missing/{}"),
    (1, "GET", "/admin/setup.php"),
]
WEIGHTS = [weight for weight, _, _ in PAGES]

AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://example.com/bot)",
    "curl/8.14.1",
]


@dataclass
class Budget:
    """What may still be sent, shared by all connections."""

    requests: int
    deadline: float  # time.monotonic()

    def take(self) -> bool:
        """Whether one more request may go out."""
        if self.requests == 0 or time.monotonic() >= self.deadline:
            return False
        self.requests -= 1
        return True


def next_request(random_source: random.Random) -> bytes:
    """One HTTP/1.1 request."""
    _, method, target = random_source.choices(PAGES, WEIGHTS)[0]
    number = int(random_source.paretovariate(0.7)) % 10_000
    body = "Content-Length: 0\r\n" if method == "POST" else ""
    return (
        f"{method} {target.format(number)} HTTP/1.1\r\n"
        f"Host: {HOST}\r\nUser-Agent: {random_source.choice(AGENTS)}\r\n{body}\r\n"
    ).encode()


async def read_response(reader: asyncio.StreamReader, request: bytes) -> bool:
    """Reads one response and drops it; answers whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    if length and not request.startswith(b"HEAD "):
        await reader.readexactly(int(length[1]))
    return b"\r\nconnection: close" not in head


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection, with patience for a server that is just starting."""
    patience_ends = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return await asyncio.open_connection(HOST, port)
        except ConnectionRefusedError:
            if time.monotonic() >= patience_ends:
                raise
            await asyncio.sleep(0.05)


async def browse(port: int, budget: Budget, random_source: random.Random) -> None:
    """Sends requests, one after another, until the budget is used up."""
    reader, writer = await connect(port)
    while budget.take():
        request = next_request(random_source)
        writer.write(request)
        if not await read_response(reader, request):
            writer.close()
            reader, writer = await connect(port)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def send_load(port: int, seconds: float) -> int:
    """Sends for that long, or until the limit; answers how many requests were sent."""
    budget = Budget(MOST_REQUESTS, time.monotonic() + seconds)
    await asyncio.gather(
        *(browse(port, budget, random.Random(seed)) for seed in range(CONNECTIONS))
    )
    return MOST_REQUESTS - budget.requests


def main() -> None:
    """The command line."""
    try:
        port, seconds = int(sys.argv[1]), float(sys.argv[2])
    except (IndexError, ValueError):
        sys.exit("usage: load.py PORT SECONDS")
    try:
        sent = asyncio.run(send_load(port, seconds))
    except (OSError, asyncio.IncompleteReadError) as error:
        sys.exit(f"load.py: the server on {HOST}:{port} stopped answering: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"  {sent:,} requests sent")


if __name__ == "__main__":
    main()
