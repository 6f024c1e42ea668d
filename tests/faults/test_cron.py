"""`logagent scan --incremental`, run again and again, as by cron, against a real InfluxDB."""

import contextlib
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.faults.influx import InfluxServer, influx
from tests.faults.scale import pick
from tests.faults.traffic import WINDOW_SECONDS, Key, Traffic
from tests.python.process import LOGAGENT, logagent

FIRST_RULES = '{ name = "api", prefix = "/json/" }'
SECOND_RULES = '{ name = "shop", prefix = "/shop/" }, { name = "img", suffix = ".png" }'


def first_group(path: str) -> str:
    return "api" if path.startswith("/json/") else "other"


def second_group(path: str) -> str:
    if path.startswith("/shop/"):
        return "shop"
    return "img" if path.endswith(".png") else "other"


def configure(
    directory: Path,
    sink: str,
    *,
    rules: str = FIRST_RULES,
    metric: str = 'sums = ["bytes"]',
    name: str = "config.toml",
    type: str = "influxdb",  # noqa: A002 - as in the configuration
) -> Path:
    """Writes a configuration; `sink` and `metric` are keys of theirs."""
    path = directory / name
    path.write_text(f"""
[agent]
state_dir = "{directory}/state-{name}"
slot = "{WINDOW_SECONDS}s"
[[source]]
name = "proxy"
paths = ["{directory}/access.log"]
format = "combined"
[categories.url_group]
on = "path"
rules = [{rules}]
default = "other"
[[metric]]
name = "requests"
labels = ["status", "url_group"]
{metric}
[[sink]]
name = "influx"
type = "{type}"
{sink}
""")
    return path


def to(server: InfluxServer, database: str = "ops") -> str:
    return f'url = "{server.url}"\ndatabase = "{database}"'


def run(config: Path, *, kill_after: float | None = None) -> int:
    """A run of the cron job; its exit code, negative if it was killed."""
    process = subprocess.Popen(
        [*LOGAGENT, "scan", "-c", str(config), "--incremental", "--wait", "20s"],
        stderr=subprocess.PIPE,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(kill_after or 60)
    process.kill()
    _, said = process.communicate()
    sys.stderr.write(said.decode(errors="replace"))  # shown where a test fails
    assert b"Traceback" not in said, said
    assert b"fault" not in said, said
    return process.returncode


def sums(server: InfluxServer, database: str = "ops") -> dict[Key, tuple[int, int]]:
    """What InfluxDB adds up for each window and series."""
    buckets = f"time({WINDOW_SECONDS}s), status, url_group fill(none)"
    query = 'SELECT sum("count"), sum("sum_bytes") FROM requests GROUP BY '
    result = server.query(query + buckets, database=database)
    return {
        (row[0] // 10**9, series["tags"]["status"], series["tags"]["url_group"]): (
            row[1],
            int(row[2] or 0),
        )
        for series in result.get("series", [])
        for row in series["values"]
    }


def test_cron_equals_the_oracle_through_everything(
    influxd: str, tmp_path: Path, choose: random.Random
) -> None:
    """Rotation and other rules between runs, an outage, late lines, and kills in the middle."""
    traffic = Traffic(tmp_path / "access.log", choose, start=1_795_000_007)
    traffic.log.touch()
    traffic.group = first_group
    rounds = pick(18, 300)
    outage = range(rounds // 3, rounds // 3 + pick(4, 40))
    with influx(influxd, tmp_path / "influx") as server:
        server.query("CREATE DATABASE ops")
        config = configure(tmp_path, to(server))
        codes: Counter[int] = Counter()
        for number in range(rounds):
            if number == outage.start:
                server.stop()
            if number == outage.stop:
                server.start()
            traffic.append(200, seconds=choose.uniform(1, 40), late_seconds=300)
            if number % 3 == 2:
                traffic.rotate()
                traffic.append(50, seconds=1)
            kill_after = choose.uniform(0.05, 0.6) if number % 4 == 1 else None
            codes[run(config, kill_after=kill_after)] += 1
            if number == rounds // 2:
                run(config)  # what is unread is counted by the old rules
                traffic.group = second_group
                configure(tmp_path, to(server), rules=SECOND_RULES)
        assert run(config) == 0
        assert codes[1] >= 1, "the outage did not show in the exit code"
        assert codes[-9] >= 1, "no run was killed"
        assert sums(server) == traffic.sums()


def test_a_metric_that_changes_keeps_what_it_sent(
    influxd: str, tmp_path: Path, choose: random.Random
) -> None:
    """A window that was begun with another definition of the metric is not overwritten."""
    traffic = Traffic(tmp_path / "access.log", choose, start=1_795_000_007)
    traffic.group = first_group
    with influx(influxd, tmp_path / "influx") as server:
        server.query("CREATE DATABASE ops")
        for metric in ('sums = ["bytes"]', 'sums = ["bytes", "status"]', 'sums = ["bytes"]'):
            config = configure(tmp_path, to(server), metric=metric)
            traffic.append(100, seconds=3)
            assert run(config) == 0
        assert sums(server) == traffic.sums()


def test_two_runs_do_not_meet(tmp_path: Path, choose: random.Random) -> None:
    """The second leaves with a message, or waits."""
    traffic = Traffic(tmp_path / "access.log", choose, start=1_795_000_007)
    traffic.append(10, seconds=1)
    config = configure(tmp_path, 'url = "http://192.0.2.1:1"\ndatabase = "x"\ntimeout = "5s"')
    slow = subprocess.Popen(
        [*LOGAGENT, "scan", "-c", str(config), "--incremental"], stderr=subprocess.DEVNULL
    )
    try:
        lock = tmp_path / "state-config.toml" / "lock"
        while not lock.exists() or not lock.read_text().strip():
            time.sleep(0.01)
        second = logagent("scan", "-c", config, "--incremental")
        assert second.returncode == 78
        assert re.search(rb"in use by process \d+", second.stderr), second.stderr
        assert second.stderr.count(b"error:") == 1
    finally:
        slow.kill()
        slow.wait()
