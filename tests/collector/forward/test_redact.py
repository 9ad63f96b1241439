"""What is sent on is what is stored: decoded again it has those rows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.collector.decode.test_same_rows import requests
from tests.support.otlp import (
    NOW_NS,
    SPAN_ID,
    TRACE_ID,
    attribute,
    log,
    logs,
    metrics,
    span,
    traces,
    value,
)

from turnspan_collector.config import Privacy
from turnspan_collector.decode import (
    LOGS,
    METRICS,
    TRACES,
    Encoding,
    Signal,
    decode,
    decode_request,
)
from turnspan_collector.forward import Accepted, bots_of
from turnspan_collector.forward._redact import Redaction, select
from turnspan_collector.processors import build
from turnspan_collector.security.own_rows import own_rows
from turnspan_exporters.records import Batch, Columns

CANARY = "canary-4f1b"
KEY = "a key of sixteen characters"
PRIVACIES = {
    "drop": Privacy(),
    "pseudonymise": Privacy(user_ids="pseudonymise", user_key=KEY),
    "keep": Privacy(user_ids="keep"),
}
# A hash of content that is less now, and a place in lists of what is not stored.
OTHERWISE = {"uid"}
PRIVATE = [
    attribute("gen_ai.prompt.0.content", CANARY),
    attribute("input.value", CANARY),
    attribute("user.email", CANARY),
    attribute("client.address", CANARY),
    attribute("url.query", CANARY),
    attribute("url.full", f"https://{CANARY}@shop.example/a?{CANARY}#{CANARY}"),
    attribute("user.id", "raw-7"),
    attribute("chatbot.channel.name", "web"),
    attribute("gen_ai.conversation.id", "c1"),
    attribute("input.value", CANARY),
    attribute("kept", {"deep": ["text"]}),
]


def request(signal: Signal) -> Any:
    """A request with what must not go on in every place that has attributes."""
    if signal is TRACES:
        event = Span.Event(name="chatbot.view", attributes=PRIVATE)
        link = Span.Link(trace_id=TRACE_ID, span_id=SPAN_ID, attributes=PRIVATE)
        known = [*PRIVATE, attribute("enduser.pseudo.id", "p1")]
        return traces(
            span(attributes=PRIVATE, events=[event], links=[link]),
            span(attributes=known, span_id=b"\1" * 8, name="second"),
        )
    if signal is LOGS:
        body = value(CANARY)
        return logs(
            log(event_name="gen_ai.user.message", body=body, attributes=PRIVATE),
            log(body=body, attributes=[attribute("event.name", "chatbot.message")]),
            log(body=value("a line of a log"), severity_number=9),
        )
    exemplar = otlp.Exemplar(filtered_attributes=PRIVATE, as_double=1)
    point: dict[str, Any] = {"time_unix_nano": NOW_NS, "attributes": PRIVATE}
    number = otlp.NumberDataPoint(**point, as_int=1, exemplars=[exemplar])
    return metrics(
        otlp.Metric(name="g", gauge=otlp.Gauge(data_points=[number])),
        otlp.Metric(
            name="s",
            summary=otlp.Summary(data_points=[otlp.SummaryDataPoint(**point, sum=1)]),
            metadata=PRIVATE,
        ),
    )


def read(signal: Signal, body: bytes) -> Any:
    """The request in protobuf as its message."""
    return signal.request.FromString(body)


def sent_on(
    signal: Signal, message: Message, privacy: Privacy, bots: frozenset[str] | None
) -> bytes:
    """What a destination would get."""
    decoded = decode_request(signal, message, NOW_NS)
    order = bots_of(signal, decoded)
    if bots is not None:
        decoded = own_rows(signal, decoded, bots)
    accepted = Accepted.of(signal, message, decoded, bots, order)
    select(accepted, "own")
    return Redaction(privacy, texts=False)(signal, message)


def rows(batch: Batch, columns: Columns) -> dict[str, Any]:
    found = {
        one.name: getattr(columns, one.name)
        for one in fields(columns)
        if one.name not in OTHERWISE
    }
    for name, origins in (("resource", batch.resources), ("scope", batch.scopes)):
        found[name] = [origins[at] for at in found[name]]
    return found


def parts(batch: Batch) -> list[dict[str, Any]]:
    """The rows with their origins; NaN equals itself in their text."""
    return [rows(batch, one) for one in (batch.spans, batch.events, batch.points)]


def stored(signal: Signal, body: bytes, privacy: Privacy) -> Batch:
    batch = decode(signal, body, Encoding.PROTOBUF, NOW_NS).batch
    for process in build(privacy):
        batch = process(batch)
    return batch


@pytest.mark.parametrize("ids", PRIVACIES)
@pytest.mark.parametrize("signal", [TRACES, LOGS, METRICS], ids=lambda one: one.name)
def test_what_is_sent_on_is_what_is_stored(signal: Signal, ids: str) -> None:
    """Decoded without any processor it gives the rows that the processors leave."""
    privacy, message = PRIVACIES[ids], request(signal)
    wanted = stored(signal, message.SerializeToString(), privacy)
    body = sent_on(signal, message, privacy, None)
    got = decode(signal, body, Encoding.PROTOBUF, NOW_NS).batch
    if ids == "pseudonymise" and signal is TRACES:
        # Its event takes the key that the span was given.
        got.events.user_key = wanted.events.user_key
    assert parts(got) == parts(wanted)
    assert (CANARY.encode() in body) == (ids == "keep")


RENAMED = {"chatbot.test": "input.value", "event.name": "user.email"}


def rename(message: Message) -> None:
    """Make some attributes private ones, at whatever depth."""
    for field, found in message.ListFields():
        if field.type != FieldDescriptor.TYPE_MESSAGE:
            continue
        for one in found if field.is_repeated else (found,):
            if isinstance(one, KeyValue):
                one.key = RENAMED.get(one.key, one.key)
            rename(one)


@pytest.mark.parametrize("signal", [TRACES, LOGS, METRICS], ids=lambda one: one.name)
def test_so_it_is_with_any_request(signal: Signal) -> None:
    """Rejected spans, duplicate keys and odd values of every kind included."""

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(requests(signal))
    def check(message: Message) -> None:
        rename(message)
        body = message.SerializeToString()
        wanted = stored(signal, body, Privacy())
        sent = sent_on(signal, message, Privacy(), None)
        got = decode(signal, sent, Encoding.PROTOBUF, NOW_NS).batch
        assert repr(parts(got)) == repr(parts(wanted))

    check()


def test_texts_go_on_where_they_are_asked_for() -> None:
    """And nothing else that is private."""
    message = request(LOGS)
    accepted = Accepted.of(LOGS, message, decode_request(LOGS, message, NOW_NS))
    select(accepted, "")
    body = Redaction(PRIVACIES["drop"], texts=True)(LOGS, message)
    found = read(LOGS, body)
    records = found.resource_logs[0].scope_logs[0].log_records
    assert records[0].body.string_value == CANARY
    keys = {one.key for one in records[0].attributes}
    assert {"input.value", "gen_ai.prompt.0.content"} <= keys
    assert not keys & {"user.email", "user.id", "client.address", "url.query"}


def test_rejected_spans_are_not_sent_on() -> None:
    """Nor a group that has none left."""
    message = traces(span(span_id=b"x"), span(span_id=b"\2" * 8))
    message.resource_spans.add().scope_spans.add().spans.add(name=CANARY)
    body = sent_on(TRACES, message, Privacy(), None)
    (group,) = read(TRACES, body).resource_spans
    assert [one.span_id for one in group.scope_spans[0].spans] == [b"\2" * 8]


@pytest.mark.parametrize("signal", [TRACES, LOGS, METRICS], ids=lambda one: one.name)
def test_only_what_the_token_may_write_is_sent_on(signal: Signal) -> None:
    """Of another bot neither records nor its resource."""
    message = request(signal)
    other = type(message)()
    other.CopyFrom(message)
    outer = message.DESCRIPTOR.fields[0].name
    for group in getattr(other, outer):
        group.resource.attributes[0].value.string_value = "other"
        for scope in getattr(group, "scope_spans", ()):
            for at, one in enumerate(scope.spans):
                one.span_id = bytes([9 + at]) * 8
    message.MergeFrom(other)
    body = sent_on(signal, message, Privacy(), frozenset({"service"}))
    groups = getattr(read(signal, body), outer)
    assert len(groups) == 1
    assert groups[0].resource.attributes[0].value.string_value == "service"


def test_own_spans_are_not_sent_on() -> None:
    """Those of this collector about its requests; others' stay."""
    own, others = traces(span(name="receive traces")), traces(span(name="turn"))
    own.resource_spans[0].resource.attributes.append(
        attribute("service.instance.id", "own")
    )
    own.MergeFrom(others)
    body = sent_on(TRACES, own, Privacy(), None)
    (group,) = read(TRACES, body).resource_spans
    assert group.scope_spans[0].spans[0].name == "turn"


def test_unknown_fields_are_not_sent_on() -> None:
    """They are not stored either, and may say anything."""
    text = CANARY.encode()
    unknown = b"\xfa\x3f" + bytes([len(text)]) + text  # field 1023, of length 11 or so
    message = TRACES.request.FromString(traces(span()).SerializeToString() + unknown)
    assert text in message.SerializeToString()
    assert text not in sent_on(TRACES, message, Privacy(), None)
