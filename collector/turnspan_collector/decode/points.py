"""Metric points of all five kinds into columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp

from turnspan import conventions as names
from turnspan_collector.decode.building import Builder, Origin
from turnspan_collector.decode.ids import is_span_id, is_trace_id
from turnspan_collector.decode.times import MENDED
from turnspan_collector.decode.values import attributes_of, clean, digest, float_value

__all__ = ["add_points"]

NO_RECORDED_VALUE = otlp.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
TEMPORALITY_MAX = 2


@dataclass(frozen=True, slots=True)
class _Values:
    """What tells the kinds of points apart."""

    value: float | None = None
    int_value: int | None = None
    count: int | None = None
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    detail: dict[str, Any] | None = None


def add_points(request: ExportMetricsServiceRequest, builder: Builder) -> int:
    """Append every point; returns how many there were."""
    before = len(builder.batch.points)
    for of_resource in request.resource_metrics:
        for of_scope in of_resource.scope_metrics:
            origin = builder.origin(
                of_resource.resource,
                of_resource.schema_url,
                of_scope.scope,
                of_scope.schema_url,
            )
            for metric in of_scope.metrics:
                _add_metric(metric, builder, origin)
    return len(builder.batch.points) - before


def _add_metric(metric: otlp.Metric, builder: Builder, origin: Origin) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    temporality = getattr(data, "aggregation_temporality", 0)
    if not 0 <= temporality <= TEMPORALITY_MAX:
        temporality = 0
    monotonic = data.is_monotonic if kind == "sum" else None
    columns = builder.batch.points
    for point in data.data_points:
        values = _values(kind, point)
        columns.name.append(clean(metric.name))
        columns.unit.append(clean(metric.unit) or None)
        columns.description.append(clean(metric.description) or None)
        columns.kind.append(kind)
        columns.temporality.append(temporality)
        columns.monotonic.append(monotonic)
        columns.value.append(values.value)
        columns.int_value.append(values.int_value)
        columns.count.append(values.count)
        columns.sum.append(values.sum)
        columns.min.append(values.min)
        columns.max.append(values.max)
        columns.detail.append(values.detail)
        _add_common(point, builder, origin)
        stream = [metric.name, metric.unit, kind, temporality, monotonic]
        columns.uid.append(builder.unique(_content(point, stream, values, builder)))


def _values(kind: str, point: Any) -> _Values:
    if point.flags & NO_RECORDED_VALUE:
        return _Values()
    if kind in ("gauge", "sum"):
        return _number(point)
    if kind == "histogram":
        return _histogram(point)
    if kind == "exponential_histogram":
        return _exponential(point)
    return _summary(point)


def _number(point: otlp.NumberDataPoint) -> _Values:
    if point.WhichOneof("value") == "as_int":
        return _Values(int_value=point.as_int)
    return _Values(value=point.as_double)


def _optional(point: Any, name: str) -> float | None:
    return getattr(point, name) if point.HasField(name) else None


def _histogram(point: otlp.HistogramDataPoint) -> _Values:
    return _Values(
        count=point.count,
        sum=_optional(point, "sum"),
        min=_optional(point, "min"),
        max=_optional(point, "max"),
        detail={
            "bounds": [float_value(bound) for bound in point.explicit_bounds],
            "counts": list(point.bucket_counts),
        },
    )


def _exponential(point: otlp.ExponentialHistogramDataPoint) -> _Values:
    return _Values(
        count=point.count,
        sum=_optional(point, "sum"),
        min=_optional(point, "min"),
        max=_optional(point, "max"),
        detail={
            "scale": point.scale,
            "zero_count": point.zero_count,
            "zero_threshold": float_value(point.zero_threshold),
            "positive": _buckets(point.positive),
            "negative": _buckets(point.negative),
        },
    )


def _buckets(
    buckets: otlp.ExponentialHistogramDataPoint.Buckets,
) -> dict[str, Any]:
    return {"offset": buckets.offset, "counts": list(buckets.bucket_counts)}


def _summary(point: otlp.SummaryDataPoint) -> _Values:
    return _Values(
        count=point.count,
        sum=point.sum,
        detail={
            "quantiles": [
                [float_value(one.quantile), float_value(one.value)]
                for one in point.quantile_values
            ]
        },
    )


def _add_common(point: Any, builder: Builder, origin: Origin) -> None:
    columns = builder.batch.points
    attributes = attributes_of(point.attributes)
    time_ns, flags, original = builder.times.instant(point.time_unix_nano)
    if flags:
        builder.warn(MENDED)
    start_ns: int | None = point.start_time_unix_nano or None
    if start_ns is not None and not builder.times.holds(start_ns):
        original = {**(original or {}), "start": str(start_ns)}
        start_ns = None
    bot = attributes.get(names.BOT_NAME)
    columns.bot.append(bot if isinstance(bot, str) and bot else origin.bot)
    columns.attributes.append(attributes or None)
    columns.time_ns.append(time_ns)
    columns.start_ns.append(start_ns)
    columns.time_flags.append(flags)
    columns.original_times.append(original)
    columns.flags.append(point.flags)
    columns.exemplars.append(list(_exemplars(getattr(point, "exemplars", ()))) or None)
    columns.resource.append(origin.resource)
    columns.scope.append(origin.scope)


def _exemplars(exemplars: Iterable[otlp.Exemplar]) -> Iterator[dict[str, Any]]:
    for one in exemplars:
        kind = one.WhichOneof("value")
        value = one.as_int if kind == "as_int" else float_value(one.as_double)
        yield {
            "time_ns": one.time_unix_nano,
            "value": value if kind else None,
            "trace_id": one.trace_id.hex() if is_trace_id(one.trace_id) else None,
            "span_id": one.span_id.hex() if is_span_id(one.span_id) else None,
            "attributes": attributes_of(one.filtered_attributes),
        }


def _content(point: Any, stream: list[Any], values: _Values, builder: Builder) -> bytes:
    columns = builder.batch.points
    at_resource, at_scope = columns.resource[-1], columns.scope[-1]
    return digest(
        builder.batch.resources[at_resource].digest,
        builder.batch.scopes[at_scope].digest,
        stream,
        [point.time_unix_nano, point.start_time_unix_nano, point.flags],
        [values.int_value, values.count, values.detail],
        [_hashable(one) for one in (values.value, values.sum, values.min, values.max)],
        [columns.attributes[-1], columns.exemplars[-1]],
    )


def _hashable(number: float | None) -> float | str | None:
    return None if number is None else float_value(number)
