"""The history as OTLP: complete, repeatable, and in the words of the conventions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from turnspan import conventions as c
from turnspan_collector.demo import Sent, World, history

WORLD = World(date(2026, 3, 3))
DAYS = 12
KINDS = {"string": "string_value", "int": "int_value", "double": "double_value"}
KINDS |= {"boolean": "bool_value"}


def _records(sent: Iterable[Sent]) -> Iterator[Span | LogRecord]:
    for one in sent:
        if isinstance(one.request, ExportTraceServiceRequest):
            for spans in one.request.resource_spans:
                yield from (span for scope in spans.scope_spans for span in scope.spans)
        else:
            for logs in one.request.resource_logs:
                for scope in logs.scope_logs:
                    yield from scope.log_records


def _digest(sent: Iterable[Sent]) -> Counter[str]:
    records = _records(sent)
    return Counter(
        sha256(r.SerializeToString(deterministic=True)).hexdigest() for r in records
    )


def test_a_replay_sends_the_same_bytes() -> None:
    """Twice the same interval is twice the same requests."""
    one = [sent.request for sent in history(WORLD, 0, WORLD.at(DAYS))]
    two = [sent.request for sent in history(WORLD, 0, WORLD.at(DAYS))]
    assert one == two


def test_topping_up_sends_what_was_left_out() -> None:
    """Two parts are the whole, even where the cut runs through a conversation."""
    cut = WORLD.at(7) + 11 * 3_600_000_000_000
    parts = _digest(history(WORLD, 0, cut))
    parts += _digest(history(WORLD, cut, WORLD.at(DAYS)))
    assert parts == _digest(history(WORLD, 0, WORLD.at(DAYS)))
    assert set(parts.values()) == {1}


def test_requests_say_how_much_they_hold() -> None:
    """Counts are exact, bounded, and of one bot each."""
    for sent in history(WORLD, 0, WORLD.at(DAYS)):
        assert sent.records == len(list(_records([sent]))) <= 2_000
        assert sent.bot in {"support", "sales", "llm"}


def _kind(value: AnyValue) -> str:
    return str(value.WhichOneof("value"))


def _misfits(
    name: str, attributes: Iterable[KeyValue], allowed: frozenset[str]
) -> list[tuple[str, str]]:
    return [
        (name, one.key)
        for one in attributes
        if one.key not in allowed or KINDS[c.ATTRIBUTES[one.key]] != _kind(one.value)
    ]


def test_everything_is_in_the_registry() -> None:
    """Names, types and members of spans and events are those of the conventions."""
    wrong: list[tuple[str, str]] = []
    for record in _records(history(WORLD, 0, WORLD.at(DAYS))):
        if isinstance(record, LogRecord):
            name = record.event_name
            wrong += _misfits(name, record.attributes, c.EVENTS[name])
        elif not record.name.startswith("chat "):
            name = record.name.split(" ")[0]
            wrong += _misfits(name, record.attributes, c.SPANS[name])
        for one in record.attributes:
            if one.key in c.ENUMS and one.value.string_value not in c.ENUMS[one.key]:
                wrong.append((name, one.value.string_value))
    assert wrong == []


def test_the_story_holds_every_kind_of_event() -> None:
    """What a board can show happens at least once in the 90 days."""
    kinds = Counter(
        record.event_name
        for record in _records(history(WORLD, 0, WORLD.at(90)))
        if isinstance(record, LogRecord)
    )
    never = {c.EVENT_TURN_END, c.EVENT_CUSTOM, c.EVENT_CONTENT_ACCESS}
    assert set(c.EVENTS) - set(kinds) == never | {c.EVENT_FEATURE_FLAG_EVALUATION}


def test_keys_are_unique() -> None:
    """No two spans and no two records share what they are de-duplicated by."""
    keys: Counter[object] = Counter()
    for record in _records(history(WORLD, 0, WORLD.at(DAYS))):
        if isinstance(record, Span):
            keys[record.trace_id, record.span_id] += 1
        else:
            uid = [a for a in record.attributes if a.key == c.LOG_RECORD_UID]
            keys[uid[0].value.string_value] += 1
    assert set(keys.values()) == {1}
