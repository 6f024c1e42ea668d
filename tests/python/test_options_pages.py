"""The tables of options in docs/ are those that the types declare, and their examples load."""

import re
from pathlib import Path

import pytest
from scripts.write_options import filled

from logagent.config import load

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if "<!-- options: " in path.read_text()]
EXAMPLES = [
    *sorted((DOCS / "sinks").glob("*.md")),
    *(page for page in sorted((DOCS / "sources").glob("*.md")) if page.stem != "README"),
]
METRIC = """
[agent]
slot = "10s"
[[metric]]
name = "http_requests_total"
labels = ["status", "vhost"]
"""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_tables_are_up_to_date(page: Path) -> None:
    assert page.read_text() == filled(page.read_text()), "run `make docs`"


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_examples_load(page: Path, tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", page.read_text(), re.DOTALL)
    assert example is not None
    text = example[1]
    for file in ("influx.token", "hook.secret"):
        text = text.replace(f"/etc/logagent/{file}", str(tmp_path / file))
        (tmp_path / file).write_text("secret")
    config = tmp_path / "config.toml"
    config.write_text(text if "[[metric]]" in text else METRIC + text)
    load(config)
