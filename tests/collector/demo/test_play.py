"""Playing: every record once, the patient way, over both transports."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces

from turnspan_collector.demo import Sent, World, _play, history
from turnspan_collector.demo._play import NotTakenError, play

WORLD = World(date(2026, 3, 3))


@dataclass(slots=True)
class Receiver:
    """Counts what it takes; refuses the first request of each transport."""

    refuse: list[str] = field(default_factory=lambda: ["grpc", "http"])
    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    status: int = 503
    spans: int = 0
    records: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, request: Any) -> None:
        """Count a request's items."""
        with self.lock:
            for one in getattr(request, "resource_spans", ()):
                self.spans += sum(len(scope.spans) for scope in one.scope_spans)
            for one in getattr(request, "resource_logs", ()):
                self.records += sum(len(scope.log_records) for scope in one.scope_logs)

    def refuses(self, transport: str) -> bool:
        """Whether this request is turned away."""
        with self.lock:
            if transport not in self.refuse:
                return False
            self.refuse.remove(transport)
            return True


@contextmanager
def _listening(receiver: Receiver) -> Iterator[tuple[int, int]]:
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_handler("trace", traces, receiver),))
    server.add_generic_rpc_handlers((_handler("logs", logs, receiver),))
    grpc_port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _web(receiver))
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    try:
        yield grpc_port, web.server_port
    finally:
        web.shutdown()
        thread.join()
        web.server_close()
        server.stop(None).wait()


def _handler(signal: str, module: Any, receiver: Receiver) -> grpc.GenericRpcHandler:
    kind = "Trace" if signal == "trace" else "Logs"

    def export(request: Any, context: grpc.ServicerContext) -> Any:
        if receiver.refuses("grpc"):
            context.abort(receiver.code, "full for now")
        receiver.take(request)
        return getattr(module, f"Export{kind}ServiceResponse")()

    return grpc.method_handlers_generic_handler(
        f"opentelemetry.proto.collector.{signal}.v1.{kind}Service",
        {
            "Export": grpc.unary_unary_rpc_method_handler(
                export,
                getattr(module, f"Export{kind}ServiceRequest").FromString,
                getattr(module, f"Export{kind}ServiceResponse").SerializeToString,
            )
        },
    )


def _web(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Web(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.status if receiver.refuses("http") else 200
            if status == 200:
                spans = self.path == "/v1/traces"
                kind: Any = (
                    traces.ExportTraceServiceRequest
                    if spans
                    else logs.ExportLogsServiceRequest
                )
                receiver.take(kind.FromString(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    return Web


def test_everything_arrives_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal for the moment is repeated; the count is that of what was taken."""
    monkeypatch.setattr(_play, "time", _NoWait())
    requests = list(history(WORLD, 0, WORLD.at(4)))
    sent = sum(one.records for one in requests)
    reported: list[Sent] = []
    receiver = Receiver()
    with _listening(receiver) as (grpc_port, http_port):
        taken = play(requests, "127.0.0.1", grpc_port, http_port, reported.append)
    assert (
        taken
        == sent
        == receiver.spans + receiver.records
        == sum(one.records for one in reported)
    )
    assert receiver.refuse == []
    assert min(receiver.spans, receiver.records) > 0


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_a_refusal_for_good_ends_it(transport: str) -> None:
    """What the collector will never take is not repeated; the reason is passed on."""
    receiver = Receiver([transport], grpc.StatusCode.INVALID_ARGUMENT, 400)
    with (
        _listening(receiver) as (grpc_port, http_port),
        pytest.raises(NotTakenError, match="refused the demo's data"),
    ):
        play(history(WORLD, 0, WORLD.at(2)), "127.0.0.1", grpc_port, http_port)


class _NoWait:
    def sleep(self, seconds: float) -> None:
        """Tests do not wait."""
