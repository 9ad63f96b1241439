"""The collector as a process: what starts when, and what is drained at the end.

Start: ports are taken, the health check answers 503, the spool and the store are made
ready, the receivers open, health turns to 200 and the ready line is printed. A database
that was open before and is away now, or whose schema takes long to upgrade, is waited
for with open receivers: requests go into the spool. Stop (SIGTERM, SIGINT): the page,
the receivers and the deriving worker end side by side, accepted requests are stored, or
spooled, and answered, the store is let go of. A second signal ends the process at once;
what was answered is durable anyhow.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from typing import Any

from turnspan_collector.config import Settings
from turnspan_collector.connections import (
    ConnectionLimits,
    Explain,
    in_plain_text,
)
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.forward import Forwarding, make_forwarding
from turnspan_collector.funnel_watch import FunnelWatch
from turnspan_collector.health import Health, HealthApp, MetricsApp, StoreProbe
from turnspan_collector.memory import MemoryGuard, tune_allocator
from turnspan_collector.own_traces import own_traces
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.ports import Ports
from turnspan_collector.processors import build as build_processors
from turnspan_collector.receivers import GrpcReceiver, HttpReceiver, Intake
from turnspan_collector.security import (
    Certificates,
    Gate,
    PageGuard,
    make_certificates,
    make_gate,
)
from turnspan_collector.security.listening import (
    is_loopback,
    refuse_open_listening,
)
from turnspan_collector.security.scrape_gate import ScrapeGate
from turnspan_collector.selfmetrics import CONTENT_TYPE, SelfMetrics
from turnspan_collector.servers import AsgiServer
from turnspan_collector.spool import (
    Spool,
    SpoolMetrics,
    note_open,
    open_spool,
    was_open,
)
from turnspan_collector.store import LateStore, Opening, OpenStore
from turnspan_collector.store_metrics import StoreMetrics, StoreWatch
from turnspan_exporters.errors import Incompatible

__all__ = ["Collector"]

logger = logging.getLogger(__name__)

OPENING_SECONDS = 1.0
"""How long a store that is known may take to open before the receivers do."""


class Collector:
    """One collector, from start to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._connection_limits = ConnectionLimits(
            header_seconds_max=settings.limits.header_seconds_max,
            body_seconds_max=settings.limits.body_seconds_max,
            connections_max=settings.limits.connections_max,
        )
        self._metrics = SelfMetrics()
        self._health = Health()
        self._store = OpenStore(settings.store)
        self._traces = own_traces(settings.telemetry)
        self._certificates: Certificates | None = None
        self._scrape_gate = ScrapeGate()
        self._forwarding: Forwarding | None = None
        self._stop = asyncio.Event()

    def run(self) -> None:
        """Run until a signal; raises ``StartError`` where it cannot start."""
        refuse_open_listening(self._settings)
        tune_allocator()
        self._certificates = make_certificates(self._settings.security)
        ports = Ports(self._settings.listen)
        try:
            self._forwarding = make_forwarding(
                self._settings, self._metrics, ports, self._traces.instance
            )
            asyncio.run(self._run(ports))
        finally:
            ports.close()

    async def _run(self, ports: Ports) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)
        servers = [
            self._server(HealthApp(self._health), ports, "health_port"),
            self._counters(ports),
        ]
        try:
            for server in servers:
                await server.start()
            await self._run_store(ports)
        finally:
            await asyncio.to_thread(self._store.close)
            await asyncio.gather(*(server.stop() for server in servers))

    def _server(self, app: Any, ports: Ports, name: str) -> AsgiServer:
        return AsgiServer(
            app,
            ports.sockets[name],
            self._limits.shutdown_seconds_max,
            limits=self._connection_limits,
        )

    def _counters(self, ports: Ports) -> AsgiServer:
        """The metrics; where others reach the port, as guarded as the page."""
        app = MetricsApp(self._metrics.text, CONTENT_TYPE)
        if is_loopback(self._settings.listen.host):
            return self._server(app, ports, "metrics_port")
        guarded = PageGuard(app, self._scrape_gate)
        return self._open_server(guarded, ports, "metrics_port")

    def _open_server(
        self, app: Any, ports: Ports, name: str, explain: Explain = in_plain_text
    ) -> AsgiServer:
        """A server for others than this machine's own tools: with TLS where set."""
        return AsgiServer(
            app,
            ports.sockets[name],
            self._limits.shutdown_seconds_max,
            self._certificates,
            limits=self._connection_limits,
            explain=explain,
        )

    async def _run_store(self, ports: Ports) -> None:
        spool = await asyncio.to_thread(self._open_spool)
        try:
            await self._run_with(spool, ports)
        finally:
            if spool is not None:
                spool.close()

    def _open_spool(self) -> Spool | None:
        store = self._settings.store
        spool = open_spool(self._settings.spool, store.data, store.dsn)
        metrics = SpoolMetrics(spool)
        self._metrics.registry.register(metrics)
        if spool is not None and not spool.is_empty:
            logger.info("the spool holds %d requests to store", spool.entries)
        return spool

    async def _open_store(self, spool: Spool | None) -> LateStore | None:
        """Open the store; later, where ``spool`` knows it and it is not there soon."""
        dsn = self._settings.store.dsn
        await asyncio.to_thread(self._store.start)
        known = spool is not None and was_open(spool, dsn)
        opening = Opening(self._store)
        try:
            wait = OPENING_SECONDS if known else None
            is_open = await asyncio.to_thread(opening.wait, wait)
        except StartError as error:
            away = error.exit_code == ExitCode.DATABASE_UNREACHABLE
            away = away and not isinstance(error.__cause__, Incompatible)
            if not dsn or not away or not known:
                raise
            logger.warning("%s Until then requests are spooled.", error)
            return LateStore(self._store)
        if not is_open:
            logger.warning("the schema is being upgraded: until then requests are "
                           "spooled")  # fmt: skip
            return LateStore(self._store, opening)
        if spool is not None:
            note_open(spool, dsn)
        return None

    async def _run_with(self, spool: Spool | None, ports: Ports) -> None:
        late = await self._open_store(spool)
        if self._stop.is_set():
            return
        funnels = FunnelWatch(self._settings.metrics.funnels, self._store.dsn)
        if late is None:
            self._store.start_worker()
            await asyncio.to_thread(funnels.start)
        pipeline = Pipeline(
            late or self._store.opened,
            build_processors(self._settings.privacy),
            pending_bytes_max=self._limits.pending_bytes_max,
            pending_requests_max=self._limits.pending_requests_max,
            commit_rows_max=self._limits.commit_rows_max,
            metrics=self._metrics,
            spool=spool,
            spool_after_s=self._settings.spool.spool_after_seconds,
        )
        pipeline.start()
        probe = StoreProbe(self._store.dsn)
        self._health.watch("database", probe.complaint)
        self._health.watch(
            "store", lambda: (late and late.complaint()) or pipeline.complaint()
        )
        if spool is not None:
            self._health.watch("spool", spool.complaint)
        if late is not None:
            late.start(funnels.start)
        probe.start()
        watch = StoreWatch(self._store.dsn, StoreMetrics(self._metrics.registry))
        watch.start()
        gate = make_gate(self._settings.security.tokens, self._store.dsn)
        await asyncio.to_thread(gate.open)
        self._scrape_gate.gate = gate
        page = self._page(ports, gate)
        await page.start()
        try:
            await self._receive(ports, pipeline, page, gate)
        finally:
            await page.stop()
            gate.close()
            watch.stop()
            probe.stop()
            if late is not None:
                late.stop()
            funnels.stop()

    def _page(self, ports: Ports, gate: Gate) -> AsgiServer:
        """The page and the API; imported late, as they take longest to load."""
        from turnspan_collector.api.app import create_app
        from turnspan_collector.web import mount
        from turnspan_exporters.timescale.reader import Reader

        app = create_app(Reader(self._store.dsn))
        mount(app)
        guarded = PageGuard(app, gate, self._settings.security.page_hosts)
        return self._open_server(guarded, ports, "api_port")

    async def _receive(
        self, ports: Ports, pipeline: Pipeline, page: AsgiServer, gate: Gate
    ) -> None:
        """Open the doors, wait for the signal, close them, store what came in."""
        limits = self._limits
        memory = MemoryGuard(
            limits.memory_bytes_max,
            limits.pending_bytes_max,
            decode_wait_seconds_max=limits.answer_seconds_max,
        )
        receiver = HttpReceiver(
            self._intake("http", pipeline, gate, memory),
            request_bytes_max=limits.request_bytes_max,
            reading_bytes_max=limits.pending_bytes_max,
            answer_seconds_max=limits.answer_seconds_max,
            body_seconds_max=limits.body_seconds_max,
            cors_origins=self._settings.security.cors_origins,
        )
        http = self._open_server(receiver, ports, "http_port", receiver.explain)
        rpc = GrpcReceiver(
            self._intake("grpc", pipeline, gate, memory),
            request_bytes_max=limits.request_bytes_max,
            threads=limits.grpc_threads,
            answer_seconds_max=limits.answer_seconds_max,
            certificates=self._certificates,
            limits=self._connection_limits,
        )
        line = ports.ready_line()
        ports.hand_over("grpc_port", rpc.bind)
        if self._forwarding is not None:
            self._forwarding.start()
            for name, complaint in self._forwarding.complaints().items():
                self._health.mention(name, complaint)
        rpc.start()
        await http.start()
        self._health.watch("collector", lambda: "")
        _announce(line)
        await self._stop.wait()
        self._health.watch("collector", lambda: "stopping")
        logger.info("stopping: finishing what was accepted")
        ends = time.monotonic() + limits.shutdown_seconds_max
        self._store.stop_worker()
        await asyncio.to_thread(self._traces.close)
        await asyncio.gather(
            http.stop(), page.stop(), asyncio.to_thread(rpc.stop, ends)
        )
        receiver.close()
        left = max(1.0, ends - time.monotonic())
        stored = await asyncio.to_thread(pipeline.close, left)
        if self._forwarding is not None:
            await asyncio.to_thread(self._forwarding.close, ends)
        logger.info("stopped" if stored else "stopped before everything was stored")

    def _intake(
        self, transport: str, pipeline: Pipeline, gate: Gate, memory: MemoryGuard
    ) -> Intake:
        return Intake(
            transport,
            pipeline,
            self._metrics,
            gate,
            self._traces,
            memory,
            items_max=self._limits.request_items_max,
            forwarding=self._forwarding,
        )

    def _on_signal(self) -> None:
        if self._stop.is_set():
            logger.warning("stopped at once by a second signal")
            self._store.interrupt()
            os._exit(ExitCode.UNEXPECTED)
        self._stop.set()


def _announce(line: str) -> None:
    """For people in the log, for scripts as the only line on standard output."""
    logger.info("%s", line)
    with contextlib.suppress(OSError):
        print(line, flush=True)  # noqa: T201
