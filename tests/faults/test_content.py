"""Lines that are hostile, broken, endless: the others count, and nobody reads what is not there."""

import os
import random
import subprocess
import time
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus_text

from tests.faults.agent import METRICS, Agent
from tests.faults.conftest import StartAgent
from tests.faults.hostile import LABELS, REGEXES, fuzz_line, has_controls
from tests.faults.ledger import FORMAT, Ledger
from tests.faults.scale import pick
from tests.faults.scraped import Scrape
from tests.python.process import logagent

MIB = 1 << 20

_PATHS = """
[[metric]]
name = "by_path_total"
labels = ["path"]
"""


def append(log: Path, block: bytes) -> None:
    with log.open("ab") as file:
        file.write(block)


def with_path(path: bytes, ledger: Ledger) -> bytes:
    """The next line, with another path."""
    return ledger.lines(1).replace(b"/shop/item?colour=", path + b"?colour=")


def check_metrics(promtool: str, text: bytes) -> None:
    process = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stderr.decode()


def test_endless_line(agent: Agent, log: Path, ledger: Ledger) -> None:
    """Gigabytes without a line feed, with holes, with a kill in the middle: one oversize line."""
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    before = peak = agent.memory_bytes()
    blocks = pick(32, 512)
    with log.open("r+b", buffering=0) as file:
        file.seek(0, os.SEEK_END)
        for block in range(blocks):
            file.write(b"x" * MIB)
            file.seek(15 * MIB, os.SEEK_CUR)  # 8 GiB in the long form
            if block == blocks // 2:
                agent.wait_until(agent.has_caught_up, "it does not catch up")
                peak = max(peak, agent.memory_bytes())
                agent.kill()
                agent.start()
                before = agent.memory_bytes()
        file.write(b"\n" + ledger.lines(100))
    agent.wait_for(ledger.total)
    assert max(peak, agent.memory_bytes()) - before < 64 * MIB
    assert agent.scrape().rejected(reason="oversize") == 1
    agent.settles_at(ledger.total)


def test_any_bytes(
    make_agent: StartAgent, log: Path, ledger: Ledger, choose: random.Random, promtool: str
) -> None:
    """NUL, invalid UTF-8, carriage returns, all 256 bytes, between lines that count."""
    agent = make_agent([log], metrics=METRICS + _PATHS)
    agent.start()
    for _ in range(pick(20, 200)):
        block = [fuzz_line(choose) for _ in range(4000)]
        block += [ledger.lines(1) for _ in range(500)]
        block += [ledger.lines(1).replace(b"\n", b"\r\n") for _ in range(500)]
        choose.shuffle(block)
        append(log, b"".join(block))
    agent.wait_for(ledger.total)
    status, text = agent.ask("/metrics")
    assert status == 200
    check_metrics(promtool, text)
    assert scrape_rejects(agent) == pick(20, 200) * 4000
    agent.settles_at(ledger.total)


def scrape_rejects(agent: Agent) -> int:
    return agent.scrape().rejected()


def test_labels_that_look_like_syntax(
    make_agent: StartAgent, log: Path, ledger: Ledger, promtool: str
) -> None:
    """Each becomes one label value; no series, no line and no family comes of it by itself."""
    agent = make_agent([log], metrics=METRICS + _PATHS)
    lines = b"".join(with_path(b"/" + label, ledger) for label in LABELS)
    log.write_bytes(lines)
    agent.start()
    agent.wait_for(ledger.total)
    scrape = agent.scrape()
    assert len(scrape.family("by_path_total")) <= len(LABELS)
    assert scrape.sum("by_path_total") == len(LABELS)
    for labels in scrape.family("by_path_total"):
        (value,) = dict(labels).values()
        assert not has_controls(value)
        assert len(value.encode()) <= 128
    text = agent.ask("/metrics")[1]
    check_metrics(promtool, text)
    families = {family.name for family in prometheus_text(text.decode())}
    assert "evil" not in families
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    text = agent.ask("/metrics", headers=accept)[1]
    opened = {family.name for family in open_metrics(text.decode())}  # type: ignore[no-untyped-call]
    assert {"lines", "by_path"} <= opened
    assert "evil" not in opened
    agent.settles_at(ledger.total)


def test_scan_is_clean(log: Path, ledger: Ledger, promtool: str) -> None:
    """The same lines counted once, by `scan -o prometheus`."""
    log.write_bytes(b"".join(with_path(b"/" + label, ledger) for label in LABELS))
    by = "path,status"
    process = logagent("scan", "--format", FORMAT, "--by", by, "-o", "prometheus", log)
    assert process.returncode == 0, process.stderr
    check_metrics(promtool, process.stdout)
    scrape = Scrape.read(process.stdout)
    assert scrape.sum("log_lines_total") == len(LABELS)
    assert len(scrape.samples) <= len(LABELS)


def test_a_million_addresses(make_agent: StartAgent, log: Path, ledger: Ledger) -> None:
    """An attacker asks for other paths all the time: series stay at the limit, totals exact."""
    agent = make_agent([log], metrics=METRICS + _PATHS + "series_limit = 100\n")
    known = [b"/known/%d" % number for number in range(50)]
    log.write_bytes(b"".join(with_path(path, ledger) for path in known))
    agent.start()
    agent.wait_for(ledger.total)
    before = agent.memory_bytes()
    for _ in range(pick(20, 100)):
        first = ledger.next
        block = ledger.lines(10_000).split(b"\n")
        attack = [
            line.replace(b"/shop/item?", b"/%x-%d?" % (n * n, n))
            for n, line in enumerate(block, first)
        ]
        append(log, b"\n".join(attack))
    agent.wait_for(ledger.total)
    assert agent.memory_bytes() - before < 50 * MIB
    agent.kill()
    agent.start()
    append(log, b"".join(with_path(path, ledger) for path in known))
    agent.wait_for(ledger.total)
    scrape = agent.scrape()
    assert len(scrape.family("by_path_total")) <= 101
    assert scrape.sum("by_path_total") == ledger.total.lines
    for path in known:
        assert scrape.sum("by_path_total", path=path.decode()) == 2, "a known series is not kept"
    agent.settles_at(ledger.total)


def test_no_controls_in_what_it_says(make_agent: StartAgent, logs: Path, ledger: Ledger) -> None:
    """Names of files and contents of lines reach its log and answers: harmless by then."""
    evil = "\x1b]0;owned\x07\x9b31m\u202e"
    log = logs / f"{evil}.log"
    log.write_bytes(
        evil.encode() * 10 + b"\n" + ledger.lines(10) + with_path(evil.encode(), ledger)
    )
    (logs / f"{evil}-unreadable.log").symlink_to(evil)
    agent = make_agent([logs / "*.log"], settings='log_level = "debug"')
    agent.start()
    agent.wait_for(ledger.total)
    status = agent.ask("/api/v1/status")[1].decode()
    assert not has_controls(status.replace("\n", ""))
    assert not has_controls(agent.ask("/metrics")[1].decode().replace("\n", ""))
    agent.stop()
    assert not has_controls(agent.log.read_text().replace("\n", ""))


def test_answers_cannot_become_pages(agent: Agent) -> None:
    """Types are said and not to be guessed; there is nothing for a browser to run."""
    agent.start()
    for path in ("/metrics", "/api/v1/status", "/-/healthy", "/nowhere/<script>alert(1)</script>"):
        headers, body = agent.headers(path)
        assert not headers["content-type"].startswith("text/html")
        assert headers["x-content-type-options"] == "nosniff"
        assert b"<script>" not in body


def test_hostile_regexes(agent: Agent, log: Path, ledger: Ledger) -> None:
    """A reload with one is refused, or is bounded; it never stops what runs."""
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    before = agent.memory_bytes()
    for regex in REGEXES[:: pick(10, 1)]:
        agent.metrics = (
            METRICS
            + f"[categories.evil]\non = 'path'\nrules = [{{ name = 'x', regex = '{regex}' }}]\n"
        )
        agent.configure()
        asked = time.monotonic()
        status, body = agent.ask("/-/reload", method="POST")
        assert status in {200, 400}, body
        assert time.monotonic() - asked < 5, f"{regex} takes long"
        append(log, ledger.lines(10))
        agent.wait_for(ledger.total)
    assert agent.memory_bytes() - before < 64 * MIB
    agent.metrics = METRICS
    agent.configure()
    agent.settles_at(ledger.total)
