"""OTLP's values as JSON values that PostgreSQL can hold.

As the specification's mapping for other protocols has it: bytes become base64 text,
NaN and the infinities the texts ``NaN``, ``Infinity`` and ``-Infinity``, an empty
value null. U+0000, which PostgreSQL's text cannot hold, becomes U+FFFD. Of duplicate
keys the last wins.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import orjson
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from turnspan_exporters.errors import Permanent

__all__ = [
    "DEPTH_MAX",
    "attributes_of",
    "clean",
    "digest",
    "float_value",
    "int4",
    "json_value",
]

DEPTH_MAX = 64
INT4_MAX = 2**31 - 1


def clean(text: str) -> str:
    """The text without U+0000."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def float_value(number: float) -> float | str:
    """The number, as text where JSON has none for it."""
    if math.isfinite(number):
        return number
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def int4(number: int) -> int:
    """The count, as far as PostgreSQL's integer goes."""
    return min(number, INT4_MAX)


def json_value(value: AnyValue, depth: int = 1) -> Any:
    """The value as JSON; ``Permanent`` where it nests deeper than 64 levels."""
    if depth > DEPTH_MAX:
        raise Permanent(
            f"an attribute's value nests deeper than {DEPTH_MAX} levels: flatten it"
        )
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return clean(value.string_value)
    if kind in ("int_value", "bool_value"):
        return getattr(value, kind)
    if kind == "double_value":
        return float_value(value.double_value)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode("ascii")
    if kind == "array_value":
        return [json_value(one, depth + 1) for one in value.array_value.values]
    if kind == "kvlist_value":
        return attributes_of(value.kvlist_value.values, depth + 1)
    return None


def attributes_of(pairs: Iterable[KeyValue], depth: int = 1) -> dict[str, Any]:
    """Key-value pairs as a JSON object."""
    return {clean(pair.key): json_value(pair.value, depth) for pair in pairs}


def digest(*parts: Any) -> bytes:
    """16 bytes that tell JSON values and bytes apart by their content."""
    made = blake2b(digest_size=16)
    for part in parts:
        content = (
            part
            if isinstance(part, bytes)
            else orjson.dumps(part, option=orjson.OPT_SORT_KEYS)
        )
        made.update(len(content).to_bytes(8, "big"))
        made.update(content)
    return made.digest()
