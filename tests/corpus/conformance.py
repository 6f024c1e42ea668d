"""Runs conformance cases through the product, and compares as the corpus' own scorer does."""

import base64
import importlib.util
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from logagent._core import Parse
from logagent.errors import ArgumentError
from logagent.query import compile_query

Case = dict[str, Any]
Check = Callable[[Case, dict[str, Any] | None], list[Any]]


def cases(folder: Path) -> Iterator[Case]:
    """The cases of the corpus."""
    for line in (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def scorer(folder: Path) -> Check:
    """The comparison of the corpus' own scorer: what differs, nothing for a pass."""
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check: Check = module.check
    return check


def format_text(case: Case) -> str:
    """The format of a case, as the command line takes it."""
    kind, given, options = case["kind"], case["format"], case.get("options") or {}
    if given is None:
        return "auto"
    if kind.startswith("grok"):
        return f"grok:{given}"
    if kind == "loki_pattern":
        return f"pattern:{given}"
    if kind == "key_value":
        after = options.get("field_delimiter", "\\n")
        return f"key_value:{options['key_value_delimiter']}{after}"
    if kind == "csv" and "delimiter" in options:
        return f"separated:{options['delimiter']}"
    return str(given)


def year(case: Case) -> int | None:
    """The year that the origin of a case assumed for times without one."""
    assumed = re.search(r"year (\d{4}) assumed", case.get("note") or "")
    return int(assumed[1]) if assumed else None


def parsed(case: Case, folder: Path) -> dict[str, Any] | None:
    """The fields that the product reads in the case's line; nothing where it refuses the line."""
    line = base64.b64decode(case["line_b64"]) if "line_b64" in case else case["line"].encode()
    # Records are lines: of a case with several, the one that says something.
    lines = [part for part in line.split(b"\n") if part.strip()]
    if case["kind"] != "key_value":
        line = lines[-1] if lines else b""
    header = case.get("header")
    content = (header.encode() + b"\n" if header else b"") + line + b"\n"
    path = folder / "case.log"
    path.write_bytes(content)
    try:
        plan = compile_query(format_text(case), by=()).plan
    except ArgumentError:
        return None
    with tempfile.TemporaryFile() as output:
        parsing = Parse(plan, [str(path)], output_fd=output.fileno(), year=year(case))
        parsing.run()
        output.seek(0)
        records = [json.loads(record) for record in output.read().splitlines()]
    fields: dict[str, Any] = {}
    matched = [record["fields"] for record in records if record["matched"]]
    for record in matched:
        fields.update(record)
    return fields if matched else None
