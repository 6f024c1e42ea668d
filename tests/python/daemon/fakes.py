"""An engine and a store that do what a test says."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from logagent.state.rows import Addition

if TYPE_CHECKING:
    import sqlite3

    from logagent._core import Engine, Snapshot
    from logagent.errors import CommitError
    from logagent.state import Store


def rows(count: int) -> dict[str, list[Any]]:
    tallies = [("all", str(count))]
    return {
        "metrics": [],
        "series": [],
        "files": [],
        "tallies": tallies,
        "positions": [],
        "models": [],
    }


class FakeSnapshot:
    """Everything counted until it was taken."""

    def __init__(self, total: int) -> None:
        self.total = total

    def changes(self) -> dict[str, list[Any]]:
        return rows(self.total)


class FakeEngine:
    """Counts what `grow` says there is to read, a few at a time."""

    batch = 3

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_woken = False
        self.unread = 0
        self.counted = 0
        self.committed = 0
        self.polling = 0
        self.outstanding: FakeSnapshot | None = None
        self.plans: list[Any] = []
        self.fault: BaseException | None = None
        self.pending_seconds: float | None = None
        self.is_full = False

    @property
    def real(self) -> "Engine":
        """This, as what it stands for."""
        return cast("Engine", self)

    def grow(self, count: int) -> None:
        with self._changed:
            self.unread += count
            self._changed.notify_all()

    def is_half_full(self) -> bool:
        return self.is_full

    def poll(self, timeout: float) -> int:
        with self._changed:
            if self.fault is not None:
                raise self.fault
            self.polling += 1
            if not self.unread and not self._is_woken:
                self._changed.wait(timeout)
            self._is_woken = False
            read = min(self.unread, self.batch)
            self.unread -= read
            self.counted += read
            self.polling -= 1
            self._changed.notify_all()
            return read

    def wake(self) -> None:
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def wait_until_counted(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.counted >= count, timeout=30)

    def take(self) -> FakeSnapshot | None:
        with self._changed:
            if self.fault is not None:
                raise self.fault
            assert self.outstanding is None, "an earlier snapshot is not committed"
            if self.counted == self.committed:
                return None
            self.outstanding = FakeSnapshot(self.counted)
            return self.outstanding

    def commit(self, snapshot: FakeSnapshot) -> None:
        with self._changed:
            assert snapshot is self.outstanding
            self.committed, self.outstanding = snapshot.total, None

    def everything(self) -> dict[str, list[Any]]:
        with self._changed:
            return rows(self.outstanding.total if self.outstanding else self.committed)

    def reload(self, plan: Any) -> dict[str, Any]:  # noqa: ANN401 - what a plan is, is no matter
        with self._changed:
            assert self.outstanding is None
            assert self.counted == self.committed, "nothing is pending"
            assert not self.polling
            self.plans.append(plan)
            return {"kept": ["a"], "new": [], "dropped": ["gone"]}

    def stats(self) -> dict[str, Any]:
        return {"pending_seconds": self.pending_seconds}


class FakeStore:
    """Keeps what is committed, unless it is told to fail."""

    def __init__(self) -> None:
        self.written: list[Mapping[str, Any]] = []
        self.dropped: list[str] = []
        self.attempts: list[Mapping[str, Any]] = []
        self.failures: list[CommitError] = []
        """What the next attempts fail with."""
        self.replaced: list[Mapping[str, Any]] = []
        self.is_closed = False
        self.connection = cast("sqlite3.Connection", self)
        """What participants are given; they only pass it on."""

    @property
    def real(self) -> "Store":
        """This, as what it stands for."""
        return cast("Store", self)

    def commit(
        self,
        changes: Mapping[str, Any],
        *,
        dropped: Sequence[str] = (),
        also: Sequence[Addition] = (),
    ) -> None:
        for addition in also:
            addition(self.connection)
        self._attempt(changes)
        self.written.append(changes)
        self.dropped += dropped

    def replace(self, everything: Mapping[str, Any], *, also: Sequence[Addition] = ()) -> None:
        for addition in also:
            addition(self.connection)
        self._attempt(everything)
        self.replaced.append(everything)

    def _attempt(self, content: Mapping[str, Any]) -> None:
        assert not self.is_closed
        self.attempts.append(content)
        if self.failures:
            raise self.failures.pop(0)

    def stats(self) -> dict[str, Any]:
        return {"commits": len(self.written), "database_bytes": 1, "log_bytes": 2}

    def close(self) -> None:
        self.is_closed = True


class FakeParticipant:
    """Remembers what it was asked to write, and when that was durable."""

    def __init__(self) -> None:
        self.written: list[int | None] = []
        self.heard: list[int] = []
        """How often it had written when it heard that it is durable."""
        self.wants_commit = False

    def write(self, connection: "sqlite3.Connection", snapshot: "Snapshot | None") -> None:
        assert isinstance(connection, FakeStore)
        total = None if snapshot is None else cast("FakeSnapshot", snapshot).total
        self.written.append(total)

    def committed(self) -> None:
        self.heard.append(len(self.written))

    def has_work(self) -> bool:
        return self.wants_commit


CONFIG = """
[agent]
listen = "127.0.0.1:0"
commit_interval = "100ms"

[[source]]
name = "proxy"
paths = ["{logs}/*.log"]
format = "common"

[[metric]]
name = "requests_total"
labels = ["status"]
"""


def write_config(directory: Path, text: str = CONFIG) -> Path:
    path = directory / "config.toml"
    path.write_text(text.replace("{logs}", str(directory)))
    return path
