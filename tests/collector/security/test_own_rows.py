"""A token's own rows: the records of other bots are rejected, and they alone."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.metrics.v1.metrics_pb2 import Gauge, Metric, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.support.otlp import NOW_NS, attribute, log, logs, metrics, span, traces

from turnspan_collector.decode import (
    LOGS,
    METRICS,
    TRACES,
    Decoded,
    Encoding,
    Signal,
    decode,
)
from turnspan_collector.errors import Denied
from turnspan_collector.security.own_rows import own_rows

BOT = "chatbot.name"


def decoded(signal: Signal, request: Message) -> Decoded:
    return decode(signal, request.SerializeToString(), Encoding.PROTOBUF, NOW_NS)


def of(bot: str, number: int, **fields: Any) -> Span:
    return span(
        span_id=number.to_bytes(8, "big"), attributes=[attribute(BOT, bot)], **fields
    )


def bridged(bot: str) -> Any:
    return Span.Event(
        name="chatbot.view",
        time_unix_nano=NOW_NS,
        attributes=[attribute(BOT, bot), attribute("chatbot.view.name", "home")],
    )


def test_foreign_spans_are_rejected_one_by_one() -> None:
    """With their count and the reason, beside what was rejected before."""
    request = traces(
        of("shop", 1), of("bank", 2), of("shop", 3), of("spy", 4), of("shop", 0)
    )
    kept = own_rows(TRACES, decoded(TRACES, request), {"shop"})
    assert kept.batch.spans.span_id == [1, 3]
    assert (kept.items, kept.rejected, kept.accepted) == (5, 3, 2)
    assert kept.message == (
        "3 of 5 spans were rejected: span_id needs 8 bytes that are not all zero (1); "
        "the token may not send as their bot (2)"
    )


def test_a_span_goes_with_all_that_it_carries() -> None:
    """An event of another bot rejects its span; a foreign span leaves no event."""
    request = traces(
        of("shop", 1, events=[bridged("bank")]),
        of("bank", 2, events=[bridged("shop")]),
        of("shop", 3, events=[bridged("shop")]),
    )
    kept = own_rows(TRACES, decoded(TRACES, request), {"shop"})
    assert kept.batch.spans.span_id == [3]
    assert kept.batch.events.span_id == [3]
    assert kept.rejected == 2


def test_foreign_logs_and_points_are_rejected() -> None:
    """Told by the record's bot, else by its resource's."""
    records = logs(
        log(attributes=[attribute(BOT, "shop")]), log(attributes=[attribute("a", 1)])
    )
    kept = own_rows(LOGS, decoded(LOGS, records), {"shop"})
    assert (kept.batch.events.bot, kept.rejected) == (["shop"], 1)
    points = [
        NumberDataPoint(time_unix_nano=NOW_NS, as_int=at, attributes=given)
        for at, given in enumerate(([attribute(BOT, "shop")], []))
    ]
    gauges = metrics(Metric(name="g", gauge=Gauge(data_points=points)))
    kept = own_rows(METRICS, decoded(METRICS, gauges), {"service"})
    assert (kept.batch.points.int_value, kept.rejected) == ([1], 1)


def test_nothing_of_a_foreign_resource_is_left() -> None:
    """A resource that no record names any more is not stored either."""
    request = traces(of("bank", 1))
    request.MergeFrom(traces(of("shop", 2)))
    request.resource_spans[1].resource.attributes[0].value.string_value = "other"
    kept = own_rows(TRACES, decoded(TRACES, request), {"shop"}).batch
    (resource,) = kept.resources
    assert resource.attributes["service.name"] == "other"
    assert (kept.spans.resource, kept.spans.scope) == ([0], [0])


def test_a_request_of_others_alone_is_denied() -> None:
    """As a whole, and without a word of what it names."""
    with pytest.raises(Denied) as refused:
        own_rows(TRACES, decoded(TRACES, traces(of("bank", 1))), {"shop"})
    assert "bank" not in str(refused.value)


@pytest.mark.parametrize("request_of", [traces(), traces(of("shop", 1))])
def test_what_is_its_own_passes_as_it_is(request_of: Message) -> None:
    """An empty request among it."""
    given = decoded(TRACES, request_of)
    assert own_rows(TRACES, given, {"shop"}) is given
