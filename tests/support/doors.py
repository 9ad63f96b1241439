"""Both receivers over real sockets, in front of an exporter that remembers."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc

from turnspan_collector.connections import ConnectionLimits
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.receivers import GrpcReceiver, HttpReceiver, Intake
from turnspan_collector.security import Certificates, Gate
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.servers import AsgiServer

from .exporters import FakeExporter

__all__ = ["Doors", "open_doors"]

REQUEST_BYTES_MAX = 1024 * 1024


@dataclass
class Doors:
    """Where the receivers listen, and what stands behind them."""

    exporter: FakeExporter = field(default_factory=FakeExporter)
    metrics: SelfMetrics = field(default_factory=SelfMetrics)
    grpc_port: int = 0
    http_port: int = 0

    @property
    def http(self) -> str:
        """The base URL of the HTTP receiver."""
        return f"http://127.0.0.1:{self.http_port}"

    def call(
        self, method: str, body: bytes, compression: grpc.Compression | None = None
    ) -> bytes:
        """Send raw bytes over gRPC; raises ``grpc.RpcError``."""
        options = [("grpc.max_send_message_length", -1)]
        with grpc.insecure_channel(
            f"127.0.0.1:{self.grpc_port}", options=options, compression=compression
        ) as channel:
            return channel.unary_unary(method, bytes, bytes)(body, timeout=30)


@contextmanager
def open_doors(
    *,
    pending_requests_max: int = 100,
    answer_seconds_max: float = 20,
    gate: Gate | None = None,
    certificates: Certificates | None = None,
    limits: ConnectionLimits | None = None,
    cors_origins: str = "",
) -> Iterator[Doors]:
    """Run the receivers until the block ends."""
    doors = Doors()
    pipeline = Pipeline(
        doors.exporter,
        pending_bytes_max=4 * REQUEST_BYTES_MAX,
        pending_requests_max=pending_requests_max,
        commit_rows_max=1000,
        metrics=doors.metrics,
    )
    pipeline.start()
    rpc = GrpcReceiver(
        Intake("grpc", pipeline, doors.metrics, gate),
        request_bytes_max=REQUEST_BYTES_MAX,
        threads=4,
        answer_seconds_max=answer_seconds_max,
        certificates=certificates,
        limits=limits,
    )
    doors.grpc_port = rpc.bind("127.0.0.1:0")
    rpc.start()
    receiver = HttpReceiver(
        Intake("http", pipeline, doors.metrics, gate),
        request_bytes_max=REQUEST_BYTES_MAX,
        reading_bytes_max=4 * REQUEST_BYTES_MAX,
        answer_seconds_max=answer_seconds_max,
        body_seconds_max=(limits or ConnectionLimits()).body_seconds_max,
        cors_origins=cors_origins,
    )
    try:
        with _serving(receiver, certificates, limits) as port:
            doors.http_port = port
            try:
                yield doors
            finally:
                doors.exporter.gate.set()
    finally:
        rpc.stop(time.monotonic() + 5)
        receiver.close()
        pipeline.close(5)


@contextmanager
def _serving(
    app: HttpReceiver,
    certificates: Certificates | None,
    limits: ConnectionLimits | None,
) -> Iterator[int]:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    server = AsgiServer(app, bound, 5, certificates, limits=limits, explain=app.explain)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    try:
        yield int(bound.getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        bound.close()
