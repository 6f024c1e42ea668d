"""The packages that docs/checkers.md shows, installed for a process."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[3] / "docs" / "checkers.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def blocks(language: str, holds: str) -> list[str]:
    """The examples of a language with a text in them; there has to be one."""
    found = [text for name, text in BLOCKS if name == language and holds in text]
    assert found
    return found


def install(directory: Path, name: str) -> dict[str, str]:
    """Install the package with the checker `name`; the environment in which it is found."""
    (code,) = blocks("python", f"class {name.capitalize()}(")
    (directory / f"{name}.py").write_text(code)
    (project,) = blocks("toml", f'name = "logagent-{name}"')
    (line,) = re.findall(rf"^{name} = \"(.*)\"$", project, re.MULTILINE)
    metadata = directory / f"logagent_{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: logagent-{name}\n")
    (metadata / "entry_points.txt").write_text(f"[logagent.checkers]\n{name} = {line}\n")
    return {"PYTHONPATH": str(directory)}


def table(name: str) -> str:
    """The `[[checker]]` of the package."""
    (text,) = blocks("toml", f'type = "{name}"')
    return text
