"""Sends the history to a collector as the bots would have: OTLP over gRPC and HTTP."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from turnspan_collector.errors import ExitCode, StartError

from ._history import Request, Sent

__all__ = ["NotTakenError", "play"]

_PACKAGE = "opentelemetry.proto.collector"
_IN_FLIGHT_MAX = 4
_ATTEMPTS_MAX = 6
_TIMEOUT_S = 60
_OVER_HTTP = frozenset({"llm"})
_TRY_AGAIN_GRPC = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
_TRY_AGAIN_HTTP = (429, 502, 503, 504)


class NotTakenError(StartError):
    """the collector did not take a request; the text says why, in a sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.UNEXPECTED)


def play(
    requests: Iterable[Sent],
    host: str,
    grpc_port: int,
    http_port: int,
    report: Callable[[Sent], object] = lambda sent: None,
) -> int:
    """Send every request and return how many records were taken.

    ``report`` hears of each request once it is durable. Requests that
    the collector refuses for the moment are repeated; otherwise ``NotTakenError``.
    """
    target = f"{host}:{grpc_port}"
    with (
        grpc.insecure_channel(target) as channel,
        ThreadPoolExecutor(_IN_FLIGHT_MAX, "demo-play") as pool,
    ):
        sender = _Sender(channel, f"http://{host}:{http_port}")
        taken = 0
        for sent in _in_order(pool, sender, requests):
            taken += sent.records
            report(sent)
    return taken


def _in_order(
    pool: ThreadPoolExecutor, sender: _Sender, requests: Iterable[Sent]
) -> Iterator[Sent]:
    pending: deque[Future[Sent]] = deque()
    for sent in requests:
        if len(pending) == _IN_FLIGHT_MAX:
            yield pending.popleft().result()
        pending.append(pool.submit(sender.send, sent))
    while pending:
        yield pending.popleft().result()


class _Sender:
    def __init__(self, channel: grpc.Channel, url: str) -> None:
        self._traces = channel.unary_unary(
            f"/{_PACKAGE}.trace.v1.TraceService/Export",
            ExportTraceServiceRequest.SerializeToString,
            ExportTraceServiceResponse.FromString,
        )
        self._logs = channel.unary_unary(
            f"/{_PACKAGE}.logs.v1.LogsService/Export",
            ExportLogsServiceRequest.SerializeToString,
            ExportLogsServiceResponse.FromString,
        )
        self._url = url

    def send(self, sent: Sent) -> Sent:
        """Send one request, again and again while it is refused for the moment."""
        way = self._http if sent.bot in _OVER_HTTP else self._grpc
        for attempt in range(1, _ATTEMPTS_MAX + 1):
            problem = way(sent.request)
            if problem is None:
                return sent
            time.sleep(min(0.2 * 2**attempt, 3))
        raise NotTakenError(
            f"the collector refused a request {_ATTEMPTS_MAX} times: {problem}."
        )

    def _grpc(self, request: Request) -> str | None:
        """Send over gRPC; a text says why it should be tried again."""
        traces = isinstance(request, ExportTraceServiceRequest)
        export = self._traces if traces else self._logs
        try:
            answer = export(request, timeout=_TIMEOUT_S, wait_for_ready=True)
        except grpc.RpcError as error:
            if error.code() in _TRY_AGAIN_GRPC:
                return str(error.details())
            raise NotTakenError(
                f"the collector refused the demo's data: {error.details()}."
            ) from error
        if answer.HasField("partial_success"):
            raise NotTakenError(
                "the collector took a request in part: "
                f"{answer.partial_success.error_message}."
            )
        return None

    def _http(self, request: Request) -> str | None:
        """Send over HTTP; a text says why it should be tried again."""
        traces = isinstance(request, ExportTraceServiceRequest)
        call = urllib.request.Request(  # noqa: S310
            f"{self._url}/v1/{'traces' if traces else 'logs'}",
            request.SerializeToString(),
            {"Content-Type": "application/x-protobuf"},
        )
        try:
            with urllib.request.urlopen(call, timeout=_TIMEOUT_S):  # noqa: S310
                return None
        except urllib.error.HTTPError as error:
            if error.code in _TRY_AGAIN_HTTP:
                return f"status {error.code}"
            raise NotTakenError(
                f"the collector refused the demo's data with status {error.code}."
            ) from error
        except OSError as error:
            return str(error)
