"""Sinks that get records and events: each in one frame, whatever happens between."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from logagent._core import Plan
from logagent.errors import CommitError
from logagent.eventlog import EventLog, NewEvent
from logagent.outbox import Outbox, Settings
from logagent.sinks.sink import Content, Frame
from logagent.tap import Tap
from tests.python.outbox.rig import CONFIG, OPTIONS, Overwriting, Rig, line


class Lines(Overwriting):
    """Takes lines; two of them are a frame."""

    def line_frames(self, lines: Sequence[bytes]) -> Iterator[Frame]:
        for start in range(0, len(lines), 2):
            yield Frame(b"[" + b",".join(lines[start : start + 2]) + b"]", len(lines))


class LineRig(Rig):
    """A service with a sink of lines."""

    events: EventLog | None = None

    def start(self, config: str | None = None) -> None:
        self.kind.taken.clear()
        super().start(config)
        self.outbox = Outbox(
            self.directory,
            lambda _: self.times,
            on_note=self.notes.append,
            tap=Tap(self.engine),
            events=self.events,
        )
        wanted = {"source": None, "streams": [], "where": None, **OPTIONS, **self.more}
        settings = Settings("far", Lines, wanted, (), 10, 0.0, Content(wanted["what"]))
        metrics = Plan.from_toml(self.config, origin="config.toml").describe()["metrics"]
        self.outbox.configure([settings], metrics)


def statuses(found: list[list[dict[str, Any]]]) -> list[int]:
    return [record["fields"]["status"] for frame in found for record in frame]


def test_records_are_in_the_frames_of_their_commit(tmp_path: Path) -> None:
    rig = LineRig(tmp_path, Lines, CONFIG, what="records", where="status != 404")
    rig.count(line(0, 200), line(1, 404), line(2, 201), b"not a line\n", line(3, 202))
    assert not rig.sent()
    rig.commit()
    assert statuses(rig.sent()) == [200, 201, 202]
    rig.commit()
    assert rig.channel.content is not None
    assert rig.channel.content.frames == 0
    # What is not committed is counted again by the next process, and sent once.
    rig.count(line(4, 500))
    rig.kill()
    rig.start()
    rig.count(line(4, 500))
    rig.commit()
    assert statuses(rig.sent()) == [500]
    rig.kill()


def test_a_commit_that_fails_is_tried_again_with_its_records(tmp_path: Path) -> None:
    rig = LineRig(tmp_path, Lines, CONFIG, what="records")
    rig.count(line(0, 200))
    snapshot = rig.engine.take()
    assert snapshot is not None
    for _ in range(2):
        ((lines, skipped),) = snapshot.records
        assert orjson.loads(lines)["fields"]["status"] == 200
        assert skipped == 0
    also = [lambda connection: rig.outbox.write(connection, snapshot)]

    def fail(_: sqlite3.Connection) -> None:
        raise OSError(5, "as if")

    with pytest.raises(CommitError):
        rig.store.commit(snapshot.changes(), dropped=[], also=[*also, fail])
    rig.store.commit(snapshot.changes(), dropped=[], also=also)
    rig.engine.commit(snapshot)
    rig.outbox.committed()
    assert statuses(rig.sent()) == [200]
    rig.kill()


def test_events_are_sent_from_where_the_last_commit_was(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events")
    try:
        log.append("alerts", [NewEvent({"n": 0})]).result(10)
        LineRig.events = log
        rig = LineRig(tmp_path, Lines, CONFIG, what="events", streams=["alerts"])
        rig.commit()
        assert not rig.outbox.has_work()
        for number in (1, 2, 3):
            log.append("alerts", [NewEvent({"n": number})]).result(10)
            log.append("agent", [NewEvent({"n": 100})]).result(10)
        assert rig.outbox.has_work()
        rig.commit()
        assert [one["body"]["n"] for frame in rig.sent() for one in frame] == [1, 2, 3]
        rig.kill()
        rig.start()
        log.append("alerts", [NewEvent({"n": 4})]).result(10)
        rig.commit()
        # The frames of the first process were not noted as taken.
        assert [one["body"]["n"] for frame in rig.sent() for one in frame] == [1, 2, 3, 4]
        rig.kill()
    finally:
        LineRig.events = None
        log.close()


def test_a_sink_may_go_over_from_counts_to_records(tmp_path: Path) -> None:
    rig = Rig(tmp_path, Lines, CONFIG)
    rig.count(line(0, 200))
    rig.commit()
    rig.kill()
    after = LineRig(tmp_path, Lines, CONFIG, what="records")
    after.count(line(1, 201))
    after.commit()
    assert statuses(after.sent()) == [201]
    assert after.execute("SELECT count(*) FROM windows") == [(0,)]
    after.kill()
