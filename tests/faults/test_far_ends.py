"""Far ends that fail: one clear line each, the good points go on, nothing is lost."""

import random
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.agent import Agent
from tests.faults.far_end import Answer, FarEnd, Taken
from tests.faults.influx import influx
from tests.faults.scale import pick
from tests.faults.test_cron import configure, first_group, run, sums, to
from tests.faults.traffic import Traffic
from tests.python.process import logagent

SERVICE = """
[agent]
listen = "127.0.0.1:{port}"
state_dir = "{directory}/state"
commit_interval = "100ms"
[[source]]
name = "proxy"
paths = ["{directory}/access.log"]
format = "combined"
[[metric]]
name = "requests"
labels = ["status"]
sums = ["bytes"]
[[sink]]
name = "hook"
type = "webhook"
every = "10s"
lateness = "12h"
timeout = "2s"
url = "{url}"
"""


@pytest.fixture
def traffic(tmp_path: Path, choose: random.Random) -> Traffic:
    """Two hundred lines in a log."""
    traffic = Traffic(tmp_path / "access.log", choose, start=1_795_000_007)
    traffic.group = first_group
    traffic.append(200, seconds=25)
    return traffic


def test_who_does_not_take_it_gets_it_later(influxd: str, tmp_path: Path, traffic: Traffic) -> None:
    """One line says why, the exit code tells, and the next run sends everything."""
    with influx(influxd, tmp_path / "influx", asks=True) as server:
        server.add_user("me", "right-secret")
        server.query("CREATE DATABASE ops")
        right = {
            "url": server.url,
            "database": "ops",
            "username": "me",
            "password": "right-secret",
        }
        for name, value, says in (
            ("url", "http://127.0.0.1:1", "cannot be reached: Connection refused"),
            ("url", "http://nowhere.invalid", "its name is not known"),
            ("database", "missing", "answered 404"),
            ("password", "wrong-secret", "answered 401"),
        ):
            assert_left(configure(tmp_path, keys({**right, name: value})), says)
        assert run(configure(tmp_path, keys(right))) == 0
        assert sums(server) == traffic.sums()


def test_a_certificate_that_nobody_vouches_for(
    influxd: str, tmp_path: Path, traffic: Traffic
) -> None:
    """It is refused, unless `ca_file` vouches for it."""
    identity = certified(tmp_path)
    with influx(influxd, tmp_path / "influx", identity=identity) as server:
        server.query("CREATE DATABASE ops")
        right = {"url": server.url, "database": "ops"}
        assert_left(configure(tmp_path, keys(right)), "its certificate is not valid: self-signed")
        assert run(configure(tmp_path, keys({**right, "ca_file": str(identity[0])}))) == 0
        assert sums(server) == traffic.sums()


def keys(values: Mapping[str, str]) -> str:
    return "\n".join(f'{name} = "{value}"' for name, value in values.items())


def assert_left(config: Path, says: str) -> None:
    """A run leaves its frame in the outbox, and one line says why."""
    process = logagent("scan", "-c", config, "--incremental")
    said = process.stderr.decode()
    assert process.returncode == 1, said
    (error,) = [line for line in said.splitlines() if line.startswith("error:")]
    assert "sink influx: 1 frame is left to the next run" in error
    assert says in error
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_point_that_is_refused_stops_no_other(
    influxd: str, tmp_path: Path, traffic: Traffic
) -> None:
    """A field has another type in the database: its points are refused, said and counted."""
    with influx(influxd, tmp_path / "influx") as server:
        server.query("CREATE DATABASE ops")
        server.write("ops", f'spoilt,status=x count="text" {min(traffic.expected)[0] * 10**9}')
        config = configure(tmp_path, to(server))
        config.write_text(config.read_text() + '[[metric]]\nname = "spoilt"\n')
        process = logagent("scan", "-c", config, "--incremental")
        assert process.returncode == 1
        assert process.stderr.count(b"\n") == 1, process.stderr
        windows = len({key[0] for key in traffic.expected})
        assert f"refused {windows} points".encode() in process.stderr
        assert b"field type conflict" in process.stderr
        assert sums(server) == traffic.sums()


def test_a_point_too_many_is_found_among_the_good_ones(tmp_path: Path, traffic: Traffic) -> None:
    """A server that refuses a request whole for one bad point gets the others by halves."""

    def answer(taken: Taken) -> Answer:
        if b"status=404" in taken.body and taken.body.count(b"\n") > 0:
            return 400, {}, b'{"error":"unable to parse"}'
        kept.extend(taken.body.splitlines())
        return 204, {}, b""

    kept: list[bytes] = []
    with FarEnd(answer) as far_end:
        config = configure(tmp_path, f'url = "{far_end.url}"\nbucket = "b"\ngzip = false')
        process = logagent("scan", "-c", config, "--incremental")
    bad = [key for key in traffic.expected if key[1] == "404"]
    assert process.returncode == 1
    assert f"refused {len(bad)} points".encode() in process.stderr
    assert process.stderr.count(b"\n") == 1
    assert len(kept) == len(set(kept)) == len(traffic.expected) - len(bad)


def test_lost_acknowledgements_and_kills_in_the_middle(
    tmp_path: Path, choose: random.Random
) -> None:
    """SIGKILL, and a far end that takes and then resets: what is sent again is the same."""
    fate = random.Random(choose.random())  # noqa: S311 - no secret

    def answer(_: Taken) -> Answer:
        draw = fate.random()
        if draw < 0.3:
            return None
        return (503, {"Retry-After": "0"}, b"busy") if draw < 0.5 else (204, {}, b"")

    rounds, lines_seconds = pick(6, 60), 30
    start = int(time.time()) - 3600 - 5 * rounds * lines_seconds
    traffic = Traffic(tmp_path / "access.log", choose, start=start)
    traffic.log.touch()
    with FarEnd(answer) as far_end:
        agent = Agent(tmp_path / "agent", [])
        agent.config.write_text(
            SERVICE.format(directory=tmp_path, url=far_end.url, port=agent.port)
        )
        for _ in range(rounds):
            agent.start()
            for _ in range(5):
                traffic.append(100, seconds=lines_seconds, late_seconds=60)
                time.sleep(choose.uniform(0.02, 0.2))
            agent.kill()
        agent.start()
        agent.wait_until(agent.has_caught_up, "it does not catch up")
        agent.stop()
        far_end.answer = lambda _: (204, {}, b"")
        assert run(agent.config) == 0
        agent.clean_up()
    by_sequence: dict[str, set[bytes]] = defaultdict(set)
    for taken in far_end.taken:
        by_sequence[taken.headers["x-logagent-sequence"]].add(taken.body)
    assert all(len(bodies) == 1 for bodies in by_sequence.values()), "other bytes were sent again"
    assert len(far_end.taken) > len(by_sequence), "nothing was sent twice"
    expected: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for (start, status, _group), (lines, size) in traffic.sums().items():
        expected[start, status][0] += lines
        expected[start, status][1] += size
    found = {
        (point["start"], point["labels"]["status"]): [point["count"], point["sums"]["bytes"]]
        for point in far_end.points().values()
    }
    assert found == dict(expected)


def test_the_service_says_who_does_not_answer_and_ends_all_the_same(
    tmp_path: Path, choose: random.Random
) -> None:
    """A far end that hangs shows in status and metrics and keeps nobody; a reload mends it."""
    traffic = Traffic(tmp_path / "access.log", choose, start=int(time.time()) - 3600)
    traffic.append(100, seconds=60)
    agent = Agent(tmp_path / "agent", [])

    def configure_url(url: str) -> None:
        agent.config.write_text(SERVICE.format(directory=tmp_path, url=url, port=agent.port))

    with FarEnd() as far_end, socket.create_server(("127.0.0.1", 0)) as silent:
        configure_url(f"http://127.0.0.1:{silent.getsockname()[1]}")
        agent.start()
        agent.wait_until(lambda: any("no answer" in one for one in agent.errors()), "no problem")
        (sink,) = agent.status()["sinks"]
        assert sink["outbox_frames"] > 0
        _, metrics = agent.ask("/metrics")
        assert f'logagent_sink_outbox_frames{{sink="hook"}} {sink["outbox_frames"]:.1f}' in (
            metrics.decode()
        )
        agent.stop()
        agent.start()
        configure_url(far_end.url)
        agent.reload()
        agent.wait_until(lambda: len(far_end.points()) > 0, "it is not sent")
        agent.wait_until(lambda: agent.status()["sinks"][0]["outbox_frames"] == 0, "it stays")
        assert not agent.errors()
        agent.stop()
    agent.clean_up()


def certified(directory: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    certificate, key = directory / "cert.pem", directory / "key.pem"
    if not certificate.exists():
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        )
        subprocess.run(
            [
                *command.split(),
                *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
    return certificate, key
