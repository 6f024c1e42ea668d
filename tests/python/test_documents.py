"""What the documents promise is there: targets, files, command lines' programs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REFERENCE = ["docs/configuration.md", "docs/formats.md", "docs/problems.md"]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "benches/README.md", *REFERENCE]
GUIDES = [
    "docs/checkers.md",
    "docs/conditions.md",
    "docs/http.md",
    "docs/service.md",
    "docs/slots.md",
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE))
    assert named
    assert named <= targets


@pytest.mark.parametrize("document", [*DOCUMENTS, *GUIDES])
def test_relative_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
