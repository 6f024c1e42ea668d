"""Those who ask: a real Prometheus, promtool, and a thousand clients who do not listen."""

import contextlib
import socket
import subprocess
import time
from pathlib import Path

from tests.faults.agent import Agent
from tests.faults.ledger import Ledger
from tests.faults.prometheus import serving
from tests.faults.scale import pick
from tests.faults.writer import writing

SLOW_CLIENTS = 1000
RATE = 20_000  # lines per second


def test_own_metrics_are_clean(agent: Agent, log: Path, ledger: Ledger, promtool: str) -> None:
    """promtool finds nothing to say about names, types and units."""
    log.write_bytes(b"nothing of the format\n" + ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    text = agent.ask("/metrics")[1]
    process = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stderr.decode()
    assert not process.stderr


def test_increase_is_exact(
    agent: Agent, log: Path, ledger: Ledger, prometheus: str, tmp_path: Path
) -> None:
    """A real Prometheus scrapes through kills and rotations and is asked for `increase()`.

    `increase` extrapolates to the ends of its range; a range that begins and ends with a sample
    leaves it nothing to extrapolate.
    """
    log.write_bytes(ledger.lines(1000))
    agent.start()
    agent.wait_for(ledger.total)
    with serving(prometheus, tmp_path / "prometheus", agent.port) as server:
        server.wait_for_sample("lines_total", 1000)
        with writing(log, first=ledger.next, rate=2000, rotate_seconds=2, gzip=True) as writer:
            for _ in range(pick(4, 40)):
                time.sleep(1.2)
                agent.kill()
                agent.start()
            ledger.add(writer.stop())
        agent.wait_for(ledger.total)
        server.wait_for_sample("lines_total", ledger.total.lines)
        samples = server.samples("lines_total")
        first, last = samples[0], samples[-1]
        assert first[1] == 1000
        milliseconds = round((last[0] - first[0]) * 1000)
        increase = server.query(f"increase(lines_total[{milliseconds}ms])", last[0])
        assert float(increase) == ledger.total.lines - 1000
        assert float(server.query(f"resets(lines_total[{milliseconds}ms])", last[0])) == 0


def test_slow_clients(agent: Agent, log: Path) -> None:
    """A thousand connections that ask half a question: lines are read, descriptors are bounded."""
    agent.start()
    with writing(log, rate=RATE) as writer:
        with contextlib.ExitStack() as clients:
            for number in range(SLOW_CLIENTS):
                client = clients.enter_context(
                    socket.create_connection(("127.0.0.1", agent.port), 5)
                )
                with contextlib.suppress(OSError):  # closed by the service, as one too many
                    client.sendall(b"GET /metrics HTTP/1.1\r\nHost: a" if number % 2 else b"G")
            time.sleep(4)
            assert len(agent.descriptors()) < SLOW_CLIENTS + 100
            written = log.read_bytes().count(b"\n")
        agent.wait_until(lambda: agent.ask("/metrics")[0] == 200, "nobody is answered")
        assert written - agent.total().lines < 2 * RATE, "it has fallen behind"
        total = writer.stop()
    agent.settles_at(total)
