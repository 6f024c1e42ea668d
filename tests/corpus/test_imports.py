"""Rules of the predecessors, imported, against the answers that those gave."""

import csv
import io
import json
from pathlib import Path

from logagent._core import Plan
from logagent.importers.edgesense import import_mapping
from logagent.query import compile_query

LOWAY = (
    r"^(\S+) \S+ \S+ \[(...........):(........).+?\] .(\S+) (\S+) \S+ (\d+) (\d+)"
    r" \"(\S+)\" \"(.+?)\""
)
LOWAY_FIELDS = "remote_addr,date,time_of_day,method,target,status,bytes,referer,user_agent"


def test_a_mapping_gives_the_ids_of_its_own_cases(shared: Path) -> None:
    known = json.loads((shared / "cases" / "edgesense_mapping.json").read_text())
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["Id", "Regex", "Rank"])
    for rule in reversed(known["rules"]):
        rows.writerow([rule["id"], rule["regex"], rule["rank"]])
    imported = import_mapping(table.getvalue(), "mapping.csv")
    assert imported.left_out == []
    counted = (
        '\n[[source]]\nname = "cdn"\nformat = "json:{target=uri, path=uri}"\n'
        '[[metric]]\nname = "hits_total"\nlabels = ["url_group"]\n'
    )
    plan = Plan.from_toml(imported.toml + counted, origin="mapping.toml")
    assert len(known["cases"]) > 10
    for case in known["cases"]:
        found = plan.explain(json.dumps({"uri": case["path"]}).encode())
        assert [group["value"] for group in found["categories"]] == [case["id"]], case


def test_a_published_regex_reads_a_line() -> None:
    line = (
        b'192.0.2.7 - - [21/Nov/2026:10:15:32 +0000] "GET /a?b HTTP/1.1" 200 1532'
        b' "https://example.org/" "Mozilla/5.0 (X11)"'
    )
    found = compile_query(f"regex({LOWAY_FIELDS}):{LOWAY}", by=()).plan.explain(line)
    assert {field["name"]: field["value"] for field in found["fields"]} == {
        "remote_addr": "192.0.2.7",
        "date": "21/Nov/2026",
        "time_of_day": "10:15:32",
        "method": "GET",
        "target": "/a?b",
        "status": 200,
        "bytes": 1532,
        "referer": "https://example.org/",
        "user_agent": "Mozilla/5.0 (X11)",
    }
