"""Nothing that other instrumentations say about people reaches the store."""

from __future__ import annotations

import dataclasses
from dataclasses import fields
from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
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

from turnspan import conventions as names
from turnspan_collector.config import Privacy
from turnspan_collector.decode import LOGS, METRICS, TRACES, Encoding, decode
from turnspan_collector.processors import (
    build,
    drop_content,
    keep_content,
    pseudonymise_users,
)
from turnspan_exporters.records import Batch, Texts

CANARY = "canary-4f1b"
CONTENT_KEYS = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.system.message.content",
    "gen_ai.prompt",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.content",
    "gen_ai.completion",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.event.content",
    "input.value",
    "output.value",
    "llm.input_messages.0.message.content",
    "llm.output_messages.0.message.content",
    "llm.prompts.0",
    "llm.prompt_template.variables",
    "retrieval.documents.0.document.content",
    "document.content",
    "embedding.text",
    "tool.parameters",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "all_messages_events",
    "prompt",
    "chatbot.message.text",
    "chatbot.feedback.comment",
]
KEPT_KEYS = [
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.response.finish_reasons",
    "gen_ai.tool.name",
    "gen_ai.usage.cached_tokens",
    "llm.model_name",
    "input.mime_type",
    "traceloop.entity.name",
]
PERSON_KEYS = ["user.id", "enduser.id", "user.email", "user.name", "user.full_name"]
ADDRESS_KEYS = ["client.address", "net.peer.ip", "http.client_ip"]
URL_KEYS = ["url.full", "http.url", "http.target"]


def everywhere(*attributes: Any) -> Batch:
    """A batch with the attributes on a span, its event, its link and a record."""
    one = span(attributes=attributes)
    one.events.add(name="e", time_unix_nano=NOW_NS, attributes=attributes)
    one.events.add(name="chatbot.view", time_unix_nano=NOW_NS, attributes=attributes)
    one.links.add(trace_id=TRACE_ID, span_id=SPAN_ID, attributes=attributes)
    return _of_spans(one)


def _of_spans(*spans: Span) -> Batch:
    body = traces(*spans).SerializeToString()
    return decode(TRACES, body, Encoding.PROTOBUF, NOW_NS).batch


def _of_logs(**fields: Any) -> Batch:
    body = logs(log(**fields)).SerializeToString()
    return decode(LOGS, body, Encoding.PROTOBUF, NOW_NS).batch


def processed(batch: Batch, privacy: Privacy | None = None) -> Batch:
    for process in build(privacy or Privacy()):
        batch = process(batch)
    return batch


def text(batch: Batch) -> str:
    return repr(dataclasses.asdict(batch))


@pytest.mark.parametrize("key", [*CONTENT_KEYS, *PERSON_KEYS, *ADDRESS_KEYS])
def test_a_canary_under_a_known_key_is_found_nowhere(key: str) -> None:
    """On spans, their events and links, bridged events and records alike."""
    assert CANARY in text(everywhere(attribute(key, CANARY)))
    assert CANARY not in text(processed(everywhere(attribute(key, CANARY))))
    record = _of_logs(attributes=[attribute(key, [{"a": CANARY}])])
    assert CANARY not in text(processed(record))


@pytest.mark.parametrize("key", KEPT_KEYS)
def test_what_is_no_content_is_kept(key: str) -> None:
    """Names, counts and kinds are what metrics are made of."""
    assert CANARY in text(processed(everywhere(attribute(key, CANARY))))


@pytest.mark.parametrize(
    "name", ["gen_ai.user.message", "gen_ai.choice", "chatbot.message"]
)
def test_bodies_of_content_events_are_dropped(name: str) -> None:
    """Where instrumentations put the text into the body."""
    record = _of_logs(event_name=name, body=value({"content": CANARY}))
    assert CANARY not in text(processed(record))


def test_bodies_of_other_records_are_kept() -> None:
    """An application's own logs are its own affair."""
    assert CANARY in text(processed(_of_logs(body=value(CANARY))))


@pytest.mark.parametrize("key", URL_KEYS)
def test_urls_lose_query_fragment_and_credentials(key: str) -> None:
    """The path is kept."""
    url = f"https://u:{CANARY}@host/path?q={CANARY}#{CANARY}"
    found = processed(everywhere(attribute(key, url)))
    assert CANARY not in text(found)
    assert (found.spans.attributes[0] or {})[key] == "https://host/path"


def test_user_ids_are_kept_on_demand() -> None:
    """Raw ids are stored by opt-in only."""
    found = processed(everywhere(attribute("user.id", "u1")), Privacy(user_ids="keep"))
    assert found.spans.attributes == [{"user.id": "u1"}]


def test_pseudonyms_are_those_of_the_bot() -> None:
    """HMAC-SHA256(secret, channel NUL id); an existing key is left alone."""
    channel = attribute("chatbot.channel.name", "web")
    raw = attribute("user.id", "u1")
    own = attribute("enduser.pseudo.id", "k")
    batch = _of_spans(span(attributes=[channel, raw]), span(attributes=[raw, own]))
    privacy = Privacy(user_ids="pseudonymise", user_key="0123456789abcdef")
    found = processed(batch, privacy).spans
    assert found.user_key == [
        "3ca83784367da7c151475d9ed2f2f1312db315a5164e76a1053a7dcd1ee8a734",
        "k",
    ]
    assert found.attributes == [None, None]


KEEPING = Privacy(content="on")


def said(batch: Batch) -> list[tuple[str, str]]:
    return list(zip(batch.texts.attribute, batch.texts.text, strict=True))


def apart(batch: Batch) -> str:
    """All of a batch but its texts."""
    return text(dataclasses.replace(batch, texts=Texts()))


@pytest.mark.parametrize("key", CONTENT_KEYS)
def test_content_that_is_kept_leaves_its_record(key: str) -> None:
    """Once for the span, its event, its link and its event that is a row itself."""
    found = processed(everywhere(attribute(key, CANARY)), KEEPING)
    assert said(found) == [(key, CANARY)] * 4
    assert CANARY not in apart(found)
    record = processed(_of_logs(attributes=[attribute(key, [{"a": CANARY}])]), KEEPING)
    assert said(record) == [(key, f'[{{"a":"{CANARY}"}}]')]
    assert CANARY not in apart(record)


def test_a_text_knows_its_record() -> None:
    """Conversation and turn, and the span or the event with its time."""
    keys = [
        attribute(names.GEN_AI_CONVERSATION_ID, "c1"),
        attribute(names.TURN_ID, "t1"),
    ]
    asked = attribute(names.GEN_AI_INPUT_MESSAGES, "[]")
    start_ns = NOW_NS - 10**9
    one = span(attributes=[*keys, asked])
    heard = [*keys, attribute(names.MESSAGE_TEXT, "Hello")]
    one.events.add(name="chatbot.message", time_unix_nano=NOW_NS, attributes=heard)
    batch = processed(_of_spans(one), KEEPING)
    _, *columns = (getattr(batch.texts, field.name) for field in fields(Texts))
    of, number = (["c1"] * 2, ["t1"] * 2), batch.spans.span_id[0]
    assert columns == [
        [start_ns, NOW_NS],
        [0, 0],
        ["service"] * 2,
        *of,
        [TRACE_ID] * 2,
        [number] * 2,
        [None, batch.events.uid[0]],
        [names.GEN_AI_INPUT_MESSAGES, names.MESSAGE_TEXT],
        ["[]", "Hello"],
    ]


def test_the_same_request_makes_the_same_ids() -> None:
    """So that a replay is found out; texts of one name in one record differ."""
    first, again = (
        processed(everywhere(attribute("input.value", CANARY)), KEEPING).texts.id
        for _ in range(2)
    )
    assert first == again
    assert len(set(first)) == 4


def test_bodies_of_content_events_are_kept_as_texts() -> None:
    """And those of an application's own logs stay where they are."""
    body = value({"content": CANARY})
    found = processed(_of_logs(event_name="gen_ai.choice", body=body), KEEPING)
    assert said(found) == [("body", f'{{"content":"{CANARY}"}}')]
    assert CANARY not in apart(found)
    assert said(processed(_of_logs(body=body), KEEPING)) == []


def test_a_long_text_is_cut_by_its_bytes() -> None:
    """Never within a character, and it says so at its end."""
    privacy = Privacy(content="on", content_bytes_max=64)
    for given, kept in (
        ("a" * 64, "a" * 64),
        ("a" * 65, "a" * 58 + " [cut]"),
        ("ä" * 33, "ä" * 29 + " [cut]"),
        ("a" + "ä" * 32, "a" + "ä" * 28 + " [cut]"),
        ("", None),
    ):
        record = _of_logs(attributes=[attribute("input.value", given)])
        assert processed(record, privacy).texts.text == ([kept] if kept else [])


def test_metric_points_have_no_texts() -> None:
    """What stands on them under a known key is dropped, also with content on."""
    metric = Metric(name="m")
    point = metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1)
    point.attributes.append(attribute("input.value", CANARY))
    body = metrics(metric).SerializeToString()
    batch = decode(METRICS, body, Encoding.PROTOBUF, NOW_NS).batch
    assert CANARY in text(batch)
    assert CANARY not in text(processed(batch, KEEPING))


def test_processors_return_the_batch_they_were_given() -> None:
    """They change it in place: one batch a request, from door to store."""
    batch = everywhere()
    assert keep_content(batch, bytes_max=64) is batch
    assert drop_content(batch) is batch
    assert pseudonymise_users(batch, secret=b"x") is batch
