"""Traffic of DataStream with edgesense's own table of rules, and what is to be counted of it."""

import csv
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.python.process import logagent

LINES = 500
"""Of an object."""
BEGIN_S = 1_795_255_200
RULES = [
    ("Product", "(.*)product_(.*)", 1),
    ("Search", "/search.html(.*)", 3),
    ("Json", "^/json/(.*)", 2),
    ("Home", "^/$|^/index.html$", 4),
    ("Unknown", "(.*)", 9),
]
_STATUSES = ["200"] * 80 + ["301"] * 5 + ["401"] * 5 + ["404"] * 8 + ["500", "503"]
_HOSTS = ["www.example.org", "shop.example.org"]
_PATHS = ["/json/a", "/product_7.html", "/search.html?q=ä", "/", "/else where"]


class Seen(NamedTuple):
    """What is to be counted of a line."""

    unix_seconds: int
    status: str
    host: str
    group: str


def lines(choose: random.Random, *, begin_s: int = BEGIN_S) -> Iterator[tuple[bytes, Seen]]:
    """The lines of one object."""
    for number in range(LINES):
        status, host, path = choose.choice(_STATUSES), choose.choice(_HOSTS), choose.choice(_PATHS)
        at_ms = begin_s * 1000 + number
        record: dict[str, Any] = {
            "type": "cloud_monitor",
            "id": f"{choose.getrandbits(64):x}",
            "start": str(at_ms) if number % 2 else at_ms,
            "cp": "123456",
            "message": {
                "cliIP": f"192.0.2.{number % 250}",
                "reqHost": host,
                "reqMethod": "GET",
                "reqPath": quote(path, safe=""),
                "status": status,
                "bytes": str(number),
                "UA": "curl%2f8.5.0",
            },
        }
        if number % 3:
            record["netPerf"] = {"downloadTime": number % 90}
        yield json.dumps(record).encode(), Seen(at_ms // 1000, status, host, _group(path))


def _group(path: str) -> str:
    """The first rule by rank that matches anywhere."""
    by_rank = sorted(RULES, key=lambda rule: rule[2])
    return next(name for name, regex, _ in by_rank if re.search(regex, path))


def imported_rules(directory: Path) -> str:
    """The category of edgesense's table, as the importer makes it."""
    mapping = directory / "mapping.csv"
    with mapping.open("w", newline="") as file:
        csv.writer(file).writerows([("Id", "Regex", "Rank"), *RULES])
    imported = logagent("import", "edgesense", mapping)
    assert imported.returncode == 0, imported.stderr.decode()
    return imported.stdout.decode().replace('on = "path"', 'on = "path_decoded"')
