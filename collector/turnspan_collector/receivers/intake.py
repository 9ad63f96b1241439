"""What both doors do with a request: decode, hand to the pipeline, count, answer."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager

from turnspan_collector.answers import Refusal, refusal_of, success
from turnspan_collector.decode import (
    Decoded,
    Encoding,
    Signal,
    decode_request,
    read_request,
)
from turnspan_collector.forward import Accepted, Forwarding, bots_of
from turnspan_collector.memory import MemoryGuard
from turnspan_collector.own_traces import NoTraces
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.refusals import reason_of
from turnspan_collector.security import Gate, Grant, OpenGate
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Request
from turnspan_exporters.errors import ExportError

__all__ = ["Intake"]

logger = logging.getLogger(__name__)


class Intake:
    """The way from a request's bytes to its answer, for one transport."""

    def __init__(
        self,
        transport: str,
        pipeline: Pipeline,
        metrics: SelfMetrics,
        gate: Gate | None = None,
        traces: NoTraces | None = None,
        memory: MemoryGuard | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
        items_max: int = sys.maxsize,
        forwarding: Forwarding | None = None,
    ) -> None:
        self._transport = transport
        self._pipeline = pipeline
        self._metrics = metrics
        self._gate = gate or OpenGate()
        self._traces = traces or NoTraces()
        self._memory = memory or MemoryGuard(sys.maxsize, sys.maxsize)
        self._clock_ns = clock_ns
        self._items_max = items_max
        self._forwarding = forwarding

    def admit(self, authorization: str) -> Grant:
        """What a request may send, by its header; asked before its body is read."""
        return self._gate.admit_sender(authorization)

    def refuse_when_full(self, size_bytes: int) -> None:
        """Raise ``Overloaded`` where there is no room for that much more."""
        self._pipeline.refuse_when_full(size_bytes)
        self._memory.check(busy=self._pipeline.is_busy)

    def reading(self) -> AbstractContextManager[None]:
        """While a message is read whose size is not known before."""
        return self._memory.reading()

    def begin(
        self,
        signal: Signal,
        body: bytes,
        encoding: Encoding,
        grant: Grant,
        via: str = "",
    ) -> tuple[Decoded, Future[None]]:
        """Decode and queue; the future ends when the items are durable.

        ``via`` is the header of that name, of collectors that send on.
        """
        request = Request(signal, encoding, self._clock_ns(), body, grant.bots)
        with self._memory.decoding(len(body), lambda: self._pipeline.is_busy):
            return self._decode(request, grant, via)

    def _decode(
        self, request: Request, grant: Grant, via: str
    ) -> tuple[Decoded, Future[None]]:
        signal, body = request.signal, request.body
        self._pipeline.refuse_when_full(len(body))
        message = read_request(signal, body, request.encoding, self._items_max)
        decoded = decode_request(signal, message, request.received_ns)
        asks = self._forwarding is not None and grant.bots is not None
        order = bots_of(signal, decoded) if asks else []
        accepted = None
        try:
            decoded = grant.take(signal, decoded)
            if self._forwarding is not None:
                accepted = Accepted.of(signal, message, decoded, grant.bots, order)
            del message  # as large as its rows
            answer = self._pipeline.submit(decoded.batch, len(body), request)
        except ExportError:
            self._metrics.refused(self._transport, signal, decoded.items)
            raise
        if self._forwarding is not None and accepted is not None:
            received_ns = request.received_ns
            answer = self._forwarding.follow(answer, accepted, received_ns, via)
        return decoded, answer

    def turned_away(self, reason: str) -> None:
        """Count a request of which nothing is known but the reason."""
        self._metrics.refused_request(self._transport, reason)

    def finish(self, signal: Signal, decoded: Decoded, encoding: Encoding) -> bytes:
        """Count durable items and give the body of the answer."""
        self._metrics.accepted(self._transport, signal, decoded.accepted)
        self._metrics.refused(self._transport, signal, decoded.rejected)
        answer = "partial" if decoded.rejected else "ok"
        self._metrics.answered(self._transport, signal, answer)
        self._traces.request(self._transport, signal, answer, decoded)
        return success(signal, decoded, encoding)

    def refuse(
        self, signal: Signal, error: BaseException, decoded: Decoded | None = None
    ) -> Refusal:
        """Count a failed request and give what its client is told."""
        if not isinstance(error, ExportError | TimeoutError):
            logger.error("a request failed in an unknown way", exc_info=error)
        if decoded is not None:
            self._metrics.refused(self._transport, signal, decoded.items)
        self.turned_away(reason_of(error, is_decoded=decoded is not None))
        refusal = refusal_of(error)
        self._metrics.answered(self._transport, signal, refusal.kind)
        self._traces.request(self._transport, signal, refusal.kind, decoded)
        return refusal
