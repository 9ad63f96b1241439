"""A batch under construction: what records of one resource and scope share."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage

from turnspan import conventions as names
from turnspan_collector.decode.times import TimeRules
from turnspan_collector.decode.values import attributes_of, clean, digest, int4
from turnspan_exporters.records import (
    PROMOTED_EVENT,
    PROMOTED_SPAN,
    Batch,
    Promoted,
    Resource,
    Scope,
)

__all__ = ["TEXT_BYTES_MAX", "Builder", "Origin", "Promoter"]

SERVICE_NAME = "service.name"
SERVICE_VERSION = "service.version"
UNKNOWN_BOT = "unknown"
TEXT_BYTES_MAX = 256  # several promoted texts fit one B-tree row of 2,700 bytes
ID_COLUMNS = frozenset(
    {
        "conversation_id",
        "session_id",
        "turn_id",
        "user_key",
        "handoff_id",
        "cta_id",
        "goal_id",
    }
)


@dataclass(frozen=True, slots=True)
class Origin:
    """A resource and scope of the batch, and what records take from them."""

    resource: int
    scope: int
    digest: bytes
    bot: str
    version: str | None
    environment: str | None


class Promoter:
    """Moves attributes into the typed columns of a table."""

    def __init__(self, columns: Any, promoted: Sequence[Promoted]) -> None:
        self._plan = [
            (
                getattr(columns, one.column).append,
                (one.attribute, *one.fallbacks),
                _KINDS[one.kind],
                one.column in ID_COLUMNS,
                False if one.kind == "bool" else None,
            )
            for one in promoted
        ]

    def __call__(self, attributes: dict[str, Any]) -> None:
        """Append one row; what was promoted leaves ``attributes``."""
        for append, keys, of_kind, is_id, absent in self._plan:
            for key in keys:
                if key in attributes:
                    value = of_kind(attributes[key])
                    if value is not None:
                        del attributes[key]
                        append(value)
                        break
                    if is_id and isinstance(attributes[key], str) and attributes[key]:
                        append(_short(attributes[key]))
                        break
            else:
                append(absent)


def _text(value: Any) -> str | None:
    if type(value) is not str or not value:
        return None
    if len(value) > TEXT_BYTES_MAX // 4 and len(value.encode()) > TEXT_BYTES_MAX:
        return None
    return value


def _float(value: Any) -> float | None:
    if type(value) in (float, int) and math.isfinite(value):
        return float(value)
    return None


def _int(value: Any) -> int | None:
    return value if type(value) is int else None


def _bool(value: Any) -> bool | None:
    return value if type(value) is bool else None


_KINDS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "float": _float,
    "int": _int,
    "bool": _bool,
}


def _short(identifier: str) -> str:
    """A name for an id that is too long for an index; the attribute keeps the id."""
    return "sha256:" + hashlib.sha256(identifier.encode()).hexdigest()


class Builder:
    """The batch of one request while it is read."""

    def __init__(self, received_ns: int) -> None:
        self.batch = Batch(received_ns)
        self.times = TimeRules(received_ns)
        self.rejected: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self.promote_span = Promoter(self.batch.spans, PROMOTED_SPAN)
        self.promote_event = Promoter(self.batch.events, PROMOTED_EVENT)
        self._resources: dict[bytes, int] = {}
        self._scopes: dict[bytes, int] = {}
        self._twins: Counter[bytes] = Counter()

    def reject(self, reason: str) -> None:
        """Leave one item out, for a reason that quotes nothing of it."""
        self.rejected[reason] += 1

    def warn(self, what: str) -> None:
        """Say with the answer that an item was stored otherwise than it came."""
        self.warnings[what] += 1

    def unique(self, content: bytes) -> bytes:
        """16 bytes for a record: its content and its ordinal among twins."""
        ordinal = self._twins[content]
        self._twins[content] += 1
        return content if ordinal == 0 else digest(content, ordinal)

    def origin(
        self,
        resource: ResourceMessage,
        resource_schema: str,
        scope: InstrumentationScope,
        scope_schema: str,
    ) -> Origin:
        """Take in a resource and a scope, each once."""
        at_resource = self._resource(resource, resource_schema)
        at_scope = self._scope(scope, scope_schema)
        row = self.batch.resources[at_resource]
        attributes = row.attributes
        return Origin(
            resource=at_resource,
            scope=at_scope,
            digest=row.digest + self.batch.scopes[at_scope].digest,
            bot=_first(attributes, names.BOT_NAME, SERVICE_NAME) or UNKNOWN_BOT,
            version=_first(attributes, names.BOT_VERSION, SERVICE_VERSION),
            environment=_first(attributes, names.DEPLOYMENT_ENVIRONMENT_NAME),
        )

    def _resource(self, message: ResourceMessage, schema_url: str) -> int:
        attributes = attributes_of(message.attributes)
        dropped = int4(message.dropped_attributes_count)
        key = digest("resource", attributes, schema_url, dropped)
        if key not in self._resources:
            self._resources[key] = len(self.batch.resources)
            self.batch.resources.append(
                Resource(key, attributes, clean(schema_url), dropped)
            )
        return self._resources[key]

    def _scope(self, message: InstrumentationScope, schema_url: str) -> int:
        attributes = attributes_of(message.attributes)
        dropped = int4(message.dropped_attributes_count)
        name, version = clean(message.name), clean(message.version)
        key = digest("scope", name, version, attributes, schema_url, dropped)
        if key not in self._scopes:
            self._scopes[key] = len(self.batch.scopes)
            self.batch.scopes.append(
                Scope(key, name, version, attributes, clean(schema_url), dropped)
            )
        return self._scopes[key]

    def place(self, columns: Any, attributes: dict[str, Any], origin: Origin) -> None:
        """Append the columns that a record takes from itself, else its resource."""
        columns.bot.append(_taken(attributes, names.BOT_NAME) or origin.bot)
        columns.version.append(_taken(attributes, names.BOT_VERSION) or origin.version)
        columns.environment.append(
            _taken(attributes, names.DEPLOYMENT_ENVIRONMENT_NAME) or origin.environment
        )
        columns.resource.append(origin.resource)
        columns.scope.append(origin.scope)


def _first(attributes: Any, *keys: str) -> str | None:
    for key in keys:
        if text := _text(attributes.get(key)):
            return text
    return None


def _taken(attributes: dict[str, Any], key: str) -> str | None:
    text = _text(attributes.get(key))
    if text is not None:
        del attributes[key]
    return text
