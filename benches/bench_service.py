"""The service at work, idle and scraped: CPU time, memory, the time of a scrape."""

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from benches.conftest import Report
from prometheus_client import CollectorRegistry, Counter, generate_latest
from pytest_benchmark.fixture import BenchmarkFixture
from tests.faults.agent import METRICS, Agent
from tests.faults.ledger import Ledger
from tests.faults.writer import writing

RATE = 20_000  # lines per second
LINES = int(os.environ.get("BENCH_LINES", "1_000_000"))
SECONDS = max(1, LINES // 50_000)
SERIES = min(100_000, LINES)
ROUNDS = 7

_BY_PATH = f"""
[[metric]]
name = "by_path_total"
labels = ["path"]
series_limit = {SERIES}
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log that the service follows."""
    return tmp_path / "access.log"


@pytest.fixture
def agent(tmp_path: Path, log: Path) -> Iterator[Agent]:
    """A service with the default interval of commits; not started yet."""
    agent = Agent(tmp_path / "agent", [log], commit_interval="5s")
    yield agent
    agent.clean_up()


def bench_load(benchmark: BenchmarkFixture, report: Report, agent: Agent, log: Path) -> None:
    """20,000 lines a second on one file: at most 4 % of one core, and 60 MB."""

    def measure() -> None:
        agent.start()
        with writing(log, rate=RATE) as writer:
            time.sleep(min(3, SECONDS))
            share = _cpu_share(agent, SECONDS)
            total = writer.stop()
        agent.wait_for(total)
        memory_mb = agent.peak_memory_bytes() / 1e6
        benchmark.extra_info.update(cpu_percent=100 * share, peak_mb=memory_mb)
        figures = [
            ("lines per second", f"{RATE:10,d}"),
            ("share of one core", f"{share:10.2%}"),
            ("peak resident memory", f"{memory_mb:7.1f} MB"),
        ]
        report(f"service under load, {SECONDS} s", figures)

    benchmark.pedantic(measure, rounds=1)


def bench_idle(benchmark: BenchmarkFixture, report: Report, agent: Agent, log: Path) -> None:
    """Nothing to read, nobody who asks: at most 0.1 % of a core."""

    def measure() -> None:
        log.write_bytes(Ledger().lines(1000))
        agent.start()
        time.sleep(min(6, SECONDS))  # the first commit is part of the start
        share = _cpu_share(agent, SECONDS)
        benchmark.extra_info.update(cpu_percent=100 * share)
        report(f"idle service, {SECONDS} s", [("share of one core", f"{share:8.3%}")])

    benchmark.pedantic(measure, rounds=1)


def bench_scrape(benchmark: BenchmarkFixture, report: Report, agent: Agent, log: Path) -> None:
    """100,000 series over HTTP, and prometheus-client's `generate_latest` of the same in memory.

    At most 150 ms, and at least six times faster.
    """
    ledger = Ledger()
    lines = ledger.lines(SERIES).split(b"\n")
    paths = [b"/shop/item/%d/description" % number for number in range(SERIES)]
    log.write_bytes(
        b"\n".join(
            line.replace(b"/shop/item", path) for line, path in zip(lines, paths, strict=False)
        )
        + b"\n"
    )
    agent.metrics = METRICS + _BY_PATH
    agent.settings = f"series_limit = {SERIES + 100}"
    agent.configure()
    agent.start()
    agent.wait_for(ledger.total)
    registry = CollectorRegistry()
    counter = Counter("by_path", "Number of log records.", ["path"], registry=registry)
    for path in paths:
        counter.labels(path.decode()).inc()
    scrapes, latest = [], []

    def measure() -> None:
        started = time.perf_counter()
        status, body = agent.ask("/metrics")
        scrapes.append(time.perf_counter() - started)
        assert status == 200
        assert body.count(b"by_path_total{") == SERIES
        started = time.perf_counter()
        body = generate_latest(registry)
        latest.append(time.perf_counter() - started)
        assert body.count(b"by_path_total{") == SERIES

    benchmark.pedantic(measure, rounds=ROUNDS, warmup_rounds=1)
    scrape, baseline = statistics.median(scrapes), statistics.median(latest)
    benchmark.extra_info.update(scrape_ms=1000 * scrape, ratio=baseline / scrape)
    figures = [
        ("scrape", f"{1000 * scrape:8.1f} ms"),
        ("generate_latest", f"{1000 * baseline:8.1f} ms"),
        ("ratio", f"{baseline / scrape:8.1f}"),
    ]
    report(f"scrape of {SERIES:,d} series, medians of {ROUNDS}", figures)


def bench_patterns(benchmark: BenchmarkFixture, report: Report, agent: Agent, log: Path) -> None:
    """Processor time of reading a line with and without `[patterns]`, of a log that is there."""
    ledger = Ledger()
    log.write_bytes(ledger.lines(LINES))
    used = list[float]()

    def measure() -> None:
        for patterns in ("", "[patterns.numbered]\n"):
            agent.metrics = METRICS + patterns
            agent.state = agent.directory / f"state-{len(used)}"
            agent.configure()
            agent.start()
            agent.wait_for(ledger.total)
            seconds = agent.scrape().family("logagent_reading_cpu_seconds_total").values()
            used.append(float(sum(seconds)) / LINES)
            agent.stop()

    benchmark.pedantic(measure, rounds=1)
    plain, mined = used
    benchmark.extra_info.update(plain_ns=1e9 * plain, mined_ns=1e9 * mined)
    figures = [
        ("counting", f"{1e9 * plain:8.0f} ns"),
        ("counting, with patterns", f"{1e9 * mined:8.0f} ns"),
    ]
    report("processor time of reading a line", figures)


def _cpu_share(agent: Agent, seconds: float) -> float:
    """The CPU time of all threads over the time that passes, for about `seconds`."""
    started, used = time.monotonic(), agent.cpu_seconds()
    time.sleep(seconds)
    return (agent.cpu_seconds() - used) / (time.monotonic() - started)
