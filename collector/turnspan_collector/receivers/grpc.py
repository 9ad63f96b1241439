"""OTLP over gRPC: raw bytes from grpcio's thread pool into the intake.

The methods are unary on the wire. Here they take a stream of one message, because
grpcio calls such a method when the headers are there: a request without a token that
holds is refused before its body is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc

from turnspan_collector.connections import ConnectionLimits
from turnspan_collector.decode import SIGNALS, Encoding, Signal
from turnspan_collector.errors import Cut
from turnspan_collector.forward import VIA
from turnspan_collector.receivers.deadlines import Deadlines
from turnspan_collector.receivers.intake import Intake
from turnspan_collector.security import Certificates

__all__ = ["GrpcReceiver"]

RESPONSE_BYTES_MAX = 4 * 1024 * 1024
# Streams of one connection; more wait in the client, in its flow control.
STREAMS_MAX = 100
# A connection that says nothing for so long is asked whether it is there.
KEEPALIVE_SECONDS = 60
# Clients may ask the same, no more often than this.
PING_SECONDS_MIN = 10


class GrpcReceiver:
    """A gRPC server for the three Export methods; anything else is UNIMPLEMENTED."""

    def __init__(
        self,
        intake: Intake,
        *,
        request_bytes_max: int,
        threads: int,
        answer_seconds_max: float,
        certificates: Certificates | None = None,
        limits: ConnectionLimits | None = None,
    ) -> None:
        limits = limits or ConnectionLimits()
        self._deadlines = Deadlines(limits.body_seconds_max)
        self._certificates = certificates
        self._intake = intake
        self._answer_seconds_max = answer_seconds_max
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="grpc"),
            handlers=[_Methods(self._answer, intake)],
            options=[
                ("grpc.max_receive_message_length", request_bytes_max),
                ("grpc.max_send_message_length", RESPONSE_BYTES_MAX),
                ("grpc.max_concurrent_streams", STREAMS_MAX),
                ("grpc.so_reuseport", 0),
                *_connection_options(limits),
            ],
        )

    def bind(self, address: str) -> int:
        """Take the port; returns its number. ``OSError`` where it is taken."""
        try:
            if self._certificates is None:
                return self._server.add_insecure_port(address)
            credentials = self._certificates.credentials()
            return self._server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise OSError(str(error)) from None

    def start(self) -> None:
        """Accept requests."""
        self._deadlines.start()
        self._server.start()

    def stop(self, ends: float) -> None:
        """Accept no more, and answer what was accepted until ``ends`` (monotonic)."""
        self._server.stop(max(0.0, ends - time.monotonic())).wait()
        self._deadlines.stop()

    def _answer(
        self, signal: Signal, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> bytes:
        decoded = None
        try:
            grant = self._intake.admit(_header(context, "authorization"))
            self._intake.refuse_when_full(0)
            with self._intake.reading(), self._deadlines.within(context):
                body = _body(requests)
            self._intake.refuse_when_full(len(body))
            via = _header(context, VIA)
            decoded, stored = self._intake.begin(
                signal, body, Encoding.PROTOBUF, grant, via
            )
            stored.result(self._answer_seconds_max)
        except _Gone:
            self._intake.turned_away("cut")
            return b""
        except Exception as error:
            refusal = self._intake.refuse(signal, error, decoded)
            context.set_trailing_metadata(refusal.trailers())
            context.abort(refusal.code, refusal.message)
        return self._intake.finish(signal, decoded, Encoding.PROTOBUF)


def _connection_options(limits: ConnectionLimits) -> list[tuple[str, int]]:
    """Of grpcio: how many connections, and when one is closed.

    What is under way when a connection grows too old may end first.
    """
    return [
        ("grpc.max_allowed_incoming_connections", limits.connections_max),
        ("grpc.server_handshake_timeout_ms", int(limits.header_seconds_max * 1000)),
        ("grpc.keepalive_time_ms", KEEPALIVE_SECONDS * 1000),
        ("grpc.keepalive_timeout_ms", int(limits.header_seconds_max * 1000)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", PING_SECONDS_MIN * 1000),
        ("grpc.max_connection_idle_ms", int(limits.idle_seconds_max * 1000)),
        ("grpc.max_connection_age_ms", int(limits.age_seconds_max * 1000)),
        ("grpc.max_connection_age_grace_ms", int(limits.body_seconds_max * 2000)),
    ]


class _Gone(Exception):
    """The client left before its request was whole."""


def _header(context: grpc.ServicerContext, name: str) -> str:
    found = dict(context.invocation_metadata() or ()).get(name, "")
    return found if isinstance(found, str) else ""


def _body(requests: Iterator[bytes]) -> bytes:
    """The one message of a unary call."""
    try:
        return next(requests)
    except grpc.RpcError:
        raise _Gone from None
    except StopIteration:  # a message beyond the size limit ends in it, too
        raise Cut("the call ended without a request: send one") from None


class _Methods(grpc.GenericRpcHandler):
    """The three methods by their full names, with the bytes left as they came."""

    def __init__(
        self,
        answer: Callable[[Signal, Iterator[bytes], grpc.ServicerContext], bytes],
        intake: Intake,
    ) -> None:
        self._intake = intake
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            signal.method: grpc.stream_unary_rpc_method_handler(
                lambda requests, context, signal=signal: answer(
                    signal, requests, context
                )
            )
            for signal in SIGNALS
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """The handler of a method; ``None`` makes it UNIMPLEMENTED."""
        found = self._handlers.get(handler_call_details.method)
        if found is None:
            self._intake.turned_away("path")
        return found
