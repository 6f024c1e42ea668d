"""Groups of paths: learnt by scans and by the engine, kept in the state, and never renamed."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from logagent._core import Engine, Plan, Scan, path_groups
from logagent.config import load
from logagent.errors import ConfigError
from tests.python.process import assert_one_error, logagent
from tests.python.test_engine import Database, append, commit, read

MINED = """
[[source]]
name = "web"
paths = ["{directory}/*.log"]
format = "$status $path"
[categories.page]
on = "path"
rules = [{{ name = "health", exact = "/health" }}]
mined = true
limit = 20
default = "other"
[[metric]]
name = "requests_total"
labels = ["page"]
"""
SHOP = {"/orders/<num>/items", "/users/<word>/profile", "/about"}


def plan_for(directory: Path) -> Plan:
    return Plan.from_toml(MINED.format(directory=directory), origin="test")


def lines(first: int, end: int) -> bytes:
    """Requests of a shop, one in five of them for the health check, few for what nobody knows."""

    def path(number: int) -> str:
        return [
            f"/orders/{number}/items",
            f"/users/user{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}/profile?tab={number}",
            "/about",
            "/health",
            f"/{number * 7919:x}.php" if number % 100 == 4 else f"/orders/{number}/items",
        ][number % 5]

    return "".join(f"200 {path(number)}\n" for number in range(first, end)).encode()


def by_page(plan: Plan, path: Path, *, threads: int = 1) -> dict[str | None, int]:
    series = Scan(plan, [str(path)], threads=threads).run().series(0)
    return dict(zip(series["labels"]["page"], series["count"], strict=True))


def shown(engine: Engine) -> dict[str, int]:
    text = engine.exposition().decode()
    rows = [line for line in text.splitlines() if line.startswith("requests_total{")]
    return {row.split('"')[1]: int(row.rsplit(" ", 1)[1]) for row in rows}


def test_a_scan_learns_before_it_counts(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(lines(0, 5000))
    plan = plan_for(tmp_path)
    found = by_page(plan, log)
    assert set(found) == {*SHOP, "health", "other"}
    assert (found["health"], found["/about"], found["other"]) == (1000, 1000, 50)
    for threads in (2, 4):
        assert by_page(plan, log, threads=threads) == found
    learnt = plan.learn([str(log)])
    assert {name for name, _ in learnt.groups()["page"]} == SHOP
    assert by_page(learnt, log) == found
    assert plan.groups() == {"page": []}  # a plan never changes


def test_standard_input_cannot_be_learnt_from(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(MINED.format(directory=tmp_path))
    process = logagent("scan", "-c", config, "-", stdin=lines(0, 100))
    assert_one_error(process, says="name a file", code=2)


def test_workers_count_by_the_same_groups(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(lines(0, 5000))
    (tmp_path / "b.log").write_bytes(lines(5000, 5100))
    plan = plan_for(tmp_path)
    learnt = plan.learn([str(tmp_path / "a.log")])
    groups = {name: [group for group, _ in own] for name, own in learnt.groups().items()}
    same = plan.with_groups(groups)
    total = Scan(same, [str(tmp_path / "a.log")]).run()
    total.merge(Scan(same, [str(tmp_path / "b.log")]).run())
    series = total.series(0)
    assert set(series["labels"]["page"]) == {*SHOP, "health", "other"}
    assert sum(series["count"]) == 5100
    assert plan.with_groups({"elsewhere": ["/x"]}).groups() == {"page": []}


def test_the_engine_learns_and_keeps_names(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, lines(0, 5000))
    plan, database = plan_for(tmp_path), Database()
    engine = Engine(plan)
    read(engine)
    assert engine.stats()["groups"] == {"page": []}
    commit(engine, database)  # the groups are durable with the counts, and in use from now on
    assert set(engine.stats()["groups"]["page"]) == SHOP
    before = shown(engine)
    assert before == {"health": 1000, "other": 4000}
    append(log, lines(5000, 6000))
    read(engine)
    commit(engine, database)
    expected = {"health": 1200, "/about": 200, "/users/<word>/profile": 200}
    assert {name: shown(engine)[name] for name in expected} == expected
    assert shown(engine)["other"] == before["other"] + 10

    # Killed here: the next process begins with the rows, and counts by the same names at once.
    append(log, lines(6000, 7000))
    again = Engine(plan)
    again.restore(database.rows())
    assert again.stats()["groups"] == engine.stats()["groups"]
    read(again)
    commit(again, database)
    assert shown(again)["/about"] == 400
    assert sum(shown(again).values()) == 7000


def test_a_reload_keeps_groups(tmp_path: Path) -> None:
    append(tmp_path / "a.log", lines(0, 5000))
    database = Database()
    engine = Engine(plan_for(tmp_path))
    read(engine)
    commit(engine, database)
    engine.reload(plan_for(tmp_path))
    append(tmp_path / "a.log", lines(5000, 6000))
    read(engine)
    commit(engine, database)
    assert shown(engine)["/about"] == 200
    narrow = MINED.format(directory=tmp_path).replace("limit = 20", "limit = 1")
    engine.reload(Plan.from_toml(narrow, origin="test"))
    assert len(engine.stats()["groups"]["page"]) == 1
    engine.reload(Plan.from_toml(narrow.replace("mined = true\nlimit = 1\n", ""), origin="test"))
    assert engine.stats()["groups"] == {}


def test_what_was_not_committed_is_learnt_again(tmp_path: Path) -> None:
    append(tmp_path / "a.log", lines(0, 5000))
    plan = plan_for(tmp_path)
    killed = Engine(plan)
    read(killed)
    assert killed.take() is not None
    database = Database()
    engine = Engine(plan)
    read(engine)
    commit(engine, database)
    assert set(engine.stats()["groups"]["page"]) == SHOP


def test_a_short_run_leaves_its_groups_to_the_next(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    state = f'[agent]\nstate_dir = "{tmp_path}/state"\n'
    config.write_text(state + MINED.format(directory=tmp_path))
    for first in (0, 400):
        append(tmp_path / "a.log", lines(first, first + 400))
        process = logagent("scan", "--incremental", "-c", config)
        assert process.returncode == 0, process.stderr
    exported = logagent("state", "export", "-c", config).stdout.decode()
    assert all(group in exported for group in SHOP)


def test_groups_of_paths_at_hand() -> None:
    found = dict(path_groups([(f"/a/{n}/b", 3) for n in range(40)] + [("/", 10), ("/x", 2)], 10))
    assert set(found) == {"/a/<num>/b", "/"}
    assert path_groups([], 10) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('default = "other"', 'default = "$0"'), "`default` holds a group"),
        (("limit = 20", "limit = 0"), "limit"),
        (("mined = true\n", ""), "nothing is mined"),
        (('on = "path"\n', ""), "`on`"),
        (("mined = true", "mined = true\nreplace = [{ regex = 'a', with = 'b' }]"), "beside"),
    ],
)
def test_mistakes(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(MINED.format(directory=tmp_path).replace(*change))
    with pytest.raises(ConfigError, match=message):
        load(config)


def test_groups_are_printed_as_rules(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(lines(0, 5000))
    process = logagent("patterns", "--paths", "-f", "$status $path", log)
    assert process.returncode == 0, process.stderr
    category: dict[str, Any] = tomllib.loads(process.stdout.decode())["categories"]["url_group"]
    assert {rule["name"] for rule in category["rules"]} == {*SHOP, "/health"}
    # Pasted, they count what the learnt ones do.
    ruled = MINED.format(directory=tmp_path).split("[categories.page]")[0] + process.stdout.decode()
    ruled += '[[metric]]\nname = "requests_total"\nlabels = ["url_group"]\n'
    series = Scan(Plan.from_toml(ruled, origin="test"), [str(log)]).run().series(0)
    counts = dict(zip(series["labels"]["url_group"], series["count"], strict=True))
    assert (counts["/users/<word>/profile"], counts["other"]) == (1000, 50)
    assert_one_error(logagent("patterns", "--paths", stdin=b"x\n"), says="FILE", code=2)
    assert_one_error(logagent("patterns", "-f", "json", log), says="--paths", code=2)
