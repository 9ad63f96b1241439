"""OTLP's JSON to the letter of the specification (C13 to C22)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from tests.support.otlp import NOW_NS

from turnspan_collector.decode import TRACES, Encoding, decode
from turnspan_collector.decode.json import read_json
from turnspan_exporters.errors import Permanent

TRACE = "5B8EFFF798038103D269B633813FC60C"
SPAN = "EEE19B7EC3C1B174"


def span(**fields: Any) -> dict[str, Any]:
    return {"traceId": TRACE, "spanId": SPAN, "name": "n", **fields}


def body(*spans: Any) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]})


def read(*spans: Any) -> Any:
    request = read_json(body(*spans), ExportTraceServiceRequest)
    assert isinstance(request, ExportTraceServiceRequest)
    return request.resource_spans[0].scope_spans[0].spans


def test_ids_are_hexadecimal_in_either_case() -> None:
    """Not base64, as json_format would read them (C13)."""
    upper, lower = read(span(), span(traceId=TRACE.lower(), spanId=SPAN.lower()))
    assert upper.trace_id == lower.trace_id == bytes.fromhex(TRACE)
    assert upper.span_id == lower.span_id == bytes.fromhex(SPAN)


@pytest.mark.parametrize("bad", ["xyz", "5B8", "5B 8E", "١٢", "=="])
def test_an_id_that_is_no_hexadecimal_rejects_that_item(bad: str) -> None:
    """The neighbours are stored (C13, C37)."""
    given = body(span(traceId=bad), span(), span(parentSpanId=bad))
    result = decode(TRACES, given, Encoding.JSON, NOW_NS)
    assert (result.items, result.rejected) == (3, 2)
    assert bad not in result.message


@pytest.mark.parametrize("kind", ["SPAN_KIND_SERVER", "2", 1.5, True])
def test_enums_are_numbers_only(kind: Any) -> None:
    """Names are refused, and the sentence says where (C14)."""
    with pytest.raises(Permanent) as refused:
        read(span(), span(kind=kind))
    assert str(refused.value) == (
        "resourceSpans[0].scopeSpans[0].spans[1].kind: give the number of an enum's "
        "member, not its name"
    )


def test_unknown_fields_are_ignored_at_every_level() -> None:
    """A snake_case name is one of them (C15, C16)."""
    one = span(trace_id="00", newField={"a": [1]}, status={"code": 1, "more": None})
    (found,) = read(one)
    assert found.trace_id == bytes.fromhex(TRACE)
    assert found.status.code == 1
    assert read_json(b'{"x":1}', ExportLogsServiceRequest) == ExportLogsServiceRequest()


@pytest.mark.parametrize(
    "exact", [2**53 + 1, str(2**53 + 1), 2**63 - 1, str(2**63 - 1)]
)
def test_whole_numbers_are_exact_as_text_and_as_number(exact: int | str) -> None:
    """64 bits survive in both spellings (C17)."""
    (found,) = read(
        span(
            startTimeUnixNano=exact,
            attributes=[{"key": "k", "value": {"intValue": exact}}],
        )
    )
    assert found.start_time_unix_nano == int(exact)
    assert found.attributes[0].value.int_value == int(exact)


@pytest.mark.parametrize("wrong", [2**63, str(2**64), "1.5", "", "0x1", True, [], 1e30])
def test_other_numbers_are_refused(wrong: Any) -> None:
    """With the range that is allowed."""
    with pytest.raises(Permanent, match="intValue: give a whole number from -922"):
        read(span(attributes=[{"key": "k", "value": {"intValue": wrong}}]))


@pytest.mark.parametrize(
    ("given", "number"),
    [(1, 1.0), ("1.5", 1.5), ("Infinity", float("inf")), ("-Infinity", -float("inf"))],
)
def test_doubles_come_as_numbers_and_as_text(given: Any, number: float) -> None:
    """The infinities have names (C18)."""
    (found,) = read(span(attributes=[{"key": "k", "value": {"doubleValue": given}}]))
    assert found.attributes[0].value.double_value == number


def test_nan_has_a_name() -> None:
    """And nothing else is taken for a number (C18)."""
    (found,) = read(span(attributes=[{"key": "k", "value": {"doubleValue": "NaN"}}]))
    assert found.attributes[0].value.double_value != 0
    with pytest.raises(Permanent, match="doubleValue: give a number"):
        read(span(attributes=[{"key": "k", "value": {"doubleValue": "nan"}}]))


@pytest.mark.parametrize("text", ["AP8=", "AP8", "_-8=", "/+8="])
def test_bytes_are_base64_of_either_alphabet(text: str) -> None:
    """With and without padding (C19)."""
    (found,) = read(span(attributes=[{"key": "k", "value": {"bytesValue": text}}]))
    assert len(found.attributes[0].value.bytes_value) == 2


def test_nulls_and_empty_parts_are_defaults() -> None:
    """Empty scopes and resources too (C20)."""
    given = {
        "resourceSpans": [
            {
                "resource": None,
                "scopeSpans": [
                    {"scope": {}, "schemaUrl": None, "spans": [span(attributes=None)]}
                ],
            },
            {"resource": {}, "scopeSpans": [None]},
        ]
    }
    result = decode(TRACES, orjson.dumps(given), Encoding.JSON, NOW_NS)
    assert (result.items, result.rejected) == (1, 0)


def test_an_empty_value_differs_from_none() -> None:
    """Presence survives: an empty array is an array, an empty body a body."""
    given = {
        "resourceLogs": [
            {
                "scopeLogs": [
                    {
                        "logRecords": [
                            {
                                "body": {"arrayValue": {}},
                                "eventName": "e",
                                "flags": 1,
                                "observedTimeUnixNano": "5",
                            }
                        ]
                    }
                ]
            }
        ]
    }
    request = read_json(orjson.dumps(given), ExportLogsServiceRequest)
    assert isinstance(request, ExportLogsServiceRequest)
    (found,) = request.resource_logs[0].scope_logs[0].log_records
    assert found.body.WhichOneof("value") == "array_value"
    assert (found.event_name, found.flags, found.observed_time_unix_nano) == ("e", 1, 5)


def test_a_list_of_values_needs_no_name() -> None:
    """As the specification's own example of an event writes it (C22)."""
    pair = {"key": "a", "value": {"intValue": "0"}}
    (found,) = read(span(attributes=[{"key": "k", "value": {"kvlistValue": [pair]}}]))
    assert found.attributes[0].value.kvlist_value.values[0].key == "a"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nul",
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 5_000,
    ],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    """Empty, cut, not UTF-8, absurdly deep (C24, C28, C34, C46)."""
    with pytest.raises(Permanent, match="the body is not JSON"):
        read_json(text, ExportTraceServiceRequest)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[]", "the body: give an object"),
        (b'{"resourceSpans":{}}', "resourceSpans: give an array"),
        (b'{"resourceSpans":[3]}', "resourceSpans[0]: give an object"),
        (
            b'{"resourceSpans":[{"schemaUrl":5}]}',
            "resourceSpans[0].schemaUrl: give a text",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_where_it_stands(
    text: bytes, said: str
) -> None:
    """The way to it is told, its content is not."""
    with pytest.raises(Permanent) as refused:
        read_json(text, ExportTraceServiceRequest)
    assert str(refused.value) == said


def _deep(levels: int) -> dict[str, Any]:
    made: dict[str, Any] = {"stringValue": "x"}
    for _ in range(levels - 1):
        made = {"arrayValue": {"values": [made]}}
    return made


def test_values_nest_64_levels_and_no_more() -> None:
    """In known and in ignored fields (C34)."""
    assert read(span(attributes=[{"key": "k", "value": _deep(64)}]))
    with pytest.raises(Permanent, match="at most 64 levels"):
        read(span(attributes=[{"key": "k", "value": _deep(65)}]))
    ignored: Any = 1
    for _ in range(100):
        ignored = [ignored]
    with pytest.raises(Permanent, match=r"spans\[0\]: give a value of at most 64"):
        read(span(unknown=ignored))


def test_metrics_read_their_numbers_either_way() -> None:
    """asInt as text, counts as number, enums as number (C21, C22)."""
    given = {
        "resourceMetrics": [
            {
                "scopeMetrics": [
                    {
                        "metrics": [
                            {
                                "name": "m",
                                "sum": {
                                    "aggregationTemporality": 1,
                                    "isMonotonic": True,
                                    "dataPoints": [{"asInt": "5"}, {"asDouble": 5}],
                                },
                            }
                        ]
                    }
                ]
            }
        ]
    }
    request = read_json(orjson.dumps(given), ExportMetricsServiceRequest)
    assert isinstance(request, ExportMetricsServiceRequest)
    first, second = (
        request.resource_metrics[0].scope_metrics[0].metrics[0].sum.data_points
    )
    assert (first.as_int, second.as_double) == (5, 5.0)
