"""Throughput of every named format in bytes, against `combined` in the same run.

Each log is the format's example, or a longer line, repeated; so is that of `combined`. A format is
counted by method and status, where it has them. CPU time of this process, the least of some
interleaved rounds.
"""

import os
import time
from pathlib import Path

import pytest
from benches.conftest import CACHE, Report
from pytest_benchmark.fixture import BenchmarkFixture

from logagent._core import Scan, formats
from logagent.query import compile_query

BYTES = 20 * int(os.environ.get("BENCH_LINES", "1_000_000"))
ROUNDS = 5
AIM = 0.6
AIM_OF_JSON = 0.4

_TIME = "2026-11-21T10:15:32Z"
_AGENT = "Mozilla/5.0 (X11; Linux x86_64)"
_REFERER = "https://example.org/"
# Lines as long as `combined`'s example, for formats whose own example is much shorter.
LONGER = {
    "csv": f'{_TIME},192.0.2.7,GET,"/api/v1?a=1,2",200,1532,{_REFERER},"{_AGENT}"',
    "csv_header": "time,remote_addr,method,target,status,bytes,referer,user_agent\n"
    f'{_TIME},192.0.2.7,GET,"/api/v1?a=1,2",200,1532,{_REFERER},"{_AGENT}"',
    "tsv": f"{_TIME}\t192.0.2.7\tGET\t/api/v1?page=2\t200\t1532\t{_REFERER}\t{_AGENT}",
    "tsv_header": "time\tremote_addr\tmethod\ttarget\tstatus\tbytes\treferer\tuser_agent\n"
    f"{_TIME}\t192.0.2.7\tGET\t/api/v1?page=2\t200\t1532\t{_REFERER}\t{_AGENT}",
    "logfmt": f"time={_TIME} remote_addr=192.0.2.7 method=GET target=/api/v1 status=200"
    f' bytes=1532 referer={_REFERER} user_agent="{_AGENT}"',
    "key_value": f"time={_TIME} remote_addr=192.0.2.7 method=GET target=/api/v1 status=200"
    f' bytes=1532 referer={_REFERER} user_agent="{_AGENT}"',
    "json": f'{{"time":"{_TIME}","remote_addr":"192.0.2.7","method":"GET","target":"/api/v1?a",'
    f'"status":200,"bytes":1532,"referer":"{_REFERER}","user_agent":"{_AGENT}"}}',
}


def _log(name: str, example: str) -> Path:
    """The example of a format, its last line repeated."""
    path = CACHE / f"format-{name}-{BYTES}.log"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        *header, line = LONGER.get(name, example).split("\n")
        lines = f"{line}\n" * (BYTES // (len(line) + 1) + 1)
        path.write_text("".join(f"{line}\n" for line in header) + lines, encoding="utf-8")
    return path


def _seconds(name: str, example: str, fields: list[str]) -> float:
    query = compile_query(name, by=[field for field in ("method", "status") if field in fields])
    start = time.process_time()
    snapshot = Scan(query.plan, [str(_log(name, example))], threads=1).run()
    seconds = time.process_time() - start
    assert snapshot.matched > 0, name
    return seconds / snapshot.bytes


def bench_formats(
    benchmark: BenchmarkFixture, report: Report, request: pytest.FixtureRequest
) -> None:
    """All of them, a round after the other."""
    known = {name: (example, fields) for name, _, example, fields in formats()}
    best = dict.fromkeys(known, float("inf"))

    def measure() -> None:
        for name, (example, fields) in known.items():
            best[name] = min(best[name], _seconds(name, example, fields))

    rounds = 1 if request.config.getoption("benchmark_disable") else ROUNDS
    benchmark.pedantic(measure, rounds=rounds)
    rows = []
    for name, seconds in sorted(best.items(), key=lambda item: -item[1]):
        ratio = best["combined"] / seconds
        aim = AIM_OF_JSON if "json" in name or name.startswith("akamai") else AIM
        mark = "" if ratio >= aim else f"  below {aim}"
        rows.append((name, f"{1e-9 / seconds:5.2f} GB/s  {ratio:4.2f} x combined{mark}"))
    benchmark.extra_info["ratios"] = {name: best["combined"] / best[name] for name in best}
    report("bytes per second by named format, one thread", rows)
