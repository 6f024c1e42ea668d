import os
from pathlib import Path

import pytest

from logagent.daemon.configuration import Configuration
from logagent.errors import ConfigError
from tests.python.daemon.fakes import CONFIG, write_config

WITH_FILES = (
    'include = ["conf.d/*.toml"]\n'
    + CONFIG
    + """
[categories.group]
on = "path"
rules_file = "rules.csv"
default = "other"
"""
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.toml").write_text('[[metric]]\nname = "more_total"\n')
    (tmp_path / "rules.csv").write_text("Id,Regex,Rank\na,^/a,1\n")
    return write_config(tmp_path, WITH_FILES)


def test_what_is_loaded(config: Path) -> None:
    loaded = Configuration.load(str(config))
    assert loaded.agent["commit_interval_seconds"] == 0.1
    assert loaded.access.is_open
    assert loaded.tls_context() is None
    assert len(loaded.digest) == 64
    assert Configuration.load(str(config)).digest == loaded.digest


@pytest.mark.parametrize("name", ["config.toml", "conf.d/a.toml", "conf.d/b.toml", "rules.csv"])
def test_each_file_is_part_of_it(config: Path, name: str) -> None:
    loaded = Configuration.load(str(config))
    before = loaded.stamp()
    assert loaded.stamp() == before
    path = config.parent / name
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    assert loaded.stamp() != before
    assert Configuration.load(str(config)).digest != loaded.digest or name == "conf.d/b.toml"


def test_a_file_that_is_removed_is_a_change(config: Path) -> None:
    loaded = Configuration.load(str(config))
    before = loaded.stamp()
    (config.parent / "conf.d" / "a.toml").unlink()
    assert loaded.stamp() != before


def test_a_file_that_is_replaced_with_its_time_is_a_change(config: Path) -> None:
    loaded = Configuration.load(str(config))
    before, status = loaded.stamp(), config.stat()
    other = config.with_name("other")
    other.write_bytes(config.read_bytes())
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(config)
    assert loaded.stamp() != before


def test_problems_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("short\n")
    agent = 'token_file = "token"\ntls_cert = "none.pem"\ntls_key = "none.key"\n'
    text = CONFIG.replace("[agent]\n", "[agent]\n" + agent)
    text = text.replace("requests_total", "logagent_lines_total")
    with pytest.raises(ConfigError) as caught:
        Configuration.load(str(write_config(tmp_path, text)))
    origins = [Path(problem.origin or "").name for problem in caught.value.problems]
    assert origins == ["config.toml", "token", "none.pem"]


def test_names_of_the_services_own_metrics_are_taken(tmp_path: Path) -> None:
    for name, is_taken in {
        "logagent_x": True,
        "process_cpu_seconds_total": True,
        "process_steps_total": False,
    }.items():
        config = write_config(tmp_path, CONFIG.replace("requests_total", name))
        if is_taken:
            with pytest.raises(ConfigError, match=name):
                Configuration.load(str(config))
        else:
            Configuration.load(str(config))


def test_what_only_a_restart_changes(tmp_path: Path) -> None:
    old = Configuration.load(str(write_config(tmp_path)))
    assert old.needs_restart(old) == []
    text = CONFIG.replace("127.0.0.1:0", "127.0.0.1:1").replace(
        "[agent]", '[agent]\nstate_dir = "x"'
    )
    new = Configuration.load(str(write_config(tmp_path, text)))
    assert old.needs_restart(new) == ["listen", "state_dir"]
