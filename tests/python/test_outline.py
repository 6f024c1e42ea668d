"""The resolved plan for people."""

from logagent._core import Plan
from logagent.outline import outline

PLAN = """
[[source]]
name = "proxy"
format = "combined"
[[metric]]
name = "requests_total"
"""


def test_databases_of_addresses_are_listed() -> None:
    plan = Plan.from_toml(PLAN, origin="config.toml").describe()
    assert "geoip" not in outline(plan)
    files = {"country": "country.mmdb", "asn": "asn.mmdb"}
    plan["geoip"] = {"on": "remote_addr", "files": files}
    lines = outline(plan)
    start = lines.index("geoip")
    assert lines[start : start + 4] == [
        "geoip",
        "  on       remote_addr",
        "  country  country.mmdb",
        "  asn      asn.mmdb",
    ]


def test_each_source_says_how_it_is_read() -> None:
    for written, read in (
        ('format = "combined"', "combined (fast pattern)"),
        ('format = "auto"', "auto (detected in each file)"),
    ):
        text = PLAN.replace('format = "combined"', written)
        lines = outline(Plan.from_toml(text, origin="config.toml").describe())
        assert any(line.endswith(read) for line in lines), lines
