"""The event log with many readers: what they cost those who count and those who scrape."""

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benches.conftest import ROOT, Report
from pytest_benchmark.fixture import BenchmarkFixture
from tests.faults.agent import Agent
from tests.faults.ledger import Ledger

from logagent.client.address import Address
from logagent.client.asking import ask

LINES = int(os.environ.get("BENCH_LINES", "1_000_000"))
SUBSCRIBERS = 100
RATE = 5000  # entries per second
BATCH = 50
ROUNDS = 5 if LINES >= 1_000_000 else 1
SCRAPES = 40


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """A service that shows counts soon."""
    agent = Agent(tmp_path / "agent", [tmp_path / "access.log"], commit_interval="100ms")
    yield agent
    agent.clean_up()


def post(port: int) -> None:
    """Post entries at the rate, in batches, for ever."""
    entry = {"body": {"level": "info", "message": "a request was slow"}}
    body = json.dumps([entry] * BATCH).encode()
    address = Address("127.0.0.1", port)
    due = time.monotonic()
    while True:
        ask(address, "/api/v1/events/app", body=body)
        due += BATCH / RATE
        time.sleep(max(due - time.monotonic(), 0))


@contextmanager
def posting(port: int) -> Iterator[None]:
    """Somebody posts meanwhile."""
    process = multiprocessing.get_context("spawn").Process(target=post, args=(port,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def last_sequence(agent: Agent) -> int:
    """That of the newest entry."""
    return agent.scrape().sum("logagent_event_last_sequence")


def reading_cpu_seconds(agent: Agent) -> float:
    """What reading and counting took so far."""
    return float(agent.scrape().family("logagent_reading_cpu_seconds_total")[()])


@contextmanager
def subscribed(port: int, count: int) -> Iterator[list[int]]:
    """That many subscribers meanwhile; afterwards the list holds the bytes that they read."""
    command = [sys.executable, str(ROOT / "benches" / "subscribers.py"), str(port), str(count)]
    total: list[int] = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield total
        process.stdin.close()
        total.append(int(process.stdout.readline()))


def bench_subscribers(
    benchmark: BenchmarkFixture, report: Report, agent: Agent, tmp_path: Path
) -> None:
    """100 live readers of 5,000 entries a second: reading and scraping at most 10 % slower."""
    log, ledger = tmp_path / "access.log", Ledger()
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    figures: dict[tuple[str, int], list[float]] = {}

    def ingest_and_scrape(subscribers: int) -> None:
        cpu_before = reading_cpu_seconds(agent)
        content = ledger.lines(LINES)
        expected = ledger.total.lines
        started = time.perf_counter()
        with log.open("ab") as file:
            file.write(content)
        while agent.scrape().sum("logagent_matched_lines_total") < expected:
            time.sleep(0.02)
        figures.setdefault(("reading", subscribers), []).append(time.perf_counter() - started)
        cpu = reading_cpu_seconds(agent) - cpu_before
        figures.setdefault(("reading_cpu", subscribers), []).append(cpu)
        for _ in range(SCRAPES):
            started = time.perf_counter()
            assert agent.ask("/metrics")[0] == 200
            figures.setdefault(("scrape", subscribers), []).append(time.perf_counter() - started)
            time.sleep(0.03)

    def measure() -> None:
        with posting(agent.port):
            for _ in range(ROUNDS):
                ingest_and_scrape(0)
                with subscribed(agent.port, SUBSCRIBERS) as total:
                    first, began = last_sequence(agent), time.perf_counter()
                    ingest_and_scrape(SUBSCRIBERS)
                    took = time.perf_counter() - began
                    rate = (last_sequence(agent) - first) / took
                figures.setdefault(("rate", 0), []).append(rate)
                figures.setdefault(("megabytes", 0), []).append(total[0] / took / 1e6)

    benchmark.pedantic(measure, rounds=1)
    rows = []
    for name, unit in (("reading", "s"), ("reading_cpu", "s"), ("scrape", "s")):
        without = statistics.median(figures[name, 0])
        with_them = statistics.median(figures[name, SUBSCRIBERS])
        benchmark.extra_info[f"{name}_ratio"] = with_them / without
        text = f"{without:8.4f} {unit} without, {with_them:8.4f} {unit} with them: "
        text += f"{with_them / without:5.2f}"
        rows.append((name, text))
    memory_mb = agent.peak_memory_bytes() / 1e6
    rows.append(("entries per second", f"{statistics.median(figures['rate', 0]):8.0f}"))
    rows.append(("MB per second to readers", f"{statistics.median(figures['megabytes', 0]):8.1f}"))
    rows.append(("peak resident memory", f"{memory_mb:8.1f} MB"))
    report(f"{SUBSCRIBERS} subscribers of {RATE} entries per second", rows)
