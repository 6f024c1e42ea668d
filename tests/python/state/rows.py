"""Made-up rows: to the state database their bytes are opaque."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logagent._core import Rows

REQUESTS = '{"name":"http_requests_total","type":"counter","labels":["status"]}'
BYTES = '{"name":"http_bytes_total","type":"counter","labels":["status"],"value":"bytes"}'
INODE_OF_NO_FILE = 0


def record(offset: int, *, source: str = "proxy", path: str = "/var/log/access.log") -> str:
    return json.dumps(
        {
            "source": source,
            "path": path,
            "stage": "open",
            "offset": offset,
            "device": 1,
            "inode": INODE_OF_NO_FILE,
            "birth_ns": 0,
            "head_bytes": 4,
            "head_hash": 2**64 - 1,
            "tail_bytes": 4,
            "tail_hash": 17,
            "updated_unix_ms": 1_795_300_000_000,
        },
        separators=(",", ":"),
    )


def made_up(count: int, *, series: Iterable[int] = range(5)) -> "Rows":
    """Rows in which everything says `count`, so that a mixture of two commits shows."""
    return {
        "metrics": [REQUESTS, BYTES],
        "series": [
            (number % 2, b"label-%d" % number, b"state-%d" % count) for number in sorted(series)
        ],
        "files": [(1, record(count)), (2, record(count * 2, path="/var/log/other.log"))],
        "tallies": [('{"source":"proxy","path":"/var/log/access.log"}', f'{{"lines":{count}}}')],
        "positions": [("topic/0", f'{{"offset":{count}}}')],
        "models": [("model/app/counts", f'{{"lines":{count}}}')],
    }


def in_order(rows: "Rows") -> "Rows":
    """The same rows in the order in which a database answers them."""
    return {
        "metrics": rows["metrics"],
        "series": sorted(rows["series"]),
        "files": sorted(rows["files"]),
        "tallies": sorted(rows["tallies"]),
        "positions": sorted(rows["positions"]),
        "models": sorted(rows["models"]),
    }
