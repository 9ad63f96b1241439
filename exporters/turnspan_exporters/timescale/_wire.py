"""Columns of a batch as rows in COPY's binary format, key columns first.

On the wire a timestamptz is an int8 of microseconds since 2000, a uuid 16 bytes and a
jsonb one byte of version before its text. Declaring them so keeps psycopg's compiled
dumpers on the whole row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from turnspan_exporters.records import Batch, Columns

__all__ = ["CONTENT", "EVENT", "POINT", "SPAN", "Row", "Table", "microseconds"]

Row = tuple[Any, ...]

_EPOCH_2000_US: Final = 946_684_800_000_000
_JSONB_VERSION: Final = b"\x01"
_TYPES: Final = {
    "text": "text", "time": "int8", "uuid": "bytea", "int": "int8", "small": "int2",
    "integer": "int4", "float": "float8", "bool": "bool", "json": "bytea",
    "numeric": "numeric", "resource": "int4", "scope": "int4", "received": "int8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A raw table: columns as (name, kind, field of the batch), the key first.

    Kinds are those of ``_TYPES``; resource, scope and received are filled in here.
    ``private`` columns stay out of every other table, the dead letters' too.
    """

    name: str
    of_batch: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    private: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The columns in the order of the rows."""
        return [name for name, _, _ in self.columns]

    @property
    def wire_types(self) -> list[str]:
        """What psycopg is told about each column."""
        return [_TYPES[kind] for _, kind, _ in self.columns]

    def source(self, batch: Batch) -> Columns:
        """This table's columns of ``batch``."""
        columns: Columns = getattr(batch, self.of_batch)
        return columns

    def rows(
        self, batch: Batch, resources: Sequence[int], scopes: Sequence[int]
    ) -> Iterable[Row]:
        """The batch's rows; ``resources`` and ``scopes`` are the ids by position."""
        source = self.source(batch)
        size = len(source)
        columns: list[Iterable[Any]] = []
        for _, kind, field in self.columns:
            if kind == "received":
                columns.append([microseconds(batch.received_ns)] * size)
                continue
            values: list[Any] = getattr(source, field)
            if kind == "resource":
                columns.append([resources[at] for at in values])
            elif kind == "scope":
                columns.append([scopes[at] for at in values])
            else:
                columns.append(_CONVERT.get(kind, _same)(values))
        return zip(*columns, strict=True)


def microseconds(nanoseconds: int) -> int:
    """PostgreSQL's timestamptz; nanoseconds are always truncated."""
    return nanoseconds // 1000 - _EPOCH_2000_US


def _same(values: list[Any]) -> list[Any]:
    return values


def _times(values: list[Any]) -> list[Any]:
    return [nano // 1000 - _EPOCH_2000_US for nano in values]


def _json(values: list[Any]) -> list[Any]:
    dumps = orjson.dumps
    try:
        return [
            None if value is None else _JSONB_VERSION + dumps(value) for value in values
        ]
    except (TypeError, ValueError):
        return [_one_json(value) for value in values]


def _one_json(value: Any) -> Any:
    """What is no JSON stays what it is: its row alone is then refused."""
    try:
        return None if value is None else _JSONB_VERSION + orjson.dumps(value)
    except (TypeError, ValueError):
        return value


_CONVERT: Final[dict[str, Callable[[list[Any]], list[Any]]]] = {
    "time": _times,
    "json": _json,
}


def _columns(text: str) -> tuple[tuple[str, str, str], ...]:
    """Read "kind column[=field] …" lines."""
    found = []
    for line in text.split("\n"):
        kind, *entries = line.split()
        for entry in entries:
            name, _, field = entry.partition("=")
            found.append((name, kind, field or name))
    return tuple(found)


_COMMON = """\
text bot version environment conversation_id session_id turn_id channel variant
text user_key user_kind node_id intent_name
float intent_confidence
int seq
bool test
json attributes
integer dropped
small time_flags
json original_times
resource resource_id=resource
scope scope_id=scope
received received_at"""

SPAN: Final = Table(
    "span",
    "spans",
    ("trace_id", "span_id", "start_time"),
    _columns(
        """\
uuid trace_id
int span_id
time start_time=start_ns
int parent_span_id start_nano=start_ns end_nano=end_ns
text name
small kind status_code
text status_message trace_state
int flags turn_index
text initiator outcome locale intent_acted_on intent_source
float runner_up_confidence first_response_s
text operation model
int input_tokens output_tokens
text error_type
json events links
integer dropped_events dropped_links
"""
        + _COMMON
    ),
)
EVENT: Final = Table(
    "event",
    "events",
    ("uid", "time"),
    _columns(
        """\
uuid uid
time time=time_ns
int time_nano=time_ns observed_nano=observed_ns
text name
small severity
text severity_text
json body
uuid trace_id
int span_id flags
text role handoff_id reason cta_id cta_type goal_id
float score
"""
        + _COMMON
    ),
)
POINT: Final = Table(
    "metric_point",
    "points",
    ("uid", "time"),
    _columns(
        """\
uuid uid
time time=time_ns
int time_nano=time_ns start_nano=start_ns
text name unit description kind
small temporality
bool monotonic
float value
int int_value
numeric count
float sum min max
json detail exemplars
int flags
text bot
json attributes
small time_flags
json original_times
resource resource_id=resource
scope scope_id=scope
received received_at"""
    ),
)
CONTENT: Final = Table(
    "content",
    "texts",
    ("id", "time"),
    _columns(
        """\
uuid id
time time=time_ns
small time_flags
text bot conversation_id turn_id
uuid trace_id
int span_id
uuid uid
text attribute text"""
    ),
    frozenset({"text"}),
)
