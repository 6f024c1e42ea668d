"""Models of log patterns in Python."""

from pathlib import Path

import pytest

from logagent import patterns
from logagent._core import Mine, Model
from logagent.errors import LogagentError


def _model(path: Path, lines: list[str]) -> Model:
    path.write_text("".join(f"{line}\n" for line in lines))
    model = Model()
    found = Mine(model, [str(path)]).run()
    assert found["lines"] == len(lines)
    return model


def _jobs(first: int, last: int) -> list[str]:
    return [f"job {number} of queue mail finished" for number in range(first, last)]


def test_models_of_two_hosts_are_one(tmp_path: Path) -> None:
    one = _model(tmp_path / "one.log", _jobs(0, 10))
    other = _model(tmp_path / "other.log", [*_jobs(10, 15), "disk is full"])
    both = _model(tmp_path / "both.log", [*_jobs(0, 15), "disk is full"])
    (jobs,) = one.templates()
    one.merge(other)
    merged = {template["id"]: template["count"] for template in one.templates()}
    assert merged == {template["id"]: template["count"] for template in both.templates()}
    assert merged[jobs["id"]] == 15
    assert one.lines == 16


def test_models_are_kept_whole(tmp_path: Path) -> None:
    model = _model(tmp_path / "app.log", _jobs(0, 3))
    path = tmp_path / "model.json"
    patterns.save_model(model, str(path))
    assert patterns.is_model(str(path))
    assert not patterns.is_model(str(tmp_path / "app.log"))
    assert patterns.load_model(str(path)).to_json() == model.to_json()
    assert [one.name for one in tmp_path.glob("*.part")] == []
    path.write_text(path.read_text().replace('"version":1', '"version":9'))
    with pytest.raises(LogagentError, match="version 9"):
        patterns.load_model(str(path))


def test_a_job_that_fails_leaves_the_model(tmp_path: Path) -> None:
    model = _model(tmp_path / "app.log", _jobs(0, 3))
    with Path("/dev/full").open("wb") as full:
        job = Mine(model, [str(tmp_path / "app.log")], mode="frozen", assign_fd=full.fileno())
        with pytest.raises(OSError, match="No space left"):
            job.run()
    assert model.lines == 3
    with pytest.raises(ValueError, match="no mode `lern`: learn or frozen"):
        Mine(model, [], mode="lern")  # type: ignore[arg-type]


def test_rates_that_changed(tmp_path: Path) -> None:
    before = _model(tmp_path / "a.log", _jobs(0, 90) + ["disk is full"] * 10)
    after = _model(tmp_path / "b.log", _jobs(0, 10) + ["disk is full"] * 90)
    found = {one.template["template"]: one.kind for one in patterns.changes(before, after)}
    assert found == {"job <*> of queue mail finished": "less", "disk is full": "more"}


def test_sparklines() -> None:
    assert patterns.sparkline([1, 0, 4, 8], blocks=True) == "▁ ▄█"
    assert len(patterns.sparkline(list(range(32)), blocks=True)) == 16
    assert patterns.sparkline([1, 2], blocks=False) == ""
    assert patterns.sparkline(None, blocks=True) == ""
