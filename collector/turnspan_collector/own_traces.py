"""The collector's own traces: a span for a share of its requests, sent by OTLP.

A span about a request that carries such spans would be another request, for ever. So
spans bear this process's instance id as a resource attribute, and a request with it is
not traced, by whatever way it came back.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from turnspan_collector.config import Telemetry
from turnspan_collector.errors import ExitCode, StartError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from turnspan_collector.decode import Decoded, Signal

__all__ = ["NoTraces", "OwnTraces", "own_traces"]

SERVICE: Final = "turnspan-collector"
CLOSE_SECONDS_MAX: Final = 3.0
_INSTANCE: Final = "service.instance.id"
_INSTALL: Final = "pip install 'turnspan[collector,otlp]'"

logger = logging.getLogger(__name__)


class NoTraces:
    """Traces of nothing."""

    @property
    def instance(self) -> str:
        """What own spans bear as ``service.instance.id``; empty without any."""
        return ""

    def request(
        self,
        transport: str,
        signal: Signal,
        answer: str,
        decoded: Decoded | None = None,
    ) -> None:
        """Leave it out."""

    def close(self) -> None:
        """Nothing is held."""


class OwnTraces(NoTraces):
    """Spans of requests, handed to ``provider``, whose resource has ``instance``."""

    def __init__(self, provider: TracerProvider, instance: str) -> None:
        self._provider = provider
        self._instance = instance
        self._tracer = provider.get_tracer("turnspan.collector", version("turnspan"))

    @property
    def instance(self) -> str:
        """What they bear as ``service.instance.id``."""
        return self._instance

    def request(
        self,
        transport: str,
        signal: Signal,
        answer: str,
        decoded: Decoded | None = None,
    ) -> None:
        """A request that was answered, from its receipt; never raises."""
        if decoded is None or self._is_own(decoded):
            return
        attributes: dict[str, Any] = {
            "rpc.system": transport,
            "turnspan.signal": signal.name,
            "turnspan.answer": answer,
            "turnspan.items": decoded.items,
            "turnspan.items.rejected": decoded.rejected,
        }
        try:
            span = self._tracer.start_span(
                f"receive {signal.name}",
                start_time=decoded.batch.received_ns,
                attributes=attributes,
            )
            span.end(max(time.time_ns(), decoded.batch.received_ns))
        except Exception:
            logger.debug("a span of the collector's own was lost", exc_info=True)

    def _is_own(self, decoded: Decoded) -> bool:
        return any(
            one.attributes.get(_INSTANCE) == self._instance
            for one in decoded.batch.resources
        )

    def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        closing = threading.Thread(
            target=self._provider.shutdown, name="own-traces", daemon=True
        )
        closing.start()
        closing.join(CLOSE_SECONDS_MAX)


def own_traces(settings: Telemetry) -> NoTraces:
    """What the settings ask for; ``StartError`` where the SDK is not installed."""
    if not settings.traces_endpoint:
        return NoTraces()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
    except ModuleNotFoundError as error:
        raise StartError(
            f"traces_endpoint is set and {error.name} is not installed: {_INSTALL}.",
            ExitCode.USAGE,
        ) from error
    instance = secrets.token_hex(16)
    provider = TracerProvider(
        sampler=TraceIdRatioBased(settings.traces_percent / 100),
        resource=Resource(
            {
                "service.name": SERVICE,
                "service.version": version("turnspan"),
                _INSTANCE: instance,
            }
        ),
        shutdown_on_exit=False,
    )
    url = settings.traces_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return OwnTraces(provider, instance)
