"""An engine, a state and an outbox without threads of their own, and a sink that remembers."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import orjson

from logagent._core import Engine, Plan
from logagent.outbox import Channel, Outbox, Settings, Times
from logagent.sinks.points import window_points
from logagent.sinks.sink import Frame, Mode, Window
from logagent.state import Store
from logagent.state.rows import no_rows

START = 1_795_000_000
"""A multiple of ten seconds."""
CONFIG = """
[agent]
slot = "10s"
[[source]]
name = "web"
paths = ["/nonexistent/web.log"]
format = "combined"
[[metric]]
name = "requests"
labels = ["status"]
sums = ["bytes"]
[[sink]]
name = "far"
type = "influxdb"
url = "http://localhost"
database = "x"
"""
OPTIONS = {"outbox_size": 256 << 20, "outbox_age": 86_400.0}


class Overwriting:
    """A sink whose frames are JSON; what it takes stays in `taken`, by name."""

    mode: ClassVar[Mode] = Mode.OVERWRITES
    taken: ClassVar[dict[str, list[tuple[int, bytes]]]] = {}
    outcome: ClassVar[Callable[[bytes], None]] = lambda _: None

    def __init__(self, name: str, _options: Mapping[str, Any]) -> None:
        self._taken = self.taken.setdefault(name, [])

    def frames(self, windows: Iterable[Window]) -> Iterator[Frame]:
        for window in windows:
            points = [point.body for point in window_points(window, {})]
            yield Frame(b"[" + b",".join(points) + b"]", len(points))

    def send(self, frame: bytes, sequence: int) -> None:
        type(self).outcome(frame)
        self._taken.append((sequence, frame))

    def close(self) -> None:
        pass


class Adding(Overwriting):
    mode: ClassVar[Mode] = Mode.ADDS


def line(seconds: float, status: int = 200, size: int = 1) -> bytes:
    """A line that happened so long behind `START`."""
    stamp = datetime.fromtimestamp(START + seconds, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'192.0.2.1 - - [{stamp}] "GET / HTTP/1.1" {status} {size} "-" "-"\n'.encode()


class Rig:
    """One service, which may be killed and started again."""

    def __init__(self, directory: Path, kind: type[Overwriting], config: str, **more: Any) -> None:  # noqa: ANN401
        self.directory = directory
        self.kind = kind
        self.config = config
        self.more = more
        self.times = Times(None, None)
        self.notes: list[str] = []
        self.position = 0
        kind.taken.clear()
        self.start()

    def start(self, config: str | None = None) -> None:
        self.config = config or self.config
        plan = Plan.from_toml(self.config, origin="config.toml")
        self.store = Store.open(self.directory)
        self.engine = Engine(plan)
        self.dropped = self.engine.restore(self.store.load())
        self.outbox = Outbox(self.directory, lambda _: self.times, on_note=self.notes.append)
        self.outbox.configure(self.settings(plan), plan.describe()["metrics"])

    def settings(self, plan: Plan) -> Sequence[Settings]:
        return [
            Settings(
                sink["name"],
                self.kind,
                {**OPTIONS, **self.more},
                tuple(sink["metrics"]),
                int(sink["every_seconds"]),
                sink["lateness_seconds"],
            )
            for sink in plan.describe()["sinks"]
        ]

    def kill(self) -> None:
        """What is not committed is gone; senders of a process that is dead send nothing more."""
        self.outbox.stop()
        self.outbox.join(10)
        self.store.close()

    def count(self, *lines: bytes) -> None:
        self.position += 1
        self.engine.feed("web", ("web", str(self.position)), b"".join(lines))

    def commit(self, also: Callable[[sqlite3.Connection], None] | None = None) -> None:
        snapshot = self.engine.take()
        changes = no_rows() if snapshot is None else snapshot.changes()
        additions = [lambda connection: self.outbox.write(connection, snapshot)]
        self.store.commit(
            changes, dropped=self.dropped, also=[*additions, *([also] if also else [])]
        )
        self.dropped = []
        if snapshot is not None:
            self.engine.commit(snapshot)
        self.outbox.committed()

    def at(self, seconds: float | None, *, closed: float | None = None) -> "Rig":
        """Event time has come to so long behind `START`."""
        self.times = Times(
            None if seconds is None else START + seconds,
            None if closed is None else START + closed,
        )
        return self

    @property
    def channel(self) -> Channel:
        return self.outbox.channels[0]

    def sent(self) -> list[list[dict[str, Any]]]:
        """The points of each frame that the sink took, once nothing is left to send."""
        self.channel.sender.wait(time.monotonic() + 30, attempts=1_000)
        return [orjson.loads(body) for _, body in self.kind.taken.get("far", [])]

    def execute(self, statement: str, *values: object) -> list[Any]:
        """SQL beside the store."""
        connection = sqlite3.connect(self.directory / "state.sqlite", isolation_level=None)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
