"""What categories, conditions and further metrics cost, as ratios against the plain count.

Whole processes on one thread, one of each per round, over the large log: there the start of the
process, and of what it remembers, no longer counts.
"""

from pathlib import Path

import pytest
from benches.conftest import Report, interleaved_medians
from pytest_benchmark.fixture import BenchmarkFixture

SOURCE = """
[[source]]
name = "log"
format = "combined"
"""

CATEGORIES = """
[categories.url_group]
on = "path"
default = "other"
rules = [
  { name = "image", regex = '\\.(?:png|jpe?g|webp|gif|svg)$' },
  { name = "product", regex = '^/product/[0-9]+' },
  { name = "picture", regex = '^/p/[0-9]+/' },
  { name = "api", regex = '^/v[0-9]+/' },
  { name = "static", regex = '^/static/' },
  { name = "shop-$1", regex = '^/shop/([a-z]+)' },
  { name = "search", regex = '^/search' },
  { name = "health", regex = '^/(?:healthz|readyz|status)' },
  { name = "account", regex = '^/(?:login|logout|account|cart|checkout)' },
  { name = "text", regex = '^/(?:blog|help|about)' },
]

[categories.traffic]
default = "customer"

[[categories.traffic.rules]]
name = "monitoring"
when = '''
  user_agent.contains("Pingdom") || user_agent.contains("UptimeRobot")
  || remote_addr == "10.0.2.231"
'''
"""

PLAIN = f"""{SOURCE}
[[metric]]
name = "requests_total"
labels = ["method", "status", "section"]
"""

METRICS = f"""{PLAIN}
[[metric]]
name = "sent_bytes_total"
labels = ["section"]
value = "bytes"

[[metric]]
name = "errors_total"
labels = ["protocol"]
when = "status >= 500"
"""

RULES = f"""{SOURCE}{CATEGORIES}
[[metric]]
name = "requests_total"
labels = ["method", "status", "url_group", "traffic"]

[[metric]]
name = "sent_bytes_total"
labels = ["url_group"]
value = "bytes"

[[metric]]
name = "errors_total"
labels = ["traffic"]
when = "status >= 500"
"""

HISTOGRAM = f"""{SOURCE}{CATEGORIES}
[[metric]]
name = "requests_total"
labels = ["method", "status", "url_group", "traffic"]

[[metric]]
name = "sent_bytes_total"
labels = ["url_group"]
value = "bytes"

[[metric]]
name = "sent_bytes"
type = "histogram"
labels = ["traffic"]
value = "bytes"
buckets = [100, 1000, 10000, 100000, 1000000]
"""

CONFIGURATIONS = {
    "plain count": PLAIN,
    "three metrics": METRICS,
    "ten groups, split, three metrics": RULES,
    "ten groups, split, sum, histogram": HISTOGRAM,
}


@pytest.fixture
def configurations(tmp_path: Path) -> dict[str, Path]:
    """The configurations as files."""
    paths = {name: tmp_path / f"{number}.toml" for number, name in enumerate(CONFIGURATIONS)}
    for name, path in paths.items():
        path.write_text(CONFIGURATIONS[name])
    return paths


def bench_rules(
    benchmark: BenchmarkFixture,
    report: Report,
    logagent: str,
    large_log: Path,
    configurations: dict[str, Path],
) -> None:
    """`scan -c`, and `wc -l` beside it."""
    programs = {"wc -l": ["wc", "-l", str(large_log)]}
    for name, path in configurations.items():
        scan = [logagent, "scan", "-j", "1", "-o", "json", "-c", str(path)]
        programs[name] = [*scan, str(large_log)]
    medians = interleaved_medians(benchmark, programs)
    rows = []
    for name, median in medians.items():
        against_plain = medians["plain count"] / median
        against_wc = medians["wc -l"] / median
        benchmark.extra_info[name] = {
            "median_seconds": median,
            "throughput_against_plain": against_plain,
            "throughput_against_wc": against_wc,
        }
        figure = f"{median * 1e3:8.1f} ms {against_plain:6.2f} x plain {against_wc:6.2f} x wc -l"
        rows.append((name, figure))
    report("rules, medians of interleaved rounds", rows)
