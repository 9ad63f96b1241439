"""The tracer, logger and meter in use, and whether anything listens to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import metadata
from typing import Final

from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import Logger, LoggerProvider, NoOpLoggerProvider
from opentelemetry.metrics import Meter, MeterProvider, NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider, Tracer, TracerProvider

from turnspan import _problems

SCOPE: Final = "turnspan"
UNKNOWN_SERVICE: Final = "unknown_service"

_NO_SDK: Final = (
    "no OpenTelemetry SDK is configured, so nothing is recorded; call "
    "turnspan.setup() at start (pip install 'turnspan[otlp]'), or run the bot under "
    "opentelemetry-instrument"
)
_NO_LOGS: Final = (
    "no OpenTelemetry LoggerProvider is configured, so events (messages, intents, "
    "handoffs) are lost; call turnspan.setup(), which adds what is missing"
)
_NOOP: Final = (NoOpTracerProvider, NoOpLoggerProvider, NoOpMeterProvider)


@cache
def version() -> str:
    """Give turnspan's version."""
    try:
        return metadata.version("turnspan")
    except metadata.PackageNotFoundError:
        return "0"


class Pipeline:
    """Where telemetry goes: the global providers, or the ones given."""

    __slots__ = ("_live", "logger", "meter", "tracer", "tracer_provider")

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        logger_provider: LoggerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:
        self.tracer_provider = tracer_provider
        self.tracer: Tracer = trace.get_tracer(SCOPE, version(), tracer_provider)
        self.logger: Logger = _logs.get_logger(
            SCOPE, version(), logger_provider=logger_provider
        )
        self.meter: Meter = metrics.get_meter(SCOPE, version(), meter_provider)
        self._live = any((tracer_provider, logger_provider, meter_provider))

    def active(self) -> bool:
        """Whether anything is configured; warns once when nothing is."""
        if self._live:
            return True
        self._live = _configured()
        if not self._live:
            _problems.warn_once("no SDK", _NO_SDK)
        return self._live

    def service_name(self) -> str:
        """Give service.name of the provider's resource or of the environment."""
        provider = self.tracer_provider or trace.get_tracer_provider()
        resource = getattr(provider, "resource", None)
        name = getattr(resource, "attributes", {}).get("service.name")
        return name if isinstance(name, str) and name else _environment_service()


def _configured() -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    tracing = is_real(trace.get_tracer_provider())
    logging = is_real(_logs.get_logger_provider())
    metering = is_real(metrics.get_meter_provider())
    if (tracing or metering) and not logging:
        _problems.warn_once("no logs", _NO_LOGS)
    return tracing or logging or metering


def is_real(provider: object) -> bool:
    """Whether a provider is one that somebody configured."""
    return not isinstance(provider, _NOOP) and "Proxy" not in type(provider).__name__


def _environment_service() -> str:
    name = os.environ.get("OTEL_SERVICE_NAME", "").strip()
    for pair in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, _, value = pair.partition("=")
        if not name and key.strip() == "service.name":
            name = value.strip()
    return name or UNKNOWN_SERVICE


_current: Pipeline | None = None
_listeners: list[Callable[[], None]] = []


def current() -> Pipeline:
    """Give the pipeline in use; the global providers' unless another was set."""
    global _current
    if _current is None:
        _current = Pipeline()
    return _current


def use(pipeline: Pipeline | None) -> None:
    """Send everything elsewhere; None goes back to the global providers."""
    global _current
    _current = pipeline
    for listener in _listeners:
        listener()


def on_change(listener: Callable[[], None]) -> None:
    """Call the listener whenever another pipeline is set."""
    _listeners.append(listener)
