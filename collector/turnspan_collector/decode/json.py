"""OTLP's own JSON: protobuf's, with exceptions that ``json_format`` does not know.

Ids are hexadecimal, enums are numbers only, names are lowerCamelCase only and unknown
ones are ignored; 64-bit numbers come as text or as exact numbers. The result is the
protobuf message, so that one path leads from there to columns.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import orjson
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    KeyValueList,
)

from turnspan_collector.decode.values import DEPTH_MAX
from turnspan_exporters.errors import Permanent

__all__ = ["read_json"]

LISTS = (ArrayValue.DESCRIPTOR, KeyValueList.DESCRIPTOR)
IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
NOT_HEX = b"\0"  # of a wrong length, so that the item is rejected, and it alone
HEX = re.compile(r"(?:[0-9a-fA-F]{2})*", re.ASCII)
WHOLE = re.compile(r"-?[0-9]{1,20}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?", re.ASCII)
NOT_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
EXACT_FLOAT_MAX = 2**53


class _Bad(Exception):
    """What is wrong with a value, and the way to it from the inside out."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.path: list[str] = []


def read_json(
    body: bytes,
    kind: type[Message],
    check: Callable[[Any], None] = lambda content: None,
) -> Message:
    """The message that a JSON body says; ``Permanent`` where it says none.

    ``check`` is asked before anything is made of it, and may raise.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Permanent(
            "the body is not JSON: it is empty, cut short, nests too deeply, or is "
            "not UTF-8"
        ) from None
    check(content)
    message = kind()
    try:
        _fill(message, content, 0)
    except _Bad as bad:
        where = "".join(reversed(bad.path)).lstrip(".") or "the body"
        raise Permanent(f"{where}: give {bad.wanted}") from None
    return message


class _Field(NamedTuple):
    """A field of a message and how its JSON value is read."""

    name: str
    repeated: bool
    scalar: Callable[[Any], Any] | None


@cache
def _fields(descriptor: Descriptor) -> dict[str, _Field]:
    return {
        field.json_name: _Field(field.name, field.is_repeated, _reader(field))
        for field in descriptor.fields
    }


def _fill(message: Message, content: Any, depth: int) -> None:
    """Set the message's fields; ``depth`` counts the values around it."""
    if content is None:
        return
    if type(content) is list and message.DESCRIPTOR in LISTS:
        content = {"values": content}  # so written in opentelemetry-proto's examples
    if type(content) is not dict:
        raise _Bad("an object")
    if message.DESCRIPTOR is AnyValue.DESCRIPTOR:
        depth += 1
        if depth > DEPTH_MAX:
            raise _Bad(f"a value of at most {DEPTH_MAX} levels")
    known = _fields(message.DESCRIPTOR)
    for key, value in content.items():
        field = known.get(key)
        if field is None:
            _check_depth(value)
            continue
        if value is None:
            continue
        try:
            _set(message, field, value, depth)
        except _Bad as bad:
            bad.path.append(f".{key}")
            raise


def _set(message: Message, field: _Field, value: Any, depth: int) -> None:
    if field.repeated:
        if type(value) is not list:
            raise _Bad("an array")
        _extend(getattr(message, field.name), field, value, depth)
    elif field.scalar is not None:
        setattr(message, field.name, field.scalar(value))
    else:
        part = getattr(message, field.name)
        part.SetInParent()
        _fill(part, value, depth)


def _extend(items: Any, field: _Field, values: list[Any], depth: int) -> None:
    for at, value in enumerate(values):
        try:
            if field.scalar is not None:
                items.append(field.scalar(value))
            else:
                _fill(items.add(), value, depth)
        except _Bad as bad:
            bad.path.append(f"[{at}]")
            raise


def _check_depth(value: Any) -> None:
    """An ignored field may not be a way around the limit either."""
    level: list[Any] = [value]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise _Bad(f"a value of at most {DEPTH_MAX} levels")


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _Bad("a text")
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise _Bad("true or false")
    return value


def _id(value: Any) -> bytes:
    text = _text(value)
    return bytes.fromhex(text) if HEX.fullmatch(text) else NOT_HEX


def _bytes(value: Any) -> bytes:
    text = _text(value).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _Bad("base64") from None


def _float(value: Any) -> float:
    if type(value) in (int, float):
        return float(value)
    if type(value) is str and (value in NOT_NUMBERS or DECIMAL.fullmatch(value)):
        return float(value)
    raise _Bad("a number")


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        number = value
        if type(value) is str and WHOLE.fullmatch(value):
            number = int(value)
        elif type(value) is float and value.is_integer():
            number = int(value) if abs(value) <= EXACT_FLOAT_MAX else None
        if type(number) is not int or not least <= number <= most:
            raise _Bad(f"a whole number from {least} to {most}")
        return number

    return read


def _enum(value: Any) -> int:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise _Bad("the number of an enum's member, not its name")
    return value


_INT32 = _whole(-(2**31), 2**31 - 1)
_INT64 = _whole(-(2**63), 2**63 - 1)
_UINT32 = _whole(0, 2**32 - 1)
_UINT64 = _whole(0, 2**64 - 1)
_SCALARS: dict[int, Callable[[Any], Any]] = {
    FieldDescriptor.TYPE_STRING: _text,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_DOUBLE: _float,
    FieldDescriptor.TYPE_FLOAT: _float,
    FieldDescriptor.TYPE_ENUM: _enum,
    FieldDescriptor.TYPE_INT32: _INT32,
    FieldDescriptor.TYPE_SINT32: _INT32,
    FieldDescriptor.TYPE_SFIXED32: _INT32,
    FieldDescriptor.TYPE_INT64: _INT64,
    FieldDescriptor.TYPE_SINT64: _INT64,
    FieldDescriptor.TYPE_SFIXED64: _INT64,
    FieldDescriptor.TYPE_UINT32: _UINT32,
    FieldDescriptor.TYPE_FIXED32: _UINT32,
    FieldDescriptor.TYPE_UINT64: _UINT64,
    FieldDescriptor.TYPE_FIXED64: _UINT64,
}


def _reader(field: FieldDescriptor) -> Callable[[Any], Any] | None:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return None
    if field.name in IDS:
        return _id
    return _SCALARS[field.type]
