"""Who may import whom in python/logagent: only what stands in an earlier row."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "python" / "logagent"
ROWS = (
    {"logagent.masking"},
    {"logagent.errors", "logagent.printable", "logagent._core", "logagent.toml"},
    {"logagent.instants", "logagent.table", "logagent.query", "logagent.job", "logagent.tap"},
    {"logagent.options"},
    {"logagent.extensions"},
    {"logagent.config"},
    {"logagent.posting", "logagent.client", "logagent.aws", "logagent.librdkafka"},
    {"logagent.state"},
    {"logagent.eventlog", "logagent.sources"},
    {"logagent.sinks", "logagent.checkers", "logagent.receivers"},
    {"logagent.outbox", "logagent.alerting", "logagent.monitoring"},
    {"logagent.result", "logagent.explanation", "logagent.families", "logagent.patterns"},
    {"logagent.suggest", "logagent.importers"},
    {"logagent.report", "logagent.library", "logagent.outline", "logagent.preview"},
    {"logagent.live"},
    {"logagent.http", "logagent.tui"},
    {"logagent.daemon"},
    {"logagent"},
    {"logagent.cli"},
    {"logagent.__main__"},
)
RANKS = {module: rank for rank, row in enumerate(ROWS) for module in row}
# `repr` of a result shows the report, which is made of results.
ALLOWED = {("logagent.result", "logagent.report")}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    """The module of a file; the modules of a package count as the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(["logagent", *(part for part in parts[:1] if part != "__init__")])


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "logagent":
            names = [f"logagent.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "logagent":
                yield ".".join(name.split(".")[:2])


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    module = module_of(path)
    assert module in RANKS, "give the new module its row above"
    for imported in imports_of(path):
        if imported != module and (module, imported) not in ALLOWED:
            assert RANKS[imported] < RANKS[module], f"{module} imports {imported}"
