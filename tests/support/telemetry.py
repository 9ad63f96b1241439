"""What the bot's side sends, caught in memory and held against the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

from turnspan import _keyfile, _pipeline, _problems, _settings
from turnspan import conventions as c
from turnspan.processors import ConversationSpanProcessor

SECRET: Final = "a secret for tests"
RESOURCE: Final = Resource({"service.name": "bot-under-test"})
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "int": int,
    "double": float,
    "boolean": bool,
    "string[]": tuple,
}


_LogExporter: Callable[[], InMemoryLogRecordExporter] = InMemoryLogRecordExporter


class Event:
    """One log record: its name, attributes and time in nanoseconds."""

    def __init__(self, record: Any) -> None:
        self.name: str = record.event_name
        self.attributes: dict[str, Any] = dict(record.attributes or {})
        self.timestamp: int = record.timestamp
        self.trace_id: int = record.trace_id
        self.span_id: int = record.span_id

    def __repr__(self) -> str:
        return f"Event({self.name}, {self.attributes})"


class Captured:
    """Providers with exporters in memory, and what they caught."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self._spans = InMemorySpanExporter()
        self._logs = _LogExporter()
        self._metrics = InMemoryMetricReader()
        self.tracer_provider = TracerProvider(sampler, RESOURCE, shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(ConversationSpanProcessor())
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self.logger_provider = LoggerProvider(RESOURCE, shutdown_on_exit=False)
        self.logger_provider.add_log_record_processor(
            SimpleLogRecordProcessor(self._logs)
        )
        self.meter_provider = MeterProvider(
            [self._metrics], resource=RESOURCE, shutdown_on_exit=False
        )
        self._metric_data: Any = None

    def pipeline(self) -> _pipeline.Pipeline:
        """Give a pipeline to these providers."""
        return _pipeline.Pipeline(
            self.tracer_provider, self.logger_provider, self.meter_provider
        )

    @property
    def spans(self) -> list[ReadableSpan]:
        """Every finished span, of other instrumentations too."""
        return list(self._spans.get_finished_spans())

    @property
    def turns(self) -> list[ReadableSpan]:
        """The finished spans of turns."""
        return [span for span in self.spans if _is_ours(span.instrumentation_scope)]

    @property
    def turn(self) -> dict[str, Any]:
        """The attributes of the only turn."""
        [span] = self.turns
        return dict(span.attributes or {})

    @property
    def events(self) -> list[Event]:
        """Every event, in the order of sending."""
        return [Event(log.log_record) for log in self._logs.get_finished_logs()]

    def named(self, *names: str) -> list[dict[str, Any]]:
        """Give the attributes of the events with these names."""
        return [event.attributes for event in self.events if event.name in names]

    def points(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """Give a metric's data points: attributes, and the sum or the point."""
        return [
            (dict(point.attributes), getattr(point, "value", point))
            for metric in self._all_metrics()
            if metric.name == name
            for point in metric.data.data_points
        ]

    def clear(self) -> None:
        """Forget the spans and events so far."""
        self._spans.clear()
        self._logs.clear()

    def everything(self) -> str:
        """Give all that left, as one text to search."""
        spans = [span.to_json() for span in self.spans]
        logs = [log.to_json() for log in self._logs.get_finished_logs()]
        metrics = self._metric_data = self._metrics.get_metrics_data()
        return "\n".join([*spans, *logs, metrics.to_json() if metrics else ""])

    def strangers(self) -> list[str]:
        """List what was sent under our scope and is not in the registry."""
        return [
            *_span_faults(self.turns),
            *_event_faults(self.events),
            *_metric_faults(self._all_metrics()),
        ]

    def _all_metrics(self) -> Iterator[Any]:
        data = self._metrics.get_metrics_data() or self._metric_data
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                yield from scope.metrics


def captured() -> Iterator[Captured]:
    """Send everything into memory, with known settings; then ask the registry."""
    caught = Captured()
    _forget()
    _settings.configure(user_key=SECRET)
    _pipeline.use(caught.pipeline())
    yield caught
    strangers = caught.strangers()
    _pipeline.use(None)
    _forget()
    assert strangers == []


def _forget() -> None:
    _problems.forget()
    _settings.reset()
    _keyfile.reset()


def _is_ours(scope: Any) -> bool:
    return scope is not None and scope.name == _pipeline.SCOPE


def _span_faults(spans: Iterable[ReadableSpan]) -> Iterator[str]:
    for span in spans:
        kind = span.name.partition(" ")[0]
        if kind not in c.SPANS:
            yield f"span {span.name}"
            continue
        yield from _attribute_faults(span.name, span.attributes or {}, c.SPANS[kind])
        for event in span.events:
            yield from _named_faults(event.name, event.attributes or {})


def _event_faults(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        if event.name is not None:
            yield from _named_faults(event.name, event.attributes)


def _named_faults(name: str, attributes: Mapping[str, Any]) -> Iterator[str]:
    if name.startswith(c.EVENT_CUSTOM + "."):
        known = {k: v for k, v in attributes.items() if k in c.ATTRIBUTES}
        yield from _attribute_faults(name, known, c.EVENTS[c.EVENT_CUSTOM])
    elif name not in c.EVENTS:
        yield f"event {name}"
    else:
        yield from _attribute_faults(name, attributes, c.EVENTS[name])


def _metric_faults(metrics: Iterable[Any]) -> Iterator[str]:
    for metric in metrics:
        spec = c.METRICS.get(metric.name)
        if spec is None or spec.unit != metric.unit:
            yield f"metric {metric.name} in {metric.unit}"
            continue
        for point in metric.data.data_points:
            yield from _attribute_faults(metric.name, point.attributes, spec.attributes)


def _attribute_faults(
    owner: str, attributes: Mapping[str, Any], allowed: frozenset[str]
) -> Iterator[str]:
    for key, value in attributes.items():
        if key not in allowed:
            yield f"{key} on {owner}"
        elif type(value) is not _TYPES[c.ATTRIBUTES[key]]:
            yield f"{key} on {owner} is a {type(value).__name__}"
        elif key in c.ENUMS and value not in c.ENUMS[key]:
            yield f"{key} on {owner} is no member"
