"""Shows what the service of `make run` says at /metrics, next to what was sent to the web server.

    python scripts/scrape.py PORT          one line
    python scripts/scrape.py PORT SENT     a table; waits until SENT requests are counted

Ends with 1 if they are not, within ten seconds, or if there are more.
"""

import sys
import time
import urllib.request
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

PATIENCE_SECONDS = 10.0
MOST_ROWS = 12


def scrape(port: int) -> dict[str, Metric]:
    """The families at /metrics, by name."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def total(families: dict[str, Metric], name: str) -> int:
    """The sum over the series of a family; 0 if it is not there yet."""
    return int(sum(one.value for one in families[name].samples)) if name in families else 0


def table(families: dict[str, Metric]) -> Iterator[str]:
    """The largest series of requests, as Prometheus gets them."""
    samples = sorted(families["http_requests"].samples, key=lambda one: -one.value)
    for one in samples[:MOST_ROWS]:
        labels = ", ".join(f'{name}="{value}"' for name, value in one.labels.items())
        yield f"  {one.name}{{{labels}}} {one.value:,.0f}"
    if len(samples) > MOST_ROWS:
        yield f"  … and {len(samples) - MOST_ROWS} more series"


def main() -> None:
    """The command line."""
    port = int(sys.argv[1])
    if len(sys.argv) == 2:  # noqa: PLR2004 - only the port
        families = scrape(port)
        counted, behind = total(families, "http_requests"), total(families, "logagent_behind_bytes")
        print(f"  /metrics: {counted:,} requests counted, {behind:,} bytes behind")
        return
    sent = int(sys.argv[2])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while total(families := scrape(port), "http_requests") < sent:
        if time.monotonic() >= deadline:
            break
        time.sleep(0.2)
    counted = total(families, "http_requests")
    print(*table(families), sep="\n")
    print(f"\n• sent: {sent:,} requests; /metrics counts: {counted:,}")
    sys.exit(counted != sent)


if __name__ == "__main__":
    main()
