"""The unit for systemd: valid, and with few rights."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.python.process import logagent

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "packaging" / "systemd" / "logagent.service"
_NOT_FOUND = 127


def systemd_analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    process = subprocess.run(
        [ROOT / "scripts" / "systemd-analyze.sh", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if process.returncode == _NOT_FOUND and "CI" not in os.environ:
        pytest.skip(process.stderr.strip())
    return process


@pytest.fixture
def installed_unit(tmp_path: Path) -> Path:
    """The unit as it is where its program is installed."""
    program = tmp_path / "logagent"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "logagent.service"
    unit.write_text(
        re.sub(r"^ExecStart=\S+", f"ExecStart={program}", UNIT.read_text(), flags=re.MULTILINE)
    )
    return unit


def test_systemd_understands_all_of_it(installed_unit: Path) -> None:
    process = systemd_analyze("verify", "--man=no", installed_unit)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


def test_its_rights_are_few() -> None:
    process = systemd_analyze("security", "--offline=true", "--threshold=15", UNIT)
    found = re.search(r"Overall exposure level for logagent\.service: ([\d.]+)", process.stdout)
    assert found, process.stderr
    assert float(found[1]) <= 1.5
    assert process.returncode == 0


def test_it_starts_a_command_that_exists() -> None:
    command = re.search(r"^ExecStart=\S+/logagent (\w+) ", UNIT.read_text(), re.MULTILINE)
    assert command
    assert logagent(command[1], "--help").returncode == 0
