"""Cases of other tools' own test suites: which pass, and why the others do not."""

import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.corpus import conformance

KNOWN = Path(__file__).with_name("known.toml")


def test_cases(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "conformance"
    known: dict[str, str] = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
    check = conformance.scorer(folder)
    total: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    failing: dict[str, str] = {}
    for case in conformance.cases(folder):
        total[case["kind"]] += 1
        different = check(case, conformance.parsed(case, tmp_path))
        if different:
            failing[case["id"]] = str(different[0])
        else:
            passed[case["kind"]] += 1
    shown = [f"{sum(passed.values())} of {sum(total.values())} conformance cases pass; not all of:"]
    partly = sorted(kind for kind in total if passed[kind] < total[kind])
    shown += [f"  {kind}: {passed[kind]} of {total[kind]}" for kind in partly]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(shown) + "\n")
    unexpected = {name: why for name, why in failing.items() if name not in known}
    assert unexpected == {}, "these fail, and tests/corpus/known.toml does not say why"
    mended = sorted(set(known) - set(failing))
    assert mended == [], "these pass now: take them out of tests/corpus/known.toml"
