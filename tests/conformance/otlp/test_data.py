"""C37–C47: what becomes of items, from the wire to the row."""

from __future__ import annotations

import base64
import math
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from tests.support.otlp import attribute, value
from tests.support.wire import JSON, Wire

from turnspan_collector.decode import TRACES

DAY_NS = 86_400 * 10**9
UINT64_MAX = 2**64 - 1
LOGS = "/v1/logs"
METRICS = "/v1/metrics"


@pytest.mark.parametrize(
    "wrong",
    [
        {"trace_id": b""},
        {"trace_id": bytes(16)},
        {"trace_id": b"1" * 15},
        {"trace_id": b"1" * 17},
        {"span_id": b""},
        {"span_id": bytes(8)},
        {"span_id": b"1" * 7},
        {"span_id": b"1" * 9},
        {"parent_span_id": b"1"},
    ],
    ids=lambda one: f"{next(iter(one))}-{len(next(iter(one.values())))}",
)
def test_c37_a_bad_id_rejects_that_span_alone(
    wire: Wire, wrong: dict[str, Any]
) -> None:
    """Counted and explained; its neighbours are stored."""
    body = wire.traces(wire.span(1), wire.span(**wrong), wire.span(2))
    answer = ExportTraceServiceResponse.FromString(wire.post(body).content)
    assert answer.partial_success.rejected_spans == 1
    assert next(iter(wrong)) in answer.partial_success.error_message
    asked = "SELECT span_id FROM _turnspan.span WHERE bot = %(bot)s ORDER BY 1"
    assert wire.ask(asked) == [(1,), (2,)]


def test_c38_bad_ids_leave_a_record_uncorrelated(wire: Wire) -> None:
    """Wrong lengths, zeros and half a pair; the record is stored."""
    given = [
        {"trace_id": b"1" * 15, "span_id": b"2" * 8},
        {"trace_id": wire.trace_id, "span_id": b"2"},
        {"trace_id": bytes(16), "span_id": bytes(8)},
    ]
    records = [
        wire.log(event_name=f"e{at}", **fields) for at, fields in enumerate(given)
    ]
    assert wire.post(wire.logs(*records), path=LOGS).status_code == 200
    rows = wire.ask(
        "SELECT trace_id, span_id FROM _turnspan.event WHERE bot = %(bot)s "
        "ORDER BY name"
    )
    span_id = int.from_bytes(b"2" * 8, "big")
    assert [(trace and trace.bytes, span) for trace, span in rows] == [
        (None, span_id),
        (wire.trace_id, None),
        (None, None),
    ]


def test_c39_a_record_without_time_takes_its_observed_time(wire: Wire) -> None:
    """And keeps both where it has both."""
    seen = wire.now_ns - 5
    first = wire.log(time_unix_nano=0, observed_time_unix_nano=seen, event_name="a")
    second = wire.log(observed_time_unix_nano=seen, event_name="b")
    wire.stored(wire.logs(first, second), path=LOGS)
    assert wire.ask(
        "SELECT time_nano, observed_nano, time_flags FROM _turnspan.event "
        "WHERE bot = %(bot)s ORDER BY name"
    ) == [(seen, seen, 0), (wire.now_ns, seen, 0)]


@pytest.mark.parametrize(
    ("start", "end", "flags", "kept"),
    [
        ("now", -(10**9), 4, {"end"}),
        (0, "now", 1, {"start", "end"}),  # what was received is later than its end
        ("now", 0, 2, {"end"}),
        (0, 0, 3, {"start", "end"}),
        (1, 2, 3, {"start", "end"}),
        (2 * DAY_NS, 2 * DAY_NS, 3, {"start", "end"}),
        (UINT64_MAX, UINT64_MAX, 3, {"start", "end"}),
    ],
)
def test_c42_impossible_times_of_spans_are_mended(
    wire: Wire, start: Any, end: Any, flags: int, kept: set[str]
) -> None:
    """Flagged, with the originals; the row lies where it was received."""
    given = [
        wire.now_ns + (0 if one == "now" else one)
        if one in ("now", -(10**9), 2 * DAY_NS)
        else one
        for one in (start, end)
    ]
    span = wire.span(start_time_unix_nano=given[0], end_time_unix_nano=given[1])
    assert wire.post(wire.traces(span)).status_code == 200
    ((stored, original, ordered, near),) = wire.ask(
        "SELECT time_flags, original_times, end_nano >= start_nano, "
        "start_time BETWEEN now() - interval '1 hour' AND now() + interval '1 hour' "
        "FROM _turnspan.span WHERE bot = %(bot)s"
    )
    assert (stored & flags, ordered, near) == (flags, True, True)
    assert {"start": str(given[0]), "end": str(given[1])}.items() >= {
        key: original[key] for key in kept
    }.items()
    assert set(original) == kept


@pytest.mark.parametrize("wrong", [0, 1, 946_684_799 * 10**9, UINT64_MAX])
def test_c42_impossible_times_of_records_and_points(wire: Wire, wrong: int) -> None:
    """The same rule, so that no chunk lies in 1970 or 2262."""
    wire.post(wire.logs(wire.log(time_unix_nano=wrong)), path=LOGS)
    point = otlp.NumberDataPoint(time_unix_nano=wrong, as_int=1)
    metric = otlp.Metric(name="m", gauge=otlp.Gauge(data_points=[point]))
    wire.post(wire.metrics(metric), path=METRICS)
    for table in ("event", "metric_point"):
        assert wire.ask(
            "SELECT time_flags, original_times, time > now() - interval '1 hour' "
            f"FROM _turnspan.{table} WHERE bot = %(bot)s"
        ) == [(1, {"time": str(wrong)}, True)]


def test_c43_every_kind_of_value_is_kept(wire: Wire) -> None:
    """Empty, bytes, nested, mixed, and an empty array that stays one."""
    given = {
        "text": "ü\n",
        "none": "",
        "true": True,
        "int": -(2**63),
        "double": 0.1,
        "bytes": b"\0\xff",
        "array": [1, "two", False, [3.5], {"four": [5]}, b"6"],
        "map": {"a": {"b": {"c": None}}},
        "empty array": [],
        "empty map": {},
        "empty": None,
    }
    pairs = [attribute(key, one) for key, one in given.items()]
    wire.stored(wire.traces(wire.span(attributes=pairs)))
    wire.stored(wire.logs(wire.log(body=value(given))), path=LOGS)
    stored = {
        **given,
        "bytes": base64.b64encode(b"\0\xff").decode(),
        "array": [1, "two", False, [3.5], {"four": [5]}, "Ng=="],
    }
    asked = "SELECT attributes FROM _turnspan.span WHERE bot = %(bot)s"
    assert wire.ask(asked) == [(stored,)]
    asked = "SELECT body FROM _turnspan.event WHERE bot = %(bot)s"
    assert wire.ask(asked) == [(stored,)]


def test_c43_of_duplicate_keys_the_last_wins(wire: Wire) -> None:
    """In attributes and inside maps, in either encoding."""
    inner = AnyValue()
    inner.kvlist_value.values.extend([attribute("k", 1), attribute("k", 2)])
    pairs = [attribute("a", 1), KeyValue(key="m", value=inner), attribute("a", 2)]
    wire.stored(wire.traces(wire.span(1, attributes=pairs)))
    twice = [wire.attribute("a", "1"), wire.attribute("a", "2")]
    wire.stored(wire.json_traces(wire.json_span(2, attributes=twice)), JSON)
    assert wire.ask(
        "SELECT attributes FROM _turnspan.span WHERE bot = %(bot)s ORDER BY span_id"
    ) == [({"a": 2, "m": {"k": 2}},), ({"a": "2"},)]


def surrounded(wire: Wire) -> Span:
    """A span with everything that may surround one."""
    return wire.span(
        trace_state="a=1,b=2",
        flags=0x101,
        kind=Span.SPAN_KIND_CLIENT,
        status=Status(code=Status.STATUS_CODE_ERROR, message="no"),
        dropped_attributes_count=1,
        dropped_events_count=2,
        dropped_links_count=3,
        events=[
            Span.Event(
                name="e",
                time_unix_nano=wire.now_ns + 1,
                attributes=[attribute("a", [1])],
                dropped_attributes_count=4,
            )
        ],
        links=[
            Span.Link(
                trace_id=b"\1" * 16,
                span_id=b"\2" * 8,
                trace_state="c=3",
                attributes=[attribute("b", {"x": 1})],
                dropped_attributes_count=5,
                flags=1,
            )
        ],
    )


def test_c44_what_surrounds_a_span_is_kept(wire: Wire) -> None:
    """Events, links, state, status, flags, dropped counts, schema URLs, scope."""
    wire.stored(wire.traces(surrounded(wire)))
    assert wire.ask(
        "SELECT trace_state, flags, kind, status_code, status_message, s.dropped, "
        "dropped_events, dropped_links, events, links, r.schema_url, r.attributes, "
        "c.schema_url, c.attributes, c.dropped FROM _turnspan.span s "
        "JOIN _turnspan.resource r ON r.id = resource_id "
        "JOIN _turnspan.scope c ON c.id = scope_id WHERE bot = %(bot)s"
    ) == [
        (
            *("a=1,b=2", 0x101, 3, 2, "no", 1, 2, 3),
            [
                {
                    "name": "e",
                    "time_ns": wire.now_ns + 1,
                    "attributes": {"a": [1]},
                    "dropped": 4,
                }
            ],
            [
                {
                    "trace_id": "01" * 16,
                    "span_id": "02" * 8,
                    "trace_state": "c=3",
                    "attributes": {"b": {"x": 1}},
                    "dropped": 5,
                    "flags": 1,
                }
            ],
            "https://r",
            {
                "service.name": wire.bot,
                "service.version": "1.2",
                "deployment.environment.name": "prod",
            },
            *("https://s", {"scoped": True}, 1),
        )
    ]


def test_c45_awkward_values_are_kept_as_far_as_can_be(wire: Wire) -> None:
    """U+0000 in every text, NaN in attributes, unsigned counts."""
    pairs = [
        attribute("nul\0", "a\0b"),
        attribute("nan", math.nan),
        attribute("inf", [math.inf, -math.inf]),
    ]
    wire.stored(wire.traces(wire.span(name="n\0", attributes=pairs, trace_state="\0")))
    assert wire.ask(
        "SELECT name, attributes, trace_state FROM _turnspan.span WHERE bot = %(bot)s"
    ) == [
        (
            "n\ufffd",
            {"nul\ufffd": "a\ufffdb", "nan": "NaN", "inf": ["Infinity", "-Infinity"]},
            "\ufffd",
        )
    ]
    point = otlp.HistogramDataPoint(
        time_unix_nano=wire.now_ns, count=UINT64_MAX, bucket_counts=[UINT64_MAX]
    )
    metric = otlp.Metric(name="m", histogram=otlp.Histogram(data_points=[point]))
    wire.stored(wire.metrics(metric), path=METRICS)
    assert wire.ask(
        "SELECT count::text, detail -> 'counts' ->> 0 FROM _turnspan.metric_point "
        "WHERE bot = %(bot)s"
    ) == [(str(UINT64_MAX), str(UINT64_MAX))]


def test_c46_text_that_is_not_utf8_is_invalid(wire: Wire) -> None:
    """In protobuf, over both transports, and in JSON; nothing is stored."""
    body = wire.traces(wire.span(name="name")).replace(b"\x04name", b"\x04\xff\xfe!!")
    assert wire.refused(body).http == 400
    assert wire.failed(TRACES.method, body)[0] is grpc.StatusCode.INVALID_ARGUMENT
    text = wire.json_traces(wire.json_span(name="name")).replace(b"name", b"na\xffe")
    assert wire.refused(text, JSON).http == 400
    assert wire.count() == 0


DELTA = otlp.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = otlp.AGGREGATION_TEMPORALITY_CUMULATIVE


def numbers(wire: Wire, at: dict[str, Any]) -> list[otlp.Metric]:
    """A gauge, a sum with an exemplar, and a sum that says it has no value."""
    exemplar = otlp.Exemplar(
        time_unix_nano=wire.now_ns, as_double=0.5, trace_id=b"\1" * 16
    )
    number = otlp.NumberDataPoint
    one, half = number(**at, as_int=1), number(**at, as_double=2.5)
    half.exemplars.append(exemplar)
    gone = number(**at, flags=otlp.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK, as_int=9)
    sums = [
        otlp.Sum(data_points=[half], aggregation_temporality=DELTA, is_monotonic=True),
        otlp.Sum(data_points=[gone], aggregation_temporality=CUMULATIVE),
    ]
    return [
        otlp.Metric(name="1", gauge=otlp.Gauge(data_points=[one])),
        otlp.Metric(name="2", unit="s", description="d", sum=sums[0]),
        otlp.Metric(name="3", sum=sums[1]),
    ]


def distributions(at: dict[str, Any]) -> list[otlp.Metric]:
    """Both kinds of histograms, and a summary."""
    exponential = otlp.ExponentialHistogramDataPoint
    buckets = exponential.Buckets(offset=-1, bucket_counts=[1, 2])
    wide = exponential(**at, count=4, scale=2, zero_count=1, positive=buckets)
    plain = otlp.HistogramDataPoint(**at, count=3, sum=4.5, min=1, max=2)
    plain.explicit_bounds.append(1.5)
    plain.bucket_counts.extend([1, 2])
    median = otlp.SummaryDataPoint.ValueAtQuantile(quantile=0.5, value=1)
    summed = otlp.SummaryDataPoint(**at, count=2, sum=3, quantile_values=[median])
    return [
        otlp.Metric(
            name="4",
            histogram=otlp.Histogram(
                data_points=[plain], aggregation_temporality=CUMULATIVE
            ),
        ),
        otlp.Metric(
            name="5",
            exponential_histogram=otlp.ExponentialHistogram(
                data_points=[wide], aggregation_temporality=DELTA
            ),
        ),
        otlp.Metric(name="6", summary=otlp.Summary(data_points=[summed])),
    ]


def test_c47_every_kind_of_metric_is_stored(wire: Wire) -> None:
    """With temporality, monotonicity, buckets, quantiles, exemplars and flags."""
    at = {"time_unix_nano": wire.now_ns, "start_time_unix_nano": wire.now_ns - 10}
    given = [*numbers(wire, at), *distributions(at)]
    wire.stored(wire.metrics(*given), path=METRICS)
    rows = wire.ask(
        "SELECT name, kind, temporality, monotonic, value, int_value, count::integer, "
        "sum, flags FROM _turnspan.metric_point WHERE bot = %(bot)s ORDER BY name"
    )
    assert rows == [
        ("1", "gauge", 0, None, None, 1, None, None, 0),
        ("2", "sum", 1, True, 2.5, None, None, None, 0),
        ("3", "sum", 2, False, None, None, None, None, 1),
        ("4", "histogram", 2, None, None, None, 3, 4.5, 0),
        ("5", "exponential_histogram", 1, None, None, None, 4, None, 0),
        ("6", "summary", 0, None, None, None, 2, 3, 0),
    ]
    details = wire.ask(
        "SELECT detail, exemplars -> 0 ->> 'value' FROM _turnspan.metric_point "
        "WHERE bot = %(bot)s ORDER BY name"
    )
    assert [one for _, one in details] == [None, "0.5", None, None, None, None]
    assert [one for one, _ in details[3:]] == [
        {"bounds": [1.5], "counts": [1, 2]},
        {
            "scale": 2,
            "zero_count": 1,
            "zero_threshold": 0,
            "positive": {"offset": -1, "counts": [1, 2]},
            "negative": {"offset": 0, "counts": []},
        },
        {"quantiles": [[0.5, 1]]},
    ]
