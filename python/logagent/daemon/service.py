"""The service: puts the parts together, offers them to HTTP, and ends in order."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from logagent._core import Engine, __version__
from logagent.alerting import Alerts, Courier
from logagent.daemon import log, metrics, sinks
from logagent.daemon.chronicle import Chronicle
from logagent.daemon.committing import Committer
from logagent.daemon.configuration import Configuration
from logagent.daemon.editing import Editing
from logagent.daemon.feeding import Feeding
from logagent.daemon.findings import Findings
from logagent.daemon.live import Live, Offered
from logagent.daemon.models import Models
from logagent.daemon.notify import Notifier
from logagent.daemon.overview import Overview
from logagent.daemon.reading import Reader
from logagent.daemon.reloading import Reloader, problems_of
from logagent.errors import LogagentError, StateError
from logagent.eventlog import EventLog, Limits
from logagent.extensions import Group
from logagent.http.app import create_app
from logagent.http.exposition import Format
from logagent.http.server import Server, listen
from logagent.outbox import Outbox
from logagent.state import Store, state_directory
from logagent.tap import Tap

_log = logging.getLogger(__name__)

_FRESH_SECONDS = 1.0
"""A scrape that finds older counts asks for a commit first."""
_SCRAPE_WAIT_SECONDS = 0.05
_BEGIN_SECONDS = 1.0
_STUCK_SECONDS = 60.0
_STATUS_SECONDS = 10.0
_END_SECONDS = 4.5
_FEEDS_END_SECONDS = 1.5
_LAST_SEND_SECONDS = 1.0
"""How long the end of the service waits for what is being sent; it is sent again otherwise."""
_PATIENCE_SECONDS = 0.25
"""A slow disk must not stop reading."""
_LONG_PATIENCE_SECONDS = 20.0
_FAULT = 70  # EX_SOFTWARE of sysexits.h


def run(path: str, *, fresh_state: bool = False) -> int:
    """Serve by the configuration file `path` until a signal ends it; returns the exit code.

    Raises `LogagentError` if it cannot begin.
    """
    configuration = Configuration.load(path)
    agent = configuration.agent
    log.configure(form=agent["log_format"], level=agent["log_level"])
    for warning in configuration.plan.warnings():
        _log.warning("%s: %s", path, warning["message"])
    listening = _listen(agent["listen"])
    directory = state_directory(agent)
    try:
        store = Store.open(directory, fresh=fresh_state)
        if store.set_aside is not None:
            _log.warning("began with an empty state; the old one is %s", store.set_aside)
    except LogagentError:
        listening.close()
        raise
    engine = Engine(configuration.plan)
    try:
        dropped = engine.restore(store.load())
    except ValueError as error:
        store.close()
        raise StateError(
            f"{directory}: {error}", hint="--fresh-state sets it aside and begins anew"
        ) from None
    try:
        events = EventLog(directory / "events", Limits.read(configuration.described["events"]))
    except LogagentError:
        store.close()
        raise
    try:
        service = Service(configuration, engine, store, dropped, listening, events)
    except LogagentError:
        events.close()
        store.close()
        raise
    return asyncio.run(service.serve())


class Service:
    """A running service, as HTTP sees it (`logagent.http.app.Offering`)."""

    def __init__(
        self,
        configuration: Configuration,
        engine: Engine,
        store: Store,
        dropped: list[str],
        listening: socket.socket,
        events: EventLog,
    ) -> None:
        """`dropped` are definitions of the state that the configuration does not have any more."""
        self.engine = engine
        self.events = events
        findings = Findings(events)
        tap = Tap(engine)
        self._alerts = Alerts(engine, findings.add, tap=tap)
        self._models = Models(engine, findings.add)
        store.query(self._alerts.restore)
        self._watch_by(configuration)
        self._registry = metrics.registry()
        self._notifier = Notifier(os.environ)
        self._outbox = Outbox(
            state_directory(configuration.agent),
            sinks.SinkClock(engine),
            on_note=_log.warning,
            on_acknowledged=self._commit_soon,
            tap=tap,
            events=events,
        )
        self._push_by(configuration)
        self._committer = Committer(
            engine,
            store,
            interval_seconds=configuration.agent["commit_interval_seconds"],
            dropped=dropped,
            registry=self._registry,
            on_fault=self._end_by_fault,
            participants=[findings, self._alerts, self._models, self._outbox],
        )
        self._feeding = Feeding(
            configuration.declared[Group.SOURCES],
            engine,
            self._committer.request,
            self._end_by_fault,
        )
        self._committer.participants = (self._feeding, *self._committer.participants)
        self._reader = Reader(
            engine, self._end_by_fault, self._committer.request, self._patience_seconds
        )
        context = configuration.tls_context()
        host, port = listening.getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        self._address = f"{'http' if context is None else 'https'}://{host}:{port}"
        self._reloader = Reloader(
            configuration,
            engine,
            self._reader,
            self._feeding,
            self._committer,
            self._notifier,
            context,
            also=[self._push_by, self._watch_by],
        )
        self._overview = Overview(
            engine,
            self._reader,
            self._committer,
            self._feeding,
            self._outbox,
            self._alerts,
            events,
            self._reloader,
        )
        self.live = Live(
            Offered(
                engine,
                self._committer,
                plan=lambda: self._reloader.configuration.plan,
                status=self.status,
                fresh=self.fresh,
                alerts=self.alerts,
            )
        )
        self._chronicle = Chronicle(
            events,
            self._refused_lines,
            engine.changed_formats,
            lambda: self._overview.problems(engine.stats()),
        )
        self.editing = Editing(self._committer, self._models, self._alerts, self._chronicle)
        self._reloader.on_outcome = self._note_reload
        app = create_app(self, lambda: self._reloader.configuration.access)
        self._server = Server(app, listening, tls=context)
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._shown: dict[Format, tuple[int, bytes]] = {}
        self._registry.register(metrics.EngineCollector(engine.stats))
        self._registry.register(sinks.SinkCollector(self._outbox))
        self._registry.register(metrics.Figures(self._overview.figures))
        ProcessCollector(registry=self._registry)

    async def serve(self) -> int:
        """Read, commit and answer until a signal comes; returns the exit code."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stopping.set)
        self._loop.add_signal_handler(signal.SIGHUP, self._reload_by_signal)
        self._reader.start()
        self._committer.start()
        await self._begin()
        self._feeding.start()
        _log.info("logagent %s listens at %s", __version__, self._address)
        digest = self._reloader.configuration.digest
        self._chronicle.tell("start", f"logagent {__version__} starts", config_sha256=digest)
        self._start(self._chronicle.follow())
        serving = self._start(self._server.serve())
        self._start(self._reloader.follow_changes())
        if self._notifier.is_heard:
            self._start(self._keep_notified())
        self._notifier.ready()
        await self._stopping.wait()
        await self._end(serving)
        return 0 if self._fault is None else _FAULT

    async def _begin(self) -> None:
        """Wait until it is durable that the sources were looked at, if that is to be had soon.

        A log that appears behind this is read whole, even if it is rotated before it is seen.
        """
        seen = asyncio.wrap_future(self._reader.first_look)
        await asyncio.wait([seen], timeout=_BEGIN_SECONDS)
        durable = asyncio.wrap_future(self._committer.request())
        await asyncio.wait([durable], timeout=_BEGIN_SECONDS)

    async def fresh(self) -> None:
        """Wait briefly, so that what was counted more than a second ago is committed."""
        pending = self.engine.stats()["pending_seconds"]
        if pending is None or pending <= _FRESH_SECONDS or self._committer.failure is not None:
            return
        await asyncio.wait(
            [asyncio.wrap_future(self._committer.request())], timeout=_SCRAPE_WAIT_SECONDS
        )

    def log_series(self, form: Format) -> bytes:
        """The committed series of the logs, made once for all who ask between two commits."""
        generation = self._committer.generation
        made, series = self._shown.get(form, (-1, b""))
        if made != generation:
            series = self.engine.exposition(form)
            self._shown[form] = (generation, series)
        return series

    def own_series(self, form: Format) -> bytes:
        """The agent's own series."""
        write = generate_openmetrics if form is Format.OPENMETRICS else generate_latest
        return write(self._registry)

    def unhealthy(self) -> str | None:
        """Why the service had better be started anew."""
        if self._fault is not None:
            return f"a fault of logagent's own: {self._fault}"
        silent_seconds = time.monotonic() - self._reader.last_sign
        return f"no reading for {silent_seconds:.0f} s" if silent_seconds > _STUCK_SECONDS else None

    def unready(self) -> str | None:
        """Why nothing is read."""
        return "stopping" if self._stopping.is_set() else None

    async def reload(self) -> Mapping[str, Any]:
        """Load the configuration again; what became of the metrics. Raises `LogagentError`."""
        return await self._reloader.reload("HTTP")

    async def preview(self, lines: int) -> Mapping[str, Any]:
        """What a reload would change in the counts of the last lines. Raises `LogagentError`."""
        return await self._reloader.preview(lines)

    def alerts(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What is firing and was lately, and how receivers are, as plain values."""
        return self._alerts.summary()

    def status(self) -> Mapping[str, Any]:
        """How the service is, as plain values."""
        return self._overview.status()

    def configuration(self) -> Mapping[str, Any]:
        """The configuration in force in words, and the last reloads, the newest first."""
        return self._overview.configuration()

    def _note_reload(self, occasion: str, outcome: Mapping[str, Any] | LogagentError) -> None:
        if isinstance(outcome, LogagentError):
            message = f"reload ({occasion}) failed: {outcome}"
            self._chronicle.tell("reload-failed", message, problems=problems_of(outcome))
            return
        self.events.set_limits(Limits.read(self._reloader.configuration.described["events"]))
        more = {name: outcome[name] for name in ("kept", "new", "dropped", "config_hash")}
        self._chronicle.tell("reload", f"reload ({occasion}) succeeded", **more)

    def _refused_lines(self) -> Iterable[Mapping[str, Any]]:
        """A few of the lines that did not match their format, or their model."""
        return [*self.engine.refused_lines(), *self._models.unmatched_lines()]

    def _push_by(self, configuration: Configuration) -> None:
        """Have its sinks."""
        self._outbox.configure(*configuration.sinks())

    def _watch_by(self, configuration: Configuration) -> None:
        """Have its checkers and receivers."""
        declared = configuration.declared
        couriers = [Courier(one) for one in declared[Group.RECEIVERS]]
        self._alerts.configure(declared[Group.CHECKERS], configuration.plan, couriers)

    def _patience_seconds(self) -> float:
        """How long reading waits for a commit: longer where a checker wants each record."""
        is_patient = self._alerts.wants_records and self._committer.failure is None
        return _LONG_PATIENCE_SECONDS if is_patient else _PATIENCE_SECONDS

    def _commit_soon(self) -> None:
        self._committer.request()

    def _reload_by_signal(self) -> None:
        self._start(self._reloader.reload_or_log("SIGHUP"))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do `work` beside the rest; what it does not expect is a fault."""

        def note_end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            fault = None if task.cancelled() else task.exception()
            if fault is not None:
                self._end_by_fault(fault)

        task = asyncio.create_task(work)
        self._tasks.add(task)  # the event loop itself knows tasks only weakly
        task.add_done_callback(note_end)
        return task

    async def _keep_notified(self) -> None:
        """Tell the service manager how the service is, and that it is alive while it reads."""
        watchdog = self._notifier.watchdog_seconds
        pause = _STATUS_SECONDS if watchdog is None else min(watchdog / 2, _STATUS_SECONDS)
        while True:
            self._notifier.status(self._overview.in_a_line())
            if watchdog is None or time.monotonic() - self._reader.last_sign < watchdog:
                self._notifier.alive()
            await asyncio.sleep(pause)

    async def _end(self, serving: asyncio.Task[None]) -> None:
        """Read and commit what is there, and take leave, all in less than five seconds."""
        end = time.monotonic() + _END_SECONDS
        self._notifier.stopping()
        self._chronicle.tell("stop", "logagent stops", fault=_fault_text(self._fault))
        self.events.end_subscriptions()
        self._server.stop()
        self._reader.stop()
        self._feeding.stop()
        await asyncio.to_thread(self._feeding.join, _FEEDS_END_SECONDS)
        self._outbox.stop()
        await asyncio.to_thread(self._reader.join, end - time.monotonic())
        await asyncio.to_thread(self._outbox.join, _LAST_SEND_SECONDS)
        self._committer.stop()
        is_done = await asyncio.to_thread(self._committer.join, end - time.monotonic())
        for task in self._tasks - {serving}:
            task.cancel()
        await asyncio.wait([serving], timeout=max(end - time.monotonic(), 0))
        await asyncio.to_thread(self.events.close)
        if self._fault is not None:
            _log.error("ended by a fault of logagent's own: %s", self._fault)
        if not is_done:
            _log.warning("ending while a commit does not return: what it holds may be read again")
            logging.shutdown()
            os._exit(0 if self._fault is None else _FAULT)

    def _end_by_fault(self, fault: BaseException) -> None:
        """End the process, so that it is started anew from what was committed; from any thread."""
        self._fault = self._fault or fault
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._stopping.set)


def _fault_text(fault: BaseException | None) -> str | None:
    return None if fault is None else str(fault)


def _listen(address: str) -> socket.socket:
    try:
        return listen(address)
    except OSError as error:
        raise LogagentError(
            f"cannot listen at {address}: {error.strerror or error}",
            hint="set `listen` in [agent]; `ss -ltnp` shows who listens where",
        ) from None
