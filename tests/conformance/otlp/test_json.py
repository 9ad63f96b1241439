"""C13–C22: OTLP's JSON, from the body of a request to the row."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.support.official import send_spans
from tests.support.otlp import attribute
from tests.support.wire import JSON, Wire

EXAMPLES = Path(__file__).parents[2] / "data" / "opentelemetry-proto"
INT64_MAX = 2**63 - 1


def taken(wire: Wire, body: bytes, path: str = "/v1/traces") -> None:
    wire.stored(body, JSON, path)


def attributes(wire: Wire, table: str = "span") -> dict[str, Any]:
    asked = f"SELECT attributes FROM _turnspan.{table} WHERE bot = %(bot)s"
    ((found,),) = wire.ask(asked)
    stored: dict[str, Any] = found
    return stored


def one_attribute(wire: Wire, value: Any) -> bytes:
    return wire.json_traces(wire.json_span(attributes=[{"key": "k", "value": value}]))


def test_c13_ids_are_case_insensitive_hex(wire: Wire) -> None:
    """Both spellings and protobuf's bytes are one row."""
    parent = {"parentSpanId": "abcdef0123456789"}
    small = wire.json_span(0xABCDEF, **parent)
    large = {
        **small,
        "traceId": small["traceId"].upper(),
        "spanId": small["spanId"].upper(),
        "parentSpanId": "ABCDEF0123456789",
    }
    taken(wire, wire.json_traces(small))
    taken(wire, wire.json_traces(large))
    wire.stored(wire.traces(wire.span(0xABCDEF)))
    ((trace_id, span_id, parent_id),) = wire.ask(
        "SELECT trace_id, span_id, parent_span_id FROM _turnspan.span "
        "WHERE bot = %(bot)s"
    )
    assert (trace_id.bytes, span_id) == (wire.trace_id, 0xABCDEF)
    assert parent_id == int.from_bytes(
        bytes.fromhex("abcdef0123456789"), "big", signed=True
    )


def test_c13_the_official_encoder_writes_hex(wire: Wire) -> None:
    """The id that the Python SDK made is the id in the row."""
    trace_id = send_spans(wire.running, "http-json", wire.bot)
    ((stored,),) = wire.ask("SELECT trace_id FROM _turnspan.span WHERE bot = %(bot)s")
    assert stored.bytes == trace_id


@pytest.mark.parametrize(
    "wrong",
    ["zz" * 16, base64.b64encode(bytes(range(16))).decode(), "0x" + "ab" * 15, "ab"],
)
def test_c13_an_id_that_is_no_hex_rejects_its_item(wire: Wire, wrong: str) -> None:
    """Base64 among them; the neighbour is stored."""
    spans = wire.json_span(1, traceId=wrong), wire.json_span(2)
    answer = wire.post(wire.json_traces(*spans), JSON)
    partial = orjson.loads(answer.content)["partialSuccess"]
    assert (answer.status_code, partial["rejectedSpans"]) == (200, "1")
    assert wire.ask("SELECT span_id FROM _turnspan.span WHERE bot = %(bot)s") == [(2,)]


def test_c14_enums_are_numbers(wire: Wire) -> None:
    """Of spans, their status and log records."""
    taken(wire, wire.json_traces(wire.json_span(kind=3, status={"code": 2})))
    record = {"timeUnixNano": str(wire.now_ns), "severityNumber": 17}
    taken(wire, wire.json_logs(record), "/v1/logs")
    asked = "SELECT kind, status_code FROM _turnspan.span WHERE bot = %(bot)s"
    assert wire.ask(asked) == [(3, 2)]
    asked = "SELECT severity FROM _turnspan.event WHERE bot = %(bot)s"
    assert wire.ask(asked) == [(17,)]


@pytest.mark.parametrize("name", ["SPAN_KIND_SERVER", "3", "Server"])
def test_c14_names_of_enums_are_refused(wire: Wire, name: str) -> None:
    """400, with where it stands and without the name."""
    refusal = wire.refused(wire.json_traces(wire.json_span(kind=name)), JSON)
    assert (refusal.http, refusal.code) == (400, 3)
    assert "spans[0].kind" in refusal.message
    assert "SPAN_KIND" not in refusal.message


def test_c15_unknown_fields_are_ignored_at_every_level(wire: Wire) -> None:
    """Whatever they hold; what is known beside them is stored."""
    extra: dict[str, Any] = {"newField": {"deep": [1, {"a": None}]}}
    pair = {"key": "k", "value": {"intValue": "1", **extra}, **extra}
    event = {"name": "e", "timeUnixNano": "1", **extra}
    link = {"traceId": "01" * 16, "spanId": "02" * 8, **extra}
    span = wire.json_span(
        attributes=[pair], events=[event], links=[link], status={"code": 1, **extra}
    )
    resource = {"attributes": [wire.attribute("service.name", wire.bot)], **extra}
    scope = {"scope": {"name": "s", **extra}, "spans": [{**span, **extra}], **extra}
    group = {"resource": resource, "scopeSpans": [scope], **extra}
    taken(wire, orjson.dumps({"resourceSpans": [group], **extra}))
    assert wire.ask(
        "SELECT attributes, events -> 0 ->> 'name', links -> 0 ->> 'span_id', "
        "status_code FROM _turnspan.span WHERE bot = %(bot)s"
    ) == [({"k": 1}, "e", "02" * 8, 1)]


def test_c16_snake_case_is_an_unknown_field(wire: Wire) -> None:
    """200, and its value is never stored."""
    span = wire.json_span(trace_state="lost", dropped_attributes_count=7)
    taken(wire, wire.json_traces(span))
    assert wire.ask(
        "SELECT trace_state, dropped FROM _turnspan.span WHERE bot = %(bot)s"
    ) == [(None, 0)]
    taken(wire, orjson.dumps({"resource_spans": [{"scope_spans": [{"spans": [1]}]}]}))
    assert wire.count() == 1


@pytest.mark.parametrize(
    "number", [2**53 + 1, INT64_MAX, -(2**63), 0], ids=lambda one: str(one)
)
@pytest.mark.parametrize("spelling", [str, int])
def test_c17_whole_numbers_stay_exact(
    wire: Wire, number: int, spelling: type[Any]
) -> None:
    """As text and as number, in attributes and in points."""
    value = {"intValue": spelling(number)}
    taken(wire, one_attribute(wire, value))
    point = {"asInt": spelling(number), "timeUnixNano": str(wire.now_ns)}
    metric = {"name": "m", "gauge": {"dataPoints": [point]}}
    taken(wire, wire.json_metrics(metric), "/v1/metrics")
    asked = "SELECT attributes ->> 'k' FROM _turnspan.span WHERE bot = %(bot)s"
    assert wire.ask(asked) == [(str(number),)]
    asked = "SELECT int_value FROM _turnspan.metric_point WHERE bot = %(bot)s"
    assert wire.ask(asked) == [(number,)]


@pytest.mark.parametrize("wrong", [2**63, "9223372036854775808", 1.5, "1.5", "", True])
def test_c17_what_is_no_int64_is_400(wire: Wire, wrong: Any) -> None:
    """Rather than another number."""
    refusal = wire.refused(one_attribute(wire, {"intValue": wrong}), JSON)
    assert (refusal.http, refusal.code) == (400, 3)


def test_c18_nan_and_the_infinities_come_as_text(wire: Wire) -> None:
    """Points keep the number, attributes the text."""
    names = ["NaN", "Infinity", "-Infinity"]
    points = [
        {"asDouble": name, "timeUnixNano": str(wire.now_ns + at)}
        for at, name in enumerate(names)
    ]
    metric = {"name": "m", "gauge": {"dataPoints": points}}
    taken(wire, wire.json_metrics(metric), "/v1/metrics")
    values = [{"doubleValue": name} for name in names]
    taken(wire, one_attribute(wire, {"arrayValue": {"values": values}}))
    rows = wire.ask(
        "SELECT value FROM _turnspan.metric_point WHERE bot = %(bot)s "
        "ORDER BY time_nano"
    )
    nan, *infinities = [value for (value,) in rows]
    assert math.isnan(nan)
    assert infinities == [math.inf, -math.inf]
    assert attributes(wire) == {"k": names}


def test_c19_bytes_are_base64(wire: Wire) -> None:
    """Either alphabet, padded or not; protobuf's bytes give the same."""
    content = b"\xfb\xff\xfe~"
    standard = base64.b64encode(content).decode()
    url = base64.urlsafe_b64encode(content).decode().rstrip("=")
    values = [{"bytesValue": one} for one in (standard, url)]
    taken(wire, one_attribute(wire, {"arrayValue": {"values": values}}))
    wire.stored(wire.traces(wire.span(2, attributes=[attribute("k", [content] * 2)])))
    rows = wire.ask("SELECT attributes FROM _turnspan.span WHERE bot = %(bot)s")
    assert rows == [({"k": [standard, standard]},)] * 2


def test_c20_nulls_and_empty_parts_are_defaults(wire: Wire) -> None:
    """Nulls in every place, and no scope."""
    nulls: dict[str, Any] = dict.fromkeys(
        ("attributes", "events", "links", "status", "kind", "traceState", "flags")
    )
    span = wire.json_span(parentSpanId="", **nulls)
    resource = {"attributes": [wire.attribute("service.name", wire.bot)]}
    group = {
        "resource": resource,
        "schemaUrl": None,
        "scopeSpans": [{"scope": None, "spans": [span]}, {"scope": {}, "spans": None}],
    }
    taken(wire, orjson.dumps({"resourceSpans": [group, {}, {"resource": None}]}))
    assert wire.ask(
        "SELECT s.name, attributes, events, s.kind, parent_span_id, c.name "
        "FROM (SELECT * FROM _turnspan.span WHERE bot = %(bot)s) s "
        "JOIN (SELECT id, name FROM _turnspan.scope) c ON c.id = s.scope_id"
    ) == [("chatbot.turn shop", None, None, 0, None, "")]


def test_c21_fields_of_records_survive(wire: Wire) -> None:
    """Event name, flags, observed time and ids."""
    record = {
        "timeUnixNano": str(wire.now_ns),
        "observedTimeUnixNano": str(wire.now_ns + 5),
        "eventName": "app.seen",
        "flags": 1,
        "traceId": wire.trace_id.hex(),
        "spanId": "00000000000000ff",
        "severityText": "INFO2",
        "droppedAttributesCount": 3,
        "body": {"kvlistValue": {"values": [wire.attribute("a", "b")]}},
    }
    taken(wire, wire.json_logs(record), "/v1/logs")
    assert wire.ask(
        "SELECT time_nano, observed_nano, name, flags, trace_id::text, span_id, "
        "severity_text, dropped, body FROM _turnspan.event WHERE bot = %(bot)s"
    ) == [
        (
            wire.now_ns,
            wire.now_ns + 5,
            "app.seen",
            1,
            wire.ask("SELECT %(id)s::uuid::text", id=wire.trace_id.hex())[0][0],
            255,
            "INFO2",
            3,
            {"a": "b"},
        )
    ]


def example(wire: Wire, name: str, path: str) -> None:
    """Send a file as it is; its rows are those of the bot it names."""
    taken(wire, (EXAMPLES / name).read_bytes(), path)
    wire.bot = "my.service"


def test_c22_the_example_of_traces(wire: Wire) -> None:
    """Every field of the file is in its row."""
    example(wire, "trace.json", "/v1/traces")
    assert wire.ask(
        "SELECT trace_id::text, to_hex(span_id), to_hex(parent_span_id), s.name, "
        "start_nano, end_nano, kind, s.attributes, c.name, c.version, c.attributes "
        "FROM _turnspan.span s JOIN _turnspan.scope c ON c.id = s.scope_id "
        "WHERE bot = %(bot)s"
    ) == [
        (
            "5b8efff7-9803-8103-d269-b633813fc60c",
            "eee19b7ec3c1b174",
            "eee19b7ec3c1b173",
            "I'm a server span",
            1544712660000000000,
            1544712661000000000,
            2,
            {"my.span.attr": "some value"},
            "my.library",
            "1.0.0",
            {"my.scope.attribute": "some scope attribute"},
        )
    ]


def test_c22_the_example_of_logs(wire: Wire) -> None:
    """Its nested body too."""
    example(wire, "logs.json", "/v1/logs")
    ((time_nano, severity, text, body, found, trace_id, span_id),) = wire.ask(
        "SELECT time_nano, severity, severity_text, body, attributes, trace_id::text, "
        "to_hex(span_id) FROM _turnspan.event WHERE bot = %(bot)s AND name = ''"
    )
    assert (time_nano, severity, text) == (1544712660300000000, 10, "Information")
    assert body == "Example log record"
    assert (trace_id, span_id) == (
        "5b8efff7-9803-8103-d269-b633813fc60c",
        "eee19b7ec3c1b174",
    )
    assert found == {
        "string.attribute": "some string",
        "boolean.attribute": True,
        "int.attribute": 10,
        "double.attribute": 637.704,
        "array.attribute": ["many", "values"],
        "map.attribute": {"some.map.key": "some value"},
    }


def test_c22_the_example_of_events(wire: Wire) -> None:
    """Whose list of values has no name of its own."""
    example(wire, "events.json", "/v1/logs")
    ((name, body, found),) = wire.ask(
        "SELECT name, body, attributes FROM _turnspan.event "
        "WHERE bot = %(bot)s AND name <> ''"
    )
    assert (name, found) == (
        "browser.page_view",
        {"event.attribute": "some event attribute"},
    )
    assert set(body) == {"type", "url", "referrer", "title"}
    assert body["type"] == 0


def test_c22_the_example_of_metrics(wire: Wire) -> None:
    """Four kinds of points."""
    example(wire, "metrics.json", "/v1/metrics")
    assert wire.ask(
        "SELECT name, kind, value, count::integer, sum, detail "
        "FROM _turnspan.metric_point WHERE bot = %(bot)s ORDER BY name"
    ) == [
        ("my.counter", "sum", 5, None, None, None),
        (
            "my.exponential.histogram",
            "exponential_histogram",
            None,
            3,
            10,
            {
                "scale": 0,
                "zero_count": 1,
                "zero_threshold": 0,
                "positive": {"offset": 1, "counts": [0, 2]},
                "negative": {"offset": 0, "counts": []},
            },
        ),
        ("my.gauge", "gauge", 10, None, None, None),
        ("my.histogram", "histogram", None, 2, 2, {"bounds": [1], "counts": [1, 1]}),
    ]
