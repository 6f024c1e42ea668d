"""What `suggest` and `import` write can be used as it is."""

import json
from pathlib import Path

import pytest

from tests.python.cli.test_app import FILES
from tests.python.process import logagent

LEAST_SHOWN = 5
"""Of the 5000 lines; a smaller share is only said to be small."""


def scanned(folder: Path, config: bytes, *arguments: str) -> dict[str, int]:
    """The lines of `shop.log` that each value of `url_group` counted, by a configuration."""
    (folder / "written.toml").write_bytes(config)
    process = logagent("scan", "-c", "written.toml", "-o", "json", *arguments, cwd=folder)
    assert process.returncode == 0, process.stderr.decode()
    metric = json.loads(process.stdout)["metrics"][0]
    counts: dict[str, int] = {}
    for series in metric["series"]:
        group = series["labels"].get("url_group", "")
        counts[group] = counts.get(group, 0) + series["count"]
    return counts


def test_every_rule_of_a_proposal_wins_as_often_as_it_says(tmp_path: Path) -> None:
    logagent("generate", "--lines", "5000", "-o", "shop.log", cwd=tmp_path)
    config = logagent("suggest", "shop.log", cwd=tmp_path).stdout
    counts = scanned(tmp_path, config)
    lines = config.decode().partition("[categories.traffic]")[0].splitlines()
    for group, count in counts.items():
        name = 'default = "other"' if group == "other" else f'name = "{group}"'
        (line,) = [line for line in lines if name in line and "# " in line]
        assert f"# {count / 50:.1f} % of requests" in line or count < LEAST_SHOWN
    assert sum(counts.values()) == 5000


@pytest.mark.parametrize(
    ("tool", "file"),
    [
        ("edgesense", "mapping.csv"),
        ("multibrain", "multibrain.json"),
        ("mtail", "requests.mtail"),
        ("nginxlog-exporter", "exporter.yaml"),
    ],
)
def test_imports_can_be_compiled(tool: str, file: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(FILES[file])
    config = logagent("import", tool, file, cwd=tmp_path).stdout
    if b"[[source]]" not in config:
        config += b'[[source]]\nname = "a"\nformat = "combined"\n'
    (tmp_path / "written.toml").write_bytes(config)
    process = logagent("explain", "-c", "written.toml", "GET 200", cwd=tmp_path)
    assert process.returncode in {0, 1}, process.stderr.decode()
