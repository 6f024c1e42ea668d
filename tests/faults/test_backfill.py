"""Old logs in Prometheus: `scan --slot -o openmetrics`, promtool, and a server that is asked."""

import bisect
import random
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.faults.prometheus import Server, samples_of, serving
from tests.faults.scale import pick
from tests.python.process import logagent

SLOT = 60
QUIET_SLOTS = 60
BOUNDS = (0.05, 0.5)
CONFIG = """
[[source]]
name = "proxy"
paths = ["access.log"]
format = "regex:^(?P<time>[0-9.]+) (?P<status>[0-9]+) (?P<bytes>[0-9]+) (?P<request_time>[0-9.]+)$"

[[metric]]
name = "http_requests_total"
labels = ["status"]
sums = ["bytes"]

[[metric]]
name = "request_seconds"
type = "histogram"
value = "request_time"
buckets = [0.05, 0.5]

[[metric]]
name = "last_bytes"
type = "gauge"
value = "bytes"
"""

Samples = list[tuple[int, float]]


class Record(NamedTuple):
    """A line of the log."""

    second: int
    status: str
    bytes: int
    milliseconds: int

    def line(self) -> str:
        """As it is logged."""
        return f"{self.second}.250 {self.status} {self.bytes} {self.milliseconds / 1000:.3f}\n"


def records(choose: random.Random, days: int) -> list[Record]:
    """A log that ends an hour ago, with a busy status, a rare one, and a night without requests."""
    end = int(time.time()) - 3600
    seconds = sorted(choose.randrange(end - days * 86_400, end) for _ in range(days * 8_000))
    night = range(end - 20 * 3600, end - 15 * 3600)
    return [
        Record(
            second,
            "500" if choose.random() < 0.002 else choose.choice(("200", "200", "304")),
            choose.randrange(10_000),
            choose.choice((1, 50, 51, 500, 700)),
        )
        for second in seconds
        if second not in night
    ]


def expected(log: Sequence[Record]) -> Iterator[tuple[str, Samples]]:
    """Every series with its samples, by a plain count."""
    end = max(record.second for record in log) // SLOT * SLOT + SLOT
    by_status: Mapping[str, list[Record]] = defaultdict(list)
    for record in log:
        by_status[record.status].append(record)
    for status, own in by_status.items():
        label = f'{{status="{status}"}}'
        yield f"http_requests_total{label}", growth(((one.second, 1) for one in own), end)
        sums = ((one.second, one.bytes) for one in own)
        yield f"http_requests_bytes_total{label}", growth(sums, end)
    # A series has samples whenever something is counted in any of its buckets.
    for bound in (*BOUNDS, None):
        hits = ((one.second, int(bound is None or one.milliseconds <= bound * 1000)) for one in log)
        name = "+Inf" if bound is None else str(bound)
        yield f'request_seconds_bucket{{le="{name}"}}', growth(hits, end)
    last: dict[int, tuple[int, int]] = {}
    for record in log:
        slot = record.second // SLOT * SLOT
        last[slot] = max(last.get(slot, (0, 0)), (record.second, record.bytes))
    yield "last_bytes", samples({slot: value for slot, (_, value) in last.items()}, end, zero=False)


def growth(events: Iterator[tuple[int, int]], end: int) -> Samples:
    """The samples of what adds up."""
    slots: dict[int, float] = defaultdict(float)
    for second, amount in events:
        slots[second // SLOT * SLOT] += amount
    total, values = 0.0, {}
    for slot in sorted(slots):
        total += slots[slot]
        values[slot] = total
    return samples(values, end, zero=True)


def samples(values: Mapping[int, float], end: int, *, zero: bool) -> Samples:
    """A sample at the end of each slot, with the value then, except in long quiet times."""
    starts = sorted(values)
    found: Samples = [(starts[0], 0)] if zero else []
    for slot, following in zip(starts, [*starts[1:], None], strict=True):
        until = end if following is None else following
        ends = range(slot + SLOT, min(until, slot + SLOT * (QUIET_SLOTS + 1)) + 1, SLOT)
        found += [(at, values[slot]) for at in ends]
        if following is not None and zero and ends[-1] < following:
            found.append((following, values[slot]))
    return found


def test_history_becomes_blocks(
    prometheus: str, promtool: str, tmp_path: Path, choose: random.Random
) -> None:
    """A real Prometheus has just the samples of the oracle, and calculates with them."""
    days = pick(2, 30)
    log = records(choose, days)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "access.log").write_text("".join(record.line() for record in log))
    process = logagent(
        "scan", "-c", "config.toml", "--slot", "1m", "-j", "2", "-o", "openmetrics", cwd=tmp_path
    )
    assert process.returncode == 0, process.stderr.decode()
    history, directory = tmp_path / "history.om", tmp_path / "prometheus"
    history.write_bytes(process.stdout)
    made = subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", history, samples_of(directory)],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode()
    with serving(prometheus, directory) as server:
        for series, own in expected(log):
            assert stored(server, series, days) == own, series
        _check_increase(server, log)


def stored(server: Server, series: str, days: int) -> Samples:
    """All samples of a series."""
    deadline = time.monotonic() + 60
    while not (results := server.ask(f"{series}[{days + 1}d]")):
        assert time.monotonic() < deadline, f"Prometheus has no {series}"
        time.sleep(0.2)
    (result,) = results
    return [(int(at), float(value)) for at, value in result["values"]]


def _check_increase(server: Server, log: Sequence[Record]) -> None:
    """Between two ends of slots a counter grew by just the records that lie there."""
    seconds = [record.second for record in log if record.status == "200"]
    at = seconds[-1] // SLOT * SLOT
    for hours in (1, 5, 12):
        since = at - hours * 3600
        count = bisect.bisect_left(seconds, at) - bisect.bisect_left(seconds, since)
        total = 'http_requests_total{status="200"}'
        assert float(server.query(f"{total} - {total} offset {hours}h", at)) == count
