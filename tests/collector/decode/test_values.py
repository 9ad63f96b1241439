"""Attribute values as JSON that PostgreSQL can hold (C43, C45)."""

from __future__ import annotations

import math
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from tests.support.otlp import attribute, value

from turnspan_collector.decode.values import attributes_of, clean, digest, json_value
from turnspan_exporters.errors import Permanent


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("text", "text"),
        (True, True),
        (-(2**63), -(2**63)),
        (1.5, 1.5),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (b"\x00\xff", "AP8="),
        (None, None),
        ([], []),
        ({}, {}),
        ([1, "a", [None], {"b": b""}], [1, "a", [None], {"b": ""}]),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_every_kind_has_one_spelling(given: Any, stored: Any) -> None:
    """As the specification maps values to other protocols."""
    assert json_value(value(given)) == stored


def test_of_duplicate_keys_the_last_wins() -> None:
    """In attributes and in nested maps alike."""
    pairs = [attribute("k", 1), attribute("k", 2)]
    nested = AnyValue()
    nested.kvlist_value.values.extend(pairs)
    assert attributes_of(pairs) == {"k": 2}
    assert json_value(nested) == {"k": 2}


def _nested(levels: int) -> AnyValue:
    """Built in place: the protobuf library copies fewer levels than it holds."""
    made = inner = AnyValue()
    for _ in range(levels - 1):
        inner = inner.array_value.values.add()
    inner.string_value = "deep"
    return made


def test_values_nest_64_levels_and_no_more() -> None:
    """Beyond, the request is refused with the limit (C34)."""
    assert json_value(_nested(64)) is not None
    with pytest.raises(Permanent, match="deeper than 64 levels"):
        json_value(_nested(65))


def test_text_without_nul_is_left_alone() -> None:
    """Only what PostgreSQL cannot hold is replaced."""
    assert clean("a\x01b") == "a\x01b"


def test_a_digest_knows_where_its_parts_end() -> None:
    """Moving a byte from one part to the next changes it; key order does not."""
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert len(digest("x")) == 16
