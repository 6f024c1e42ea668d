"""`logagent scan --incremental` without a far end; with real ones see tests/faults/test_cron.py."""

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.faults.far_end import FarEnd
from tests.python.lines import SAMPLE
from tests.python.process import LOGAGENT, assert_one_error, logagent


def configure(directory: Path, name: str, *, state: str, more: str = "") -> Path:
    path = directory / f"{name}.toml"
    path.write_text(f"""
[agent]
state_dir = "{directory / state}"
[[source]]
name = "{name}"
paths = ["{directory}/access.log"]
format = "combined"
[[metric]]
name = "n_total"
{more}
""")
    return path


def sink(url: str) -> str:
    return f'[[sink]]\nname = "hook"\ntype = "webhook"\nurl = "{url}"\n'


def commits(directory: Path) -> int:
    with sqlite3.connect(directory / "state.sqlite") as connection:
        (value,) = connection.execute("SELECT value FROM meta WHERE key = 'commit'").fetchone()
    connection.close()
    number: int = json.loads(value)["number"]
    return number


def counted(directory: Path) -> int:
    """What the service would show, having gone on from the state."""
    process = logagent("state", "export", "--state-dir", directory)
    (metric,) = json.loads(process.stdout)["metrics"]
    return sum(int(series["values"]["count"]) for series in metric["series"])


def test_it_counts_what_is_new(tmp_path: Path, sample: Path) -> None:
    with sample.open("ab") as file:
        file.write(b"\n")  # a line that is not ended yet waits
    config = configure(tmp_path, "a", state="state")
    expected = int(json.loads(logagent("scan", "-o", "json", sample).stdout)["matched"])
    for times in (1, 2):
        process = logagent("scan", "-c", config, "--incremental")
        assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"")
        assert counted(tmp_path / "state") == times * expected
        with sample.open("ab") as file:
            file.write(SAMPLE + b"\n")


def test_nothing_new_writes_nothing(tmp_path: Path, sample: Path) -> None:
    assert sample.exists()
    with FarEnd() as far_end:
        config = configure(tmp_path, "a", state="state", more=sink(far_end.url))
        for _ in range(2):
            assert logagent("scan", "-c", config, "--incremental").returncode == 0
        taken, before = len(far_end.taken), commits(tmp_path / "state")
        assert logagent("scan", "-c", config, "--incremental").returncode == 0
        assert taken == len(far_end.taken) > 0
        assert commits(tmp_path / "state") == before


def test_several_configurations_in_one_process(tmp_path: Path, sample: Path) -> None:
    assert sample.exists()
    with FarEnd() as far_end:
        one = configure(tmp_path, "a", state="one", more=sink(far_end.url))
        two = configure(tmp_path, "b", state="two", more=sink(far_end.url + "/two"))
        process = logagent("scan", "-c", one, "-c", two, "--incremental")
    assert process.returncode == 0, process.stderr
    assert {taken.path for taken in far_end.taken} == {"/", "/two"}
    assert counted(tmp_path / "one") == counted(tmp_path / "two") > 0


def test_one_state_is_of_one_configuration(tmp_path: Path) -> None:
    one = configure(tmp_path, "a", state="state")
    two = configure(tmp_path, "b", state="state")
    process = logagent("scan", "-c", one, "-c", two, "--incremental")
    assert_one_error(process, says="have one `state_dir`", code=2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--incremental"], "needs a configuration"),
        (["--incremental", "-c", "a.toml", "access.log"], "exclude each other"),
        (["--incremental", "-c", "a.toml", "-o", "json"], "--output and --incremental exclude"),
        (["--wait", "3s", "-c", "a.toml"], "--wait goes with --incremental only"),
        (["-c", "a.toml", "-c", "b.toml"], "go with --incremental only"),
        (["--incremental", "-c", "a.toml", "--wait", "soon"], "`soon` is not a duration"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: list[str], says: str) -> None:
    configure(tmp_path, "a", state="state")
    process = logagent("scan", *arguments, cwd=tmp_path)
    assert_one_error(process, says=says, code=2)


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text('[[source]]\nname = "a"\nformat = "combined"\n[[metric]]\nname = "n_total"\n')
    process = logagent("scan", "-c", config, "--incremental")
    assert_one_error(process, says="names `paths`", code=2)


def test_an_unreadable_file_is_said(tmp_path: Path, sample: Path) -> None:
    sample.chmod(0)
    config = configure(tmp_path, "a", state="state")
    process = logagent("scan", "-c", config, "--incremental", obeys_permissions=True)
    assert_one_error(process, says="access.log: permission denied", code=1)


def test_the_second_run_waits(tmp_path: Path, sample: Path) -> None:
    """The first one hangs at its far end until that ends, then the second has its turn."""
    assert sample.exists()
    with FarEnd(lambda _: (503, {}, b"")) as far_end:
        more = sink(far_end.url)
        config = configure(tmp_path, "a", state="state", more=more)
        command = [*LOGAGENT, "scan", "-c", str(config), "--incremental", "--wait", "60s"]
        runs = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
        said = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [1, 1], said
    assert all(b"is left to the next run" in text for text in said)


def test_other_sources_are_read_until_there_is_no_more(tmp_path: Path) -> None:
    config = tmp_path / "a.toml"
    config.write_text(f"""
[agent]
state_dir = "{tmp_path / "state"}"
[[source]]
name = "a"
type = "stdin"
format = "combined"
[[metric]]
name = "n_total"
""")
    for times in (1, 2):
        process = logagent("scan", "-c", config, "--incremental", stdin=SAMPLE + b"\n")
        assert process.returncode == 0, process.stderr
        assert counted(tmp_path / "state") == times * 5


def test_a_source_that_fails_is_said_once(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"""
[agent]
state_dir = "{tmp_path / "state"}"
[[source]]
name = "sys"
type = "syslog"
unix = "/nowhere/at/all.sock"
format = "combined"
[[metric]]
name = "n_total"
""")
    process = logagent("scan", "-c", config, "--incremental")
    assert_one_error(process, says="source sys: cannot listen at /nowhere/at/all.sock", code=1)


CHECKED = """
[[checker]]
name = "many"
type = "threshold"
metric = "n_total"
measure = "count"
over = "10s"
above = 3
[[receiver]]
name = "told"
type = "webhook"
url = "{url}"
max_age = "36500d"
"""


def test_checkers_find_and_receivers_are_told_each_once(tmp_path: Path, sample: Path) -> None:
    """A far end that fails gets it from the next run; what was judged is not judged again."""
    assert sample.exists()
    with FarEnd(lambda _: (503, {}, b"")) as far_end:
        config = configure(tmp_path, "a", state="state", more=CHECKED.format(url=far_end.url))
        process = logagent("scan", "-c", config, "--incremental")
        assert process.returncode == 1
        said = process.stderr.decode().splitlines()
        assert len(said) == 2, said
        assert said[0] == "note: many: count of n_total is 4 over 10s, above 3"
        assert said[1].startswith("error: receiver told: 2 findings are left to the next run: http")
        far_end.answer = lambda _: (204, {}, b"")
        far_end.taken.clear()
        for _ in range(2):
            process = logagent("scan", "-c", config, "--incremental")
            assert (process.returncode, process.stderr) == (0, b"")
    findings = [one for taken in far_end.taken for one in json.loads(taken.body)["findings"]]
    assert [one["phase"] for one in findings] == ["open", "close"]
    with sqlite3.connect(tmp_path / "state" / "events" / "events.sqlite") as connection:
        (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    assert count == 2
