"""Spans become columns: promoted, mended, rejected alone, nothing dropped."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from tests.support.otlp import NOW_NS, attribute, span, traces

from turnspan_collector.decode import TRACES, Decoded, Encoding, decode
from turnspan_exporters.records import Columns, TimeFlag


def decoded(request: ExportTraceServiceRequest) -> Decoded:
    return decode(TRACES, request.SerializeToString(), Encoding.PROTOBUF, NOW_NS)


def row(columns: Columns, at: int = 0) -> dict[str, Any]:
    """The row's columns that hold something."""
    names = columns.__dataclass_fields__
    values = {name: getattr(columns, name)[at] for name in names}
    return {name: value for name, value in values.items() if value not in (None, 0)}


def test_a_turn_becomes_one_row_of_typed_columns() -> None:
    """Every promoted attribute stands in its column, the rest in attributes."""
    one = span(
        kind=Span.SPAN_KIND_CONSUMER,
        trace_state="vendor=1",
        flags=0x101,
        attributes=[
            attribute("gen_ai.conversation.id", "c1"),
            attribute("chatbot.turn.id", "t1"),
            attribute("chatbot.turn.index", 3),
            attribute("chatbot.intent.confidence", 0.87),
            attribute("chatbot.first_response.duration", 2),
            attribute("chatbot.test", True),
            attribute("chatbot.name", "shop"),
            attribute("own", "kept"),
        ],
        dropped_attributes_count=2,
        dropped_events_count=3,
        dropped_links_count=4,
    )
    one.status.code = Status.STATUS_CODE_ERROR
    one.status.message = "late"

    columns = decoded(traces(one)).batch.spans

    assert row(columns) == {
        "bot": "shop",
        "version": "1.2",
        "environment": "prod",
        "conversation_id": "c1",
        "turn_id": "t1",
        "turn_index": 3,
        "intent_confidence": 0.87,
        "first_response_s": 2.0,
        "test": True,
        "attributes": {"own": "kept"},
        "dropped": 2,
        "trace_id": bytes(range(16)),
        "span_id": -0x7F7E7D7C7B7A7988,
        "start_ns": NOW_NS - 10**9,
        "end_ns": NOW_NS,
        "name": "chatbot.turn shop",
        "kind": 5,
        "status_code": 2,
        "status_message": "late",
        "trace_state": "vendor=1",
        "flags": 0x101,
        "dropped_events": 3,
        "dropped_links": 4,
    }


def test_the_bot_falls_back_to_the_resource() -> None:
    """chatbot.name of the record, of the resource, service.name, unknown."""
    plain = decoded(traces(span()))
    nameless = traces(span())
    del nameless.resource_spans[0].resource.attributes[:]
    named = traces(span())
    named.resource_spans[0].resource.attributes.append(attribute("chatbot.name", "b"))
    assert plain.batch.spans.bot == ["service"]
    assert decoded(nameless).batch.spans.bot == ["unknown"]
    assert decoded(named).batch.spans.bot == ["b"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("trace_id", bytes(15), "trace_id needs 16 bytes that are not all zero"),
        ("trace_id", bytes(16), "trace_id needs 16 bytes that are not all zero"),
        ("span_id", b"", "span_id needs 8 bytes that are not all zero"),
        ("span_id", bytes(8), "span_id needs 8 bytes that are not all zero"),
        ("parent_span_id", b"1234567", "parent_span_id needs 8 bytes or none"),
    ],
)
def test_a_bad_id_rejects_that_span_alone(
    field: str, value: bytes, reason: str
) -> None:
    """The neighbours are stored, the count is exact, nothing is quoted (C37)."""
    bad = span()
    setattr(bad, field, value)
    result = decoded(traces(span(), bad, span()))
    assert len(result.batch.spans) == 2
    assert (result.items, result.rejected, result.accepted) == (3, 1, 2)
    assert result.message == f"1 of 3 spans were rejected: {reason} (1)"


def test_a_zero_parent_is_no_parent() -> None:
    """Eight zero bytes say what an absent parent says."""
    result = decoded(traces(span(parent_span_id=bytes(8))))
    assert result.batch.spans.parent_span_id == [None]


@pytest.mark.parametrize(
    ("start", "end", "stored", "flags", "original"),
    [
        (0, NOW_NS, (NOW_NS, NOW_NS), 1, {"start": "0"}),
        (NOW_NS - 5, 0, (NOW_NS - 5, NOW_NS), 2, {"end": "0"}),
        (NOW_NS, NOW_NS - 5, (NOW_NS, NOW_NS), 4, {"end": str(NOW_NS - 5)}),
        (
            2**64 - 1,
            2**64 - 1,
            (NOW_NS, NOW_NS),
            3,
            {"start": str(2**64 - 1), "end": str(2**64 - 1)},
        ),
        (0, NOW_NS - 5, (NOW_NS, NOW_NS), 5, {"start": "0", "end": str(NOW_NS - 5)}),
    ],
)
def test_impossible_times_are_mended_and_kept(
    start: int,
    end: int,
    stored: tuple[int, int],
    flags: int,
    original: dict[str, str],
) -> None:
    """Clamped to the receipt, flagged, the original kept (C42)."""
    one = span(start_time_unix_nano=start, end_time_unix_nano=end)
    columns = decoded(traces(one)).batch.spans
    assert (columns.start_ns[0], columns.end_ns[0]) == stored
    assert columns.time_flags == [TimeFlag(flags)]
    assert columns.original_times == [original]


def test_a_value_of_another_kind_stays_an_attribute() -> None:
    """A number where text belongs, and the reverse, is not promoted and not lost."""
    given = [
        attribute("gen_ai.conversation.id", 7),
        attribute("chatbot.intent.confidence", "high"),
        attribute("chatbot.turn.index", True),
        attribute("chatbot.test", "yes"),
        attribute("chatbot.turn.id", ""),
    ]
    columns = decoded(traces(span(attributes=given))).batch.spans
    assert columns.conversation_id == [None]
    assert columns.intent_confidence == [None]
    assert columns.turn_index == [None]
    assert columns.turn_id == [None]
    assert columns.test == [False]
    assert columns.attributes == [
        {
            "gen_ai.conversation.id": 7,
            "chatbot.intent.confidence": "high",
            "chatbot.turn.index": True,
            "chatbot.test": "yes",
            "chatbot.turn.id": "",
        }
    ]


def test_an_id_too_long_for_an_index_gets_a_short_name() -> None:
    """The column holds a digest, the attribute the id; other text is not promoted."""
    long = "é" * 129
    given = [
        attribute("gen_ai.conversation.id", long),
        attribute("gen_ai.request.model", long),
    ]
    columns = decoded(traces(span(attributes=given))).batch.spans
    digest = hashlib.sha256(long.encode()).hexdigest()
    assert columns.conversation_id == [f"sha256:{digest}"]
    assert columns.model == [None]
    assert columns.attributes == [
        {"gen_ai.conversation.id": long, "gen_ai.request.model": long}
    ]


def test_events_and_links_are_kept() -> None:
    """With their attributes and dropped counts (C44)."""
    one = span()
    one.events.add(
        time_unix_nano=NOW_NS,
        name="exception",
        attributes=[attribute("exception.type", "KeyError")],
        dropped_attributes_count=1,
    )
    one.links.add(
        trace_id=bytes(range(16)),
        span_id=bytes(8),
        trace_state="a=b",
        attributes=[attribute("why", "retry")],
        dropped_attributes_count=2,
        flags=1,
    )
    columns = decoded(traces(one)).batch.spans
    assert columns.events == [
        [
            {
                "time_ns": NOW_NS,
                "name": "exception",
                "attributes": {"exception.type": "KeyError"},
                "dropped": 1,
            }
        ]
    ]
    assert columns.links == [
        [
            {
                "trace_id": "000102030405060708090a0b0c0d0e0f",
                "span_id": None,
                "trace_state": "a=b",
                "attributes": {"why": "retry"},
                "dropped": 2,
                "flags": 1,
            }
        ]
    ]


def test_resources_and_scopes_are_taken_in_once() -> None:
    """Two groups of the same origin point at one row each, other schemas at others."""
    request = traces(span())
    request.resource_spans.add().CopyFrom(request.resource_spans[0])
    other = request.resource_spans.add()
    other.CopyFrom(request.resource_spans[0])
    other.schema_url = "https://other"
    batch = decoded(request).batch
    assert batch.spans.resource == [0, 0, 1]
    assert batch.spans.scope == [0, 0, 0]
    assert [one.schema_url for one in batch.resources] == ["https://r", "https://other"]
    scope = batch.scopes[0]
    assert (scope.name, scope.version, scope.schema_url, scope.dropped) == (
        "library",
        "0.1",
        "https://s",
        1,
    )
    assert scope.attributes == {"scoped": True}


def test_a_bridged_event_is_a_row_of_events_too() -> None:
    """With the uid of its log record, so that the copy is a duplicate."""
    one = span(
        attributes=[
            attribute("gen_ai.conversation.id", "c1"),
            attribute("chatbot.turn.id", "t1"),
        ]
    )
    one.events.add(
        time_unix_nano=NOW_NS,
        name="chatbot.cta.click",
        attributes=[
            attribute("log.record.uid", "0190163d-8694-739b-aea5-966c26f8ad91"),
            attribute("chatbot.cta.id", "buy"),
        ],
    )
    one.events.add(time_unix_nano=NOW_NS, name="exception")
    batch = decoded(traces(one)).batch
    assert len(batch.spans.events[0] or ()) == 2
    assert row(batch.events) == {
        "bot": "service",
        "version": "1.2",
        "environment": "prod",
        "conversation_id": "c1",
        "turn_id": "t1",
        "uid": bytes.fromhex("0190163d8694739baea5966c26f8ad91"),
        "time_ns": NOW_NS,
        "name": "chatbot.cta.click",
        "trace_id": bytes(range(16)),
        "span_id": -0x7F7E7D7C7B7A7988,
        "cta_id": "buy",
    }


def test_numbers_out_of_range_do_not_reach_the_table() -> None:
    """Unknown enum members become 0, counts stop at PostgreSQL's integer."""
    one = span(kind=99, dropped_attributes_count=2**32 - 1)
    columns = decoded(traces(one)).batch.spans
    assert columns.kind == [0]
    assert columns.dropped == [2**31 - 1]
