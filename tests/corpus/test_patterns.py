"""Templates of real logs, scored by what people say their templates are."""

import csv
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest

from logagent._core import Scan
from logagent.query import compile_query
from tests.python.process import logagent

LEAST_MEAN = {"GA": 0.985, "FGA": 0.965, "PA": 0.75, "FTA": 0.69}
LEAST_GROUPING = 0.92
LEAST_NOVELTY = 0.98
LEAST_MATCHING = 0.999


@pytest.fixture(scope="module")
def datasets(shared: Path) -> list[Path]:
    """The folders of the labelled logs."""
    folders = sorted(path for path in (shared / "patterns" / "datasets").iterdir() if path.is_dir())
    assert folders
    return folders


@pytest.fixture
def evaluate(shared: Path) -> Iterator[object]:
    """The module that scores assignments."""
    sys.path.insert(0, str(shared / "patterns"))
    evaluate = importlib.import_module("evaluate")

    yield evaluate
    sys.path.pop(0)


def _log(folder: Path) -> Path:
    return folder / f"{folder.name}_2k.log"


def _truth(folder: Path) -> Path:
    return folder / f"{folder.name}_2k.log_structured_corrected.csv"


def _patterns(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    process = logagent("patterns", "-o", "csv", *arguments)
    assert process.returncode == 0, process.stderr.decode()
    return process


def test_raw_lines(datasets: list[Path], evaluate: object, tmp_path: Path) -> None:
    load, score = getattr(evaluate, "load"), getattr(evaluate, "score")  # noqa: B009 - untyped
    scores = {}
    for folder in datasets:
        assigned = tmp_path / f"{folder.name}.csv"
        _patterns("--assign", assigned, _log(folder))
        scores[folder.name] = score(load(_truth(folder)), load(assigned))
    table = {name: {column: one[column] for column in LEAST_MEAN} for name, one in scores.items()}
    for column, least in LEAST_MEAN.items():
        assert fmean(one[column] for one in scores.values()) >= least, (column, table)
    for name, one in scores.items():
        assert one["GA"] >= LEAST_GROUPING, (name, one)


def test_new_lines_of_a_second_half(datasets: list[Path], evaluate: object, tmp_path: Path) -> None:
    load = getattr(evaluate, "load")  # noqa: B009 - untyped
    found = expected = right = 0
    for folder in datasets:
        lines = _log(folder).read_bytes().splitlines(keepends=True)
        half = len(lines) // 2
        (tmp_path / "first.log").write_bytes(b"".join(lines[:half]))
        (tmp_path / "second.log").write_bytes(b"".join(lines[half:]))
        model, assigned = tmp_path / f"{folder.name}.json", tmp_path / "second.csv"
        _patterns("--model", model, tmp_path / "first.log")
        _patterns("--model", model, "--frozen", "--assign", assigned, tmp_path / "second.log")
        truth = {number: template for number, (_, template) in load(_truth(folder)).items()}
        known = {template for number, template in truth.items() if number <= half}
        for number, (template_id, _) in load(assigned).items():
            is_new, is_reported = truth[number + half] not in known, template_id is None
            found += is_reported
            expected += is_new
            right += is_new and is_reported
    assert right / found >= LEAST_NOVELTY, (right, found)
    assert right / expected >= LEAST_NOVELTY, (right, expected)


def test_lines_match_the_regex_and_grok_of_their_template(
    datasets: list[Path], tmp_path: Path
) -> None:
    total = by_regex = by_grok = 0
    for folder in datasets:
        assigned = tmp_path / "lines.csv"
        process = logagent("patterns", "-o", "json", "--assign", assigned, _log(folder))
        templates = {one["id"]: one for one in json.loads(process.stdout)["templates"]}
        # Templates are of messages, which end their lines.
        regexes = {name: _unanchored(one["regex"]) for name, one in templates.items()}
        messages: dict[str, list[bytes]] = {}
        lines = _log(folder).read_bytes().split(b"\n")
        with assigned.open() as rows:
            for row in csv.DictReader(rows):
                total += 1
                found = regexes[row["EventId"]].search(lines[int(row["LineId"]) - 1].rstrip(b"\r"))
                if found is not None:
                    messages.setdefault(row["EventId"], []).append(found[0])
        for name, own in messages.items():
            by_regex += len(own)
            # An expression that names no field is no format.
            is_read = bool(templates[name]["fields"])
            path = tmp_path / "messages.log"
            by_grok += _matched_by_grok(templates[name]["grok"], own, path) if is_read else len(own)
    # What is verified are the examples that are kept: a line may hold what none of them does.
    assert by_regex / total >= LEAST_MATCHING, (by_regex, total)
    assert by_grok / total >= LEAST_MATCHING, (by_grok, total)


def _unanchored(regex: str) -> re.Pattern[bytes]:
    assert regex.startswith("^")
    return re.compile(regex[1:].encode())


def _matched_by_grok(grok: str, messages: list[bytes], path: Path) -> int:
    path.write_bytes(b"".join(message + b"\n" for message in messages))
    plan = compile_query(f"grok:{grok}", by=(), option_prefix="--").plan
    return Scan(plan, [str(path)]).run().matched
