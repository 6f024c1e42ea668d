"""A checker over records while the service is killed: each record reaches it once."""

import itertools
from functools import partial
from pathlib import Path

from tests.faults.scale import choices, pick
from tests.python.checkers.packaged import install, table
from tests.python.checkers.test_records import (
    CONFIG,
    FAILURES,
    LATELY,
    LOGIN,
    append,
    ask,
    findings,
    guess,
)
from tests.python.daemon.running import Running, running
from tests.python.waiting import wait_until

KILLS = pick(4, 40)
LOGINS = 50
"""Between two kills."""


def has_found(service: Running, count: int) -> bool:
    return len(findings(service)) >= count


def test_kills_neither_lose_nor_repeat_a_record(tmp_path: Path) -> None:
    random = choices("checkers")
    environment = install(tmp_path, "guessing")
    config = tmp_path / "config.toml"
    text = CONFIG.replace('"access.log"', f'"{tmp_path / "access.log"}"')
    config.write_text(text.replace('"state"', f'"{tmp_path / "state"}"') + table("guessing"))
    (tmp_path / "access.log").touch()
    numbers, expected = itertools.count(), []
    left: list[str] = []
    for kill in range(KILLS + 1):
        with running(config, environment=environment) as service:
            if kill == 0:
                assert ask(service, "POST", "/guessed/model/login", LOGIN)[0] == 201
            for _ in range(LOGINS):
                client, failures = f"192.0.2.{next(numbers)}", random.randrange(5)
                expected += [f"login {client}"] * (2 * (failures >= FAILURES))
                left += guess(LATELY, client, failures)
            # Some of it comes before the kill, the rest when the service is there again.
            cut = random.randrange(1, len(left)) if kill < KILLS else len(left)
            append(tmp_path, left[:cut])
            left = left[cut:]
            if kill < KILLS:
                wait_until(lambda: service.value("requests_total") > 0)
                service.process.kill()
                continue
            wait_until(partial(has_found, service, len(expected)))
            found = [key.split("/")[1].rsplit(" ", 1)[0] for key in findings(service)]
    assert sorted(found) == sorted(expected)  # the log is sorted by time within a commit
