"""The event log while the service is killed: all that was acknowledged, once and in order."""

import http.client
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

import logagent
from logagent.errors import LogagentError
from tests.faults.agent import METRICS, Agent
from tests.faults.conftest import StartAgent
from tests.faults.scale import pick

CLIENTS = 4
RATE = 5000  # entries a second, of all clients together
BATCH = 50
EVENTS = '\n[events]\nrecent = "2s"\narchive_after = "1s"\n'


class Client(threading.Thread):
    """Posts numbered entries, each until it is acknowledged."""

    def __init__(self, port: int, number: int, count: int) -> None:
        super().__init__(daemon=True)
        self.port, self.number, self.count = port, number, count
        self.acknowledged = 0
        self.repeated = 0

    def run(self) -> None:
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while self.acknowledged < self.count:
            due = begun + self.acknowledged / (RATE / CLIENTS)
            time.sleep(max(due - time.monotonic(), 0))
            last = min(self.acknowledged + BATCH, self.count)
            lines = [
                json.dumps({"body": {"client": self.number, "n": n}, "key": f"{self.number}-{n}"})
                for n in range(self.acknowledged, last)
            ]
            try:
                connection.request(
                    "POST",
                    "/api/v1/events/app",
                    body="\n".join(lines),
                    headers={"Content-Type": "application/x-ndjson"},
                )
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()  # the next request makes it anew
                self.repeated += 1
                time.sleep(0.05)
                continue
            if answer.status == 200:
                self.acknowledged = last
        connection.close()


class Consumer(threading.Thread):
    """Reads from an instant on, by a new connection every second; the reference for all readers."""

    def __init__(self, url: str, since: float, total: int) -> None:
        super().__init__(daemon=True)
        self.url, self.since, self.total = url, since, total
        self.connections = 0
        self.sequences: list[int] = []
        self.found: dict[int, list[int]] = defaultdict(list)

    def run(self) -> None:
        while len(self.sequences) < self.total:
            after = self.sequences[-1] if self.sequences else None
            since = self.since if after is None else None
            stream = logagent.events(self.url, since=since, after=after, streams=["app"])
            end = time.monotonic() + 1
            self.connections += 1
            try:
                for entry in stream:
                    self.sequences.append(entry["sequence"])
                    self.found[entry["body"]["client"]].append(entry["body"]["n"])
                    if time.monotonic() > end or len(self.sequences) >= self.total:
                        break
            except LogagentError:
                time.sleep(0.05)  # it was killed and does not answer yet


@pytest.fixture
def noting(make_agent: StartAgent, logs: Path) -> Agent:
    return make_agent([logs / "*.log"], metrics=METRICS + EVENTS)


def test_a_subscriber_gets_every_entry_once_through_kills(
    noting: Agent, choose: random.Random, record_property: Callable[[str, object], None]
) -> None:
    """Four clients post 5,000 entries a second while the service is killed every few seconds."""
    total = pick(12_000, 500_000)
    noting.start()
    begun = time.time()
    clients = [Client(noting.port, number, total // CLIENTS) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    archive = noting.state / "events" / "archive" / "app"
    noting.wait_until(lambda: any(archive.glob("*.gz")), "nothing is archived", seconds=60)
    consumer = Consumer(f"http://127.0.0.1:{noting.port}", begun - 1, total)
    consumer.start()
    kills = 0
    while any(client.is_alive() for client in clients):
        time.sleep(choose.uniform(0.7, 1.5) if total < 100_000 else choose.uniform(2, 5))
        noting.kill()
        noting.start()
        kills += 1
    consumer.join(pick(60, 600))
    assert not consumer.is_alive(), f"{len(consumer.sequences)} of {total} came"
    for number in range(CLIENTS):
        assert consumer.found[number] == list(range(total // CLIENTS)), f"of client {number}"
    assert all(a < b for a, b in zip(consumer.sequences, consumer.sequences[1:], strict=False))
    assert kills >= 2
    parts = len(list(archive.glob("*.gz")))
    repeated = sum(client.repeated for client in clients)
    record_property("kills", kills)
    print(  # noqa: T201 - the figures of a long run
        f"{total} entries, {kills} kills, {repeated} posts repeated, {consumer.connections} "
        f"connections of the consumer, {parts} archive files, {time.time() - begun:.0f} s"
    )
