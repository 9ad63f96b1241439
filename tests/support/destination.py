"""A receiver of OTLP, over gRPC and HTTP, that answers as it is told and remembers."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from turnspan_collector.decode import SIGNALS, Signal

__all__ = ["Answer", "Got", "Receiver", "receiving"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say: an HTTP status and its gRPC twin, a delay in s, a body."""

    status: int = 200
    code: grpc.StatusCode = grpc.StatusCode.OK
    after_s: int | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Got:
    """A request that came; header names are in small letters."""

    signal: Signal
    body: bytes
    headers: dict[str, str]


@dataclass
class Receiver:
    """Says ``answers`` one after another, then success.

    While ``open`` is not set nothing is answered; ``refuses`` decides by the body.
    """

    answers: list[Answer] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    refuses: Any = None
    grpc_port: int = 0
    http_port: int = 0

    def endpoint(self, protocol: str) -> str:
        """Its address for a protocol's name."""
        port = self.grpc_port if protocol == "grpc" else self.http_port
        return f"http://127.0.0.1:{port}"

    def spans(self) -> list[int]:
        """The ids of the spans that were taken, as often as they were."""
        requests: list[Any] = [
            one.signal.request.FromString(one.body) for one in list(self.taken)
        ]
        return [
            int.from_bytes(span.span_id, "big")
            for request in requests
            for group in request.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]

    def answer(self, got: Got) -> Answer:
        """What to say to a request that came."""
        self.got.append(got)
        self.open.wait(60)
        said = self.answers.pop(0) if self.answers else Answer()
        if self.refuses is not None:
            said = self.refuses(got) or said
        if said.status == 200:
            self.taken.append(got)
        return said


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    by_path = {one.path: one for one in SIGNALS}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            signal = next(
                one for path, one in by_path.items() if self.path.endswith(path)
            )
            said = receiver.answer(Got(signal, body, headers))
            self.send_response(said.status)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(said.body)))
            if said.after_s is not None:
                self.send_header("retry-after", str(said.after_s))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


class _Methods(grpc.GenericRpcHandler):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        for one in SIGNALS:
            if one.method == handler_call_details.method:
                return grpc.unary_unary_rpc_method_handler(
                    lambda body, context, signal=one: self._call(signal, body, context)
                )
        return None

    def _call(self, signal: Signal, body: bytes, context: grpc.ServicerContext) -> Any:
        headers = {
            key: str(value) for key, value in context.invocation_metadata() or ()
        }
        said = self._receiver.answer(Got(signal, body, headers))
        if said.code is not grpc.StatusCode.OK:
            if said.after_s is not None:
                details = AnyMessage()
                details.Pack(RetryInfo(retry_delay=Duration(seconds=said.after_s)))
                status = Status(code=said.code.value[0], details=[details])
                trailer = ("grpc-status-details-bin", status.SerializeToString())
                context.set_trailing_metadata((trailer,))
            context.abort(said.code, "refused")
        return said.body


@contextmanager
def receiving(
    *, grpc_port: int = 0, credentials: grpc.ServerCredentials | None = None
) -> Iterator[Receiver]:
    """Run a receiver until the block ends."""
    receiver = Receiver()
    receiver.open.set()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    http.daemon_threads = True
    receiver.http_port = http.server_port
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    server = grpc.server(ThreadPoolExecutor(4), handlers=[_Methods(receiver)])
    address = f"127.0.0.1:{grpc_port}"
    receiver.grpc_port = (
        server.add_insecure_port(address)
        if credentials is None
        else server.add_secure_port(address, credentials)
    )
    server.start()
    try:
        yield receiver
    finally:
        receiver.open.set()
        http.shutdown()
        http.server_close()
        server.stop(0).wait()
