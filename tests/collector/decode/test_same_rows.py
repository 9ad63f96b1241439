"""The same data gives the same rows in protobuf and in JSON, whatever it is."""

from __future__ import annotations

from random import Random
from typing import Any

import orjson
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from tests.support.otlp import NOW_NS

from turnspan_collector.decode import SIGNALS, Encoding, Signal, decode
from turnspan_collector.decode.json import IDS, read_json

DEPTH_MAX = 4
UINTS = {FieldDescriptor.TYPE_FIXED64, FieldDescriptor.TYPE_UINT64}
INTS = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_SFIXED64,
    FieldDescriptor.TYPE_SINT64,
}
DOUBLES = {FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT}
UINT32 = {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32}
KNOWN_KEYS = st.sampled_from(
    [
        "gen_ai.conversation.id",
        "chatbot.turn.id",
        "chatbot.name",
        "chatbot.intent.confidence",
        "chatbot.turn.index",
        "chatbot.test",
        "log.record.uid",
        "service.name",
        "event.name",
    ]
)


def scalars(field: Any) -> st.SearchStrategy[Any]:
    """Values of a field, the awkward ones included."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return KNOWN_KEYS | st.text(max_size=8)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.sampled_from([b"\1" * 16, b"\1" * 8]) | st.binary(max_size=17)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return st.booleans()
    if field.type == FieldDescriptor.TYPE_ENUM:
        return st.integers(0, 9)
    if field.type in DOUBLES:
        return st.floats(allow_nan=True) | st.floats(0, 1)
    if field.type in UINTS:
        return st.sampled_from([0, NOW_NS, 2**64 - 1]) | st.integers(0, 2**64 - 1)
    if field.type in INTS:
        return st.integers(-(2**63), 2**63 - 1)
    if field.type in UINT32:
        return st.integers(0, 2**32 - 1)
    return st.integers(-(2**31), 2**31 - 1)


def fill(draw: st.DrawFn, message: Message, depth: int) -> None:
    """Set some fields of the message, and of each oneof at most one."""
    chosen = {
        draw(st.sampled_from([field.name for field in oneof.fields]))
        for oneof in message.DESCRIPTOR.oneofs
        if draw(st.booleans())
    }
    for field in message.DESCRIPTOR.fields:
        if "strindex" in field.name:  # of profiles only
            continue
        wanted = field.name in chosen if field.containing_oneof else draw(st.booleans())
        if wanted:
            set_field(draw, message, field, depth)


def set_field(draw: st.DrawFn, message: Message, field: Any, depth: int) -> None:
    if field.type != FieldDescriptor.TYPE_MESSAGE:
        if field.is_repeated:
            getattr(message, field.name).extend(
                draw(st.lists(scalars(field), max_size=2))
            )
        else:
            setattr(message, field.name, draw(scalars(field)))
        return
    inner = depth + (field.message_type is AnyValue.DESCRIPTOR)
    if inner > DEPTH_MAX:
        return
    if field.is_repeated:
        for _ in range(draw(st.integers(0, 2))):
            fill(draw, getattr(message, field.name).add(), inner)
    else:
        getattr(message, field.name).SetInParent()
        fill(draw, getattr(message, field.name), inner)


@st.composite
def requests(draw: st.DrawFn, signal: Signal) -> Message:
    """A request with one item that is complete, and anything beside it."""
    request = signal.request()
    fill(draw, request, 0)
    return request


def as_json(request: Message) -> bytes:
    """OTLP's JSON, made of protobuf's: ids to hexadecimal, enums as numbers."""
    content = MessageToDict(request, use_integers_for_enums=True)
    return orjson.dumps(_with_ids(content, request))


def _with_ids(content: Any, message: Message) -> Any:
    by_name = {field.json_name: field for field in message.DESCRIPTOR.fields}
    for key, field in by_name.items():
        if key not in content:
            continue
        found = getattr(message, field.name)
        if field.name in IDS:
            content[key] = found.hex()
        elif field.type == FieldDescriptor.TYPE_MESSAGE and field.is_repeated:
            for part, inner in zip(content[key], found, strict=True):
                _with_ids(part, inner)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            _with_ids(content[key], found)
    return content


SEARCH = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
UNKNOWN = {"newField": {"deep": [1, None, {"x": "y"}]}, "trace_state": "snake"}


def spelled_otherwise(content: Any, message: Message, dice: Random) -> Any:
    """The same request as another client may write it.

    Ids in capitals, 64-bit numbers as numbers, enums and absent fields as null where
    that is their default, unknown fields at every level.
    """
    for field in message.DESCRIPTOR.fields:
        key = field.json_name
        if key not in content:
            if dice.random() < 0.1:
                content[key] = None
        elif field.name in IDS:
            content[key] = content[key].upper()
        elif field.type in UINTS | INTS and dice.random() < 0.5:
            given = content[key]
            content[key] = [int(one) for one in given] if field.is_repeated else (
                int(given))  # fmt: skip
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            found = getattr(message, field.name)
            parts = [content[key]] if not field.is_repeated else content[key]
            inner = [found] if not field.is_repeated else found
            for part, of in zip(parts, inner, strict=True):
                spelled_otherwise(part, of, dice)
    if dice.random() < 0.3:
        content |= UNKNOWN
    return content


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_every_spelling_of_a_request_is_the_same_request(signal: Signal) -> None:
    """Nulls, numbers and texts, capitals and unknown fields change no field."""

    @SEARCH
    @given(requests(signal), st.randoms(use_true_random=False))
    def check(request: Message, dice: Random) -> None:
        content = spelled_otherwise(orjson.loads(as_json(request)), request, dice)
        read = read_json(orjson.dumps(content), signal.request)
        assert same_bytes(read) == same_bytes(request)

    check()


def same_bytes(message: Message) -> bytes:
    """What tells messages apart; unlike ==, it knows NaN."""
    return message.SerializeToString(deterministic=True)


UNKNOWN_FIELDS = b"\xa2\x7d\x05hello\xa8\x7d\x96\x01"  # 2004 of bytes, 2005 a varint


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_unknown_fields_of_protobuf_change_no_row(signal: Signal) -> None:
    """In the request, its groups, its items and their values."""

    @SEARCH
    @given(requests(signal), st.randoms(use_true_random=False))
    def check(request: Message, dice: Random) -> None:
        before = decode(signal, request.SerializeToString(), Encoding.PROTOBUF, NOW_NS)
        strange(request, dice)
        after = decode(signal, request.SerializeToString(), Encoding.PROTOBUF, NOW_NS)
        assert repr(after) == repr(before)

    check()


def strange(message: Message, dice: Random) -> None:
    """Put fields of a later version into the message and into some of its parts."""
    for field, found in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for part in found if field.is_repeated else [found]:
                strange(part, dice)
    if dice.random() < 0.5:
        message.MergeFromString(UNKNOWN_FIELDS)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_protobuf_and_json_give_the_same_rows(signal: Signal) -> None:
    """Byte for byte, rejections and their message included."""

    @SEARCH
    @given(requests(signal))
    def check(request: Message) -> None:
        binary = decode(signal, request.SerializeToString(), Encoding.PROTOBUF, NOW_NS)
        text = decode(signal, as_json(request), Encoding.JSON, NOW_NS)
        assert repr(text) == repr(binary)

    check()
