"""Another configuration while lines come: each line is counted by one of the two, none by none."""

import random
import time
from pathlib import Path

from tests.faults.agent import METRICS, Agent
from tests.faults.ledger import Ledger
from tests.faults.monotone import watching
from tests.faults.scale import pick
from tests.faults.writer import writing

_EPOCHS = """
[[metric]]
name = "by_epoch_total"
labels = ["epoch"]

[categories.epoch]
default = "{epoch}"
rules = [{{ name = "never", when = "status == 999" }}]
"""


def test_reloads_under_load(agent: Agent, log: Path, choose: random.Random) -> None:
    """By signal and by HTTP; a wrong file in between changes nothing; its problems are told."""
    agent.metrics = METRICS + _EPOCHS.format(epoch="e0")
    agent.configure()
    agent.start()
    epochs = pick(20, 100)
    with writing(log, rate=20_000, rotate_seconds=2, gzip=True) as writer, watching(agent):
        for epoch in range(1, epochs + 1):
            agent.metrics = METRICS + "[[metric]]\nname = 7\n"
            agent.configure()
            status, body = agent.ask("/-/reload", method="POST")
            assert status == 400
            assert b"config.toml:" in body
            agent.metrics = METRICS + _EPOCHS.format(epoch=f"e{epoch}")
            agent.configure()
            if epoch % 2:
                assert agent.ask("/-/reload", method="POST")[0] == 200
            else:
                agent.reload()
            time.sleep(0.2 * choose.random())
        total = writer.stop()
        agent.wait_for(total)
        scrape = agent.scrape()
    assert scrape.sum("by_epoch_total") == total.lines
    assert len(scrape.family("by_epoch_total")) > epochs / 4
    assert scrape.sum("logagent_config_last_reload_successful") == 1
    agent.settles_at(total)


def test_a_wrong_file_by_signal(agent: Agent, log: Path, ledger: Ledger) -> None:
    """The old plan goes on; the log and a metric say so. A right one makes it well again."""
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    right = agent.config.read_text()
    agent.config.write_text(right.replace("lines_total", "no name"))
    agent.reload()
    agent.wait_until(
        lambda: agent.scrape().sum("logagent_config_last_reload_successful") == 0, "says nothing"
    )
    assert "config.toml:" in agent.said()
    with log.open("ab") as file:
        file.write(ledger.lines(100))
    agent.wait_for(ledger.total)
    agent.config.write_text(right)
    agent.reload()
    agent.wait_until(
        lambda: agent.scrape().sum("logagent_config_last_reload_successful") == 1,
        "is not well again",
    )
    agent.settles_at(ledger.total)


def test_a_file_that_is_being_written(agent: Agent, log: Path, ledger: Ledger) -> None:
    """What is there of it is a configuration without sources or metrics: no reason to forget."""
    log.write_bytes(ledger.lines(100))
    agent.start()
    agent.wait_for(ledger.total)
    whole = agent.config.read_text()
    for written in ("", whole[: whole.index("[[source]]")], whole[: whole.index("[[metric]]")]):
        agent.config.write_text(written)
        assert agent.ask("/-/reload", method="POST")[0] == 400
    agent.config.write_text(whole)
    assert agent.ask("/-/reload", method="POST")[0] == 200
    agent.settles_at(ledger.total)


def test_a_metric_that_changes(agent: Agent, log: Path, ledger: Ledger) -> None:
    """It begins anew; those whose definition did not change keep what they have."""
    agent.metrics = METRICS + '[[metric]]\nname = "other_total"\nlabels = ["status"]\n'
    agent.configure()
    log.write_bytes(ledger.lines(300))
    agent.start()
    agent.wait_for(ledger.total)
    agent.metrics = METRICS + '[[metric]]\nname = "other_total"\nlabels = ["method"]\n'
    agent.configure()
    assert agent.ask("/-/reload", method="POST")[0] == 200
    with log.open("ab") as file:
        file.write(ledger.lines(30))
    agent.wait_for(ledger.total)
    assert agent.scrape().family("other_total") == {(("method", "GET"),): 30}
    agent.settles_at(ledger.total)
    assert agent.scrape().family("other_total") == {(("method", "GET"),): 30}
