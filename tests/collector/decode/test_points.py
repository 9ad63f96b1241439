"""Metric points of all five kinds become rows (C47)."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from tests.support.otlp import NOW_NS, SPAN_ID, TRACE_ID, attribute, metrics

from turnspan_collector.decode import METRICS, Decoded, Encoding, decode
from turnspan_exporters.records import Points

TIMES = {"time_unix_nano": NOW_NS, "start_time_unix_nano": NOW_NS - 10}


def decoded(*given: otlp.Metric) -> Decoded:
    body = metrics(*given).SerializeToString()
    return decode(METRICS, body, Encoding.PROTOBUF, NOW_NS)


def points(*given: otlp.Metric) -> Points:
    return decoded(*given).batch.points


def shown(columns: Points, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(getattr(columns, name) for name in names), strict=True))


def test_gauges_and_sums_keep_number_and_kind() -> None:
    """Integers stay integers; temporality and monotonicity are kept."""
    gauge = otlp.Metric(name="g", unit="s", description="about")
    gauge.gauge.data_points.add(as_double=1.5, **TIMES)
    total = otlp.Metric(name="n")
    total.sum.aggregation_temporality = otlp.AGGREGATION_TEMPORALITY_CUMULATIVE
    total.sum.is_monotonic = True
    total.sum.data_points.add(as_int=2**63 - 1, **TIMES)
    delta = otlp.Metric(name="d")
    delta.sum.aggregation_temporality = otlp.AGGREGATION_TEMPORALITY_DELTA
    delta.sum.data_points.add(as_int=-3, **TIMES)
    found = points(gauge, total, delta)
    assert shown(
        found, "name", "kind", "temporality", "monotonic", "value", "int_value"
    ) == [
        ("g", "gauge", 0, None, 1.5, None),
        ("n", "sum", 2, True, None, 2**63 - 1),
        ("d", "sum", 1, False, None, -3),
    ]
    assert shown(found, "unit", "description")[0] == ("s", "about")
    assert shown(found, "time_ns", "start_ns")[0] == (NOW_NS, NOW_NS - 10)
    assert found.bot == ["service"] * 3


def test_a_histogram_keeps_buckets_and_extremes() -> None:
    """Absent sum, min and max stay absent; counts above int64 stay exact (C45)."""
    metric = otlp.Metric(name="h")
    metric.histogram.data_points.add(
        count=2**64 - 1,
        sum=6.5,
        min=1,
        max=4,
        explicit_bounds=[1, 5],
        bucket_counts=[1, 2, 2**64 - 1],
        **TIMES,
    )
    metric.histogram.data_points.add(count=0, **TIMES)
    found = points(metric)
    assert shown(found, "count", "sum", "min", "max", "detail") == [
        (
            2**64 - 1,
            6.5,
            1.0,
            4.0,
            {"bounds": [1.0, 5.0], "counts": [1, 2, 2**64 - 1]},
        ),
        (0, None, None, None, {"bounds": [], "counts": []}),
    ]


def test_an_exponential_histogram_keeps_both_sides() -> None:
    """Scale, zero bucket, offsets and counts."""
    metric = otlp.Metric(name="e")
    point = metric.exponential_histogram.data_points.add(
        count=3, scale=-1, zero_count=1, zero_threshold=0.5, **TIMES
    )
    point.positive.offset = -2
    point.positive.bucket_counts.extend([1, 0])
    point.negative.bucket_counts.extend([1])
    found = points(metric)
    assert found.kind == ["exponential_histogram"]
    assert found.detail == [
        {
            "scale": -1,
            "zero_count": 1,
            "zero_threshold": 0.5,
            "positive": {"offset": -2, "counts": [1, 0]},
            "negative": {"offset": 0, "counts": [1]},
        }
    ]


def test_a_summary_keeps_quantiles() -> None:
    """NaN among them becomes text, which JSON can hold."""
    metric = otlp.Metric(name="s")
    point = metric.summary.data_points.add(count=2, sum=3, **TIMES)
    point.quantile_values.add(quantile=0.5, value=1)
    point.quantile_values.add(quantile=1, value=float("nan"))
    found = points(metric)
    assert shown(found, "kind", "count", "sum", "detail") == [
        ("summary", 2, 3.0, {"quantiles": [[0.5, 1.0], [1.0, "NaN"]]})
    ]


def test_no_recorded_value_is_a_row_without_value() -> None:
    """The flag is kept and the number that stands beside it is not."""
    metric = otlp.Metric(name="g")
    metric.gauge.data_points.add(as_int=5, flags=1, **TIMES)
    assert shown(points(metric), "flags", "value", "int_value") == [(1, None, None)]


def test_exemplars_are_kept() -> None:
    """With their trace, their time and what was filtered from the stream."""
    metric = otlp.Metric(name="g")
    point = metric.gauge.data_points.add(as_int=5, **TIMES)
    point.exemplars.add(
        as_int=4,
        time_unix_nano=NOW_NS,
        trace_id=TRACE_ID,
        span_id=SPAN_ID,
        filtered_attributes=[attribute("k", "v")],
    )
    assert points(metric).exemplars == [
        [
            {
                "time_ns": NOW_NS,
                "value": 4,
                "trace_id": TRACE_ID.hex(),
                "span_id": SPAN_ID.hex(),
                "attributes": {"k": "v"},
            }
        ]
    ]


def test_points_are_identified_by_stream_content_and_ordinal() -> None:
    """A resend is the same; another attribute, time, value or name is not."""

    def gauge(name: str = "g", attributes: Any = (), **fields: Any) -> otlp.Metric:
        metric = otlp.Metric(name=name)
        metric.gauge.data_points.add(
            **{**TIMES, "as_int": 1, "attributes": attributes, **fields}
        )
        return metric

    given = [
        gauge(),
        gauge(),
        gauge("other"),
        gauge(as_int=2),
        gauge(time_unix_nano=NOW_NS - 1),
        gauge(attributes=[attribute("k", 1)]),
    ]
    first, again = points(*given), points(*given)
    assert len(set(first.uid)) == len(given)
    assert again.uid == first.uid


def test_impossible_times_are_mended() -> None:
    """A time is clamped and flagged, a start left out; the originals are kept."""
    metric = otlp.Metric(name="g")
    metric.gauge.data_points.add(as_int=1, start_time_unix_nano=5)
    found = points(metric)
    assert (found.time_ns, found.start_ns, found.time_flags) == ([NOW_NS], [None], [1])
    assert found.original_times == [{"time": "0", "start": "5"}]


def test_a_metric_without_data_counts_no_points() -> None:
    """Nothing to store and nothing to reject."""
    result = decoded(otlp.Metric(name="empty"))
    assert (result.items, result.rejected) == (0, 0)
