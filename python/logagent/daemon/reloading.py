"""Going over to another configuration while the service runs."""

import asyncio
import contextlib
import logging
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from prometheus_client.core import Metric

from logagent.daemon import log
from logagent.daemon.committing import Committer
from logagent.daemon.configuration import Configuration
from logagent.daemon.feeding import Feeding
from logagent.daemon.metrics import gauge
from logagent.daemon.notify import Notifier
from logagent.daemon.reading import Reader
from logagent.errors import ConfigError, LogagentError
from logagent.extensions import Group
from logagent.http import tls
from logagent.preview import compare

if TYPE_CHECKING:
    from logagent._core import Engine

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 2.0
_KEPT_RELOADS = 20
_DIGEST_BITS = 48  # a float holds them exactly


class Reload(NamedTuple):
    """What became of a reload."""

    at: float
    """Unix time."""
    occasion: str
    outcome: Literal["succeeded", "failed"]
    text: str
    """What changed, or why it failed."""


class Reloader:
    """Holds the configuration in force, and replaces it by one that has no problem."""

    def __init__(
        self,
        configuration: Configuration,
        engine: "Engine",
        reader: Reader,
        feeding: Feeding,
        committer: Committer,
        notifier: Notifier,
        context: ssl.SSLContext | None,
        *,
        also: Sequence[Callable[[Configuration], None]] = (),
    ) -> None:
        """`context` is what HTTPS is spoken with; its certificate is renewed.

        `also` go on by the new configuration too: in the committing thread, behind the engine.
        """
        self.configuration = configuration
        self._engine = engine
        self._reader = reader
        self._feeding = feeding
        self._committer = committer
        self._notifier = notifier
        self._context = context
        self._also = also
        self._busy = asyncio.Lock()
        self.history: deque[Reload] = deque(maxlen=_KEPT_RELOADS)
        """The last reloads, oldest first."""
        self.failure: LogagentError | None = None
        """Why the last reload failed; None if it did not."""
        self.on_outcome: Callable[[str, Mapping[str, Any] | LogagentError], None] | None = None
        """Gets the occasion of each reload, and what became of it."""
        self.attempted_at: float | None = None
        """When a reload was asked for last, as Unix time."""

    async def reload(self, occasion: str) -> Mapping[str, Any]:
        """Load the configuration again; what became of the metrics.

        Raises `LogagentError`, and keeps the plan, when that cannot be done.
        """
        async with self._busy:
            self._notifier.reloading()
            self.attempted_at = at = time.time()
            try:
                outcome = await self._replace()
            except LogagentError as error:
                self.failure = error
                self.history.append(Reload(at, occasion, "failed", error.message))
                self._tell(occasion, error)
                _log.error("reload (%s) failed, the old configuration stays: %s", occasion, error)
                raise
            else:
                self.failure = None
                self.history.append(Reload(at, occasion, "succeeded", _in_words(outcome)))
                self._tell(occasion, outcome)
                _log.info("reload (%s) succeeded: %s", occasion, _in_words(outcome))
                return outcome
            finally:
                self._notifier.ready()

    def _tell(self, occasion: str, outcome: Mapping[str, Any] | LogagentError) -> None:
        if self.on_outcome is not None:
            self.on_outcome(occasion, outcome)

    async def reload_or_log(self, occasion: str) -> None:
        """`reload`, for an occasion on which nobody waits for the answer."""
        with contextlib.suppress(LogagentError):  # is in the log
            await self.reload(occasion)

    async def preview(self, lines: int) -> Mapping[str, Any]:
        """What a reload would change in the counts of the last lines. Raises `LogagentError`."""
        old = self.configuration

        def work() -> Mapping[str, Any]:
            found = compare(old.plan, Configuration.load(old.path).plan, lines)
            differences = [one._asdict() for one in found.differences]
            return {"lines": found.lines, "same": found.same, "differences": differences}

        async with self._busy:
            return await asyncio.to_thread(work)

    async def follow_changes(self) -> None:
        """Reload when a file changes and stays so for a moment, if the configuration wants that."""
        loaded = seen = await asyncio.to_thread(self.configuration.stamp)
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self.configuration.agent["reload_on_change"]:
                continue
            current = await asyncio.to_thread(self.configuration.stamp)
            if current != loaded and current == seen:
                await self.reload_or_log("a file changed")
                loaded = await asyncio.to_thread(self.configuration.stamp)
            seen = current

    def figures(self) -> Iterable[Metric]:
        """The service's metrics about its configuration."""
        name, about = "config_last_reload_successful", "Whether the last reload succeeded."
        yield gauge(name, about, float(self.failure is None))
        name = "config_last_reload_success_timestamp_seconds"
        about = "When the configuration in force was loaded, as Unix time."
        yield gauge(name, about, self.configuration.loaded_at)
        name, about = "config_hash", "Differs between configurations: 48 bits of SHA-256."
        yield gauge(name, about, int(self.configuration.digest[: _DIGEST_BITS // 4], 16))

    async def _replace(self) -> Mapping[str, Any]:
        old = self.configuration
        new = await asyncio.to_thread(Configuration.load, old.path)
        swap: Callable[[], Mapping[str, Any]] = lambda: self._swap(new)  # noqa: E731
        outcome = await asyncio.wrap_future(self._committer.between_commits(swap))
        self.configuration = new
        if self._context is not None and new.agent["tls_cert"] is not None:
            tls.renew(self._context, new.agent)
        log.configure(form=new.agent["log_format"], level=new.agent["log_level"])
        restart = old.needs_restart(new)
        if restart:
            _log.warning("takes a restart: %s", ", ".join(restart))
        return {
            "new": outcome["new"],
            "kept": outcome["kept"],
            "dropped": len(outcome["dropped"]),
            "needs_restart": restart,
            "warnings": list(new.plan.warnings()),
            "config_hash": new.digest,
        }

    def _swap(self, new: Configuration) -> Mapping[str, Any]:
        """In the committing thread: nothing may be counted and not committed meanwhile."""
        self._committer.commit()
        with self._reader.paused(), self._feeding.paused():
            self._committer.commit()
            outcome = self._engine.reload(new.plan)
            self._feeding.replace(new.declared[Group.SOURCES])
            for one in self._also:
                one(new)
        self._committer.drop(outcome["dropped"])
        self._committer.interval_seconds = new.agent["commit_interval_seconds"]
        return outcome


def problems_of(error: LogagentError) -> list[Mapping[str, Any]]:
    """What is wrong, as plain values."""
    if isinstance(error, ConfigError):
        return [problem._asdict() for problem in error.problems]
    return [{"message": error.message, "hint": error.hint}]


def _in_words(outcome: Mapping[str, Any]) -> str:
    kept, new = len(outcome["kept"]), len(outcome["new"])
    return f"{kept} metrics kept, {new} new, {outcome['dropped']} dropped"
