"""Conversations in a few words, as the batch the collector would hand to a store.

    chat = Chat()
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", outcome="answered", intent_name="refund", intent_confidence=0.9)
    talk.event(names.EVENT_FEEDBACK, 60, turn="t1", score=1.0, attributes={…})
    exporter.export([chat.batch()])

Times are seconds after ``chat.base``, exact to the microsecond; ids follow from what
was said, so that the same words make the same records.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from turnspan import conventions as names
from turnspan_exporters.records import (
    PROMOTED_EVENT,
    Batch,
    Columns,
    Resource,
    Scope,
)

__all__ = ["BASE", "Chat", "Talk", "derived"]

BASE = datetime.now(UTC).replace(
    hour=10, minute=0, second=0, microsecond=0
) - timedelta(days=20)
"""Ten o'clock UTC on a day that is over, and well within every retention."""

_DEFAULTS: dict[str, Any] = {
    "dropped": 0,
    "resource": 0,
    "scope": 0,
    "time_flags": 0,
    "kind": 1,
    "status_code": 0,
    "flags": 0,
    "dropped_events": 0,
    "dropped_links": 0,
    "severity": 9,
    "test": False,
}
_COLUMN_OF_ATTRIBUTE = {one.attribute: one.column for one in PROMOTED_EVENT}


def _digest(*parts: Any) -> bytes:
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()


def _append(columns: Columns, values: dict[str, Any]) -> None:
    unknown = values.keys() - {one.name for one in fields(columns)}
    if unknown:
        raise TypeError(f"no such column: {sorted(unknown)}")
    for one in fields(columns):
        value = values.get(one.name, _DEFAULTS.get(one.name))
        getattr(columns, one.name).append(value)


@dataclass
class Chat:
    """Collects records; ``batch`` hands them out and starts anew."""

    bot: str = "support"
    base: datetime = BASE
    _batch: Batch | None = None

    def talk(self, conversation: str | None = "c1", **common: Any) -> Talk:
        """A conversation; ``common`` are columns of every record (user=user_key)."""
        if "user" in common:
            common["user_key"] = common.pop("user")
        common.setdefault("channel", "web")
        common.setdefault("bot", self.bot)
        return Talk(self, {"conversation_id": conversation, **common})

    def nanos(self, at: float) -> int:
        """Seconds after the base as nanoseconds since 1970."""
        return int(self.base.timestamp()) * 10**9 + round(at * 10**6) * 1000

    def time(self, at: float) -> datetime:
        """Seconds after the base as a datetime."""
        return self.base + timedelta(microseconds=round(at * 10**6))

    def open_batch(self) -> Batch:
        """The batch being filled."""
        if self._batch is None:
            self._batch = Batch(received_ns=self.nanos(0))
            self._batch.resources.append(
                Resource(_digest("resource"), {"service.name": self.bot}, "", 0)
            )
            self._batch.scopes.append(Scope(_digest("scope"), "test", "1", {}, "", 0))
        return self._batch

    def batch(self) -> Batch:
        """What was collected since the last call."""
        batch, self._batch = self.open_batch(), None
        return batch


@dataclass
class Talk:
    """One conversation's records; every call adds one."""

    chat: Chat
    common: dict[str, Any] = field(default_factory=dict)

    def turn(
        self, at: float, turn: str | None = None, lasts: float = 1.0, **columns: Any
    ) -> bytes:
        """A turn's span; returns its trace id. ``columns`` are those of ``Spans``."""
        name = f"{names.ROOT}.turn {self.common['bot']}"
        columns = {"outcome": "answered", "name": name, **columns}
        return self.span(at, turn, lasts, **columns)

    def span(
        self, at: float, turn: str | None = None, lasts: float = 1.0, **columns: Any
    ) -> bytes:
        """Any span; ``trace_id`` and ``span_id`` follow from the words."""
        values = {**self.common, "turn_id": turn, **columns}
        words = _digest("span", at, lasts, sorted(values.items(), key=repr))
        values.setdefault("trace_id", words)
        values.setdefault("span_id", int.from_bytes(words[:8], signed=True))
        values["start_ns"] = self.chat.nanos(at)
        values["end_ns"] = self.chat.nanos(at + lasts)
        _append(self.chat.open_batch().spans, values)
        return bytes(values["trace_id"])

    def event(
        self, name: str, at: float, turn: str | None = None, **columns: Any
    ) -> bytes:
        """An event; returns its uid. Attributes with a column are promoted."""
        values = {**self.common, "turn_id": turn, "name": name, **columns}
        attributes = dict(values.get("attributes") or {})
        for attribute in [*attributes]:
            column = _COLUMN_OF_ATTRIBUTE.get(attribute)
            if column is not None:
                values[column] = attributes.pop(attribute)
        values["attributes"] = attributes or None
        values.setdefault("uid", _digest("event", at, sorted(values.items(), key=repr)))
        values["time_ns"] = self.chat.nanos(at)
        _append(self.chat.open_batch().events, values)
        return bytes(values["uid"])

    def said(
        self, at: float, attribute: str, text: str, turn: str | None = None, **of: Any
    ) -> None:
        """A text of the event ``uid``, or of the span ``trace_id`` and ``span_id``.

        ``of`` are columns of ``Texts``.
        """
        common = {k: self.common[k] for k in ("bot", "conversation_id")}
        values = {**common, "turn_id": turn, "attribute": attribute, "text": text, **of}
        values.setdefault(
            "id", _digest("text", sorted(of.items(), key=repr), attribute)
        )
        values["time_ns"] = self.chat.nanos(at)
        _append(self.chat.open_batch().texts, values)

    def message(
        self, at: float, role: str = "user", turn: str | None = None, **columns: Any
    ) -> bytes:
        """A chatbot.message."""
        return self.event(names.EVENT_MESSAGE, at, turn, role=role, **columns)

    def handoff(
        self, step: str, at: float, id: str | None = "h1", **more: Any
    ) -> bytes:
        """A step of a handoff: request, queue, accept, decline, …, close, return."""
        name = f"{names.ROOT}.handoff.{step}"
        return self.event(name, at, handoff_id=id, **more)

    def rate(
        self, at: float, score: float, turn: str | None = None, kind: str = "thumbs"
    ) -> bytes:
        """A rating; of scope turn when it names one."""
        scope = "conversation" if turn is None else "turn"
        attributes = {names.GEN_AI_EVALUATION_NAME: kind, names.FEEDBACK_SCOPE: scope}
        return self.event(
            names.EVENT_FEEDBACK, at, turn, score=score, attributes=attributes
        )

    def resolve(self, at: float, status: str, turn: str | None = None) -> bytes:
        """A chatbot.resolution."""
        attributes = {names.RESOLUTION_STATUS: status}
        return self.event(names.EVENT_RESOLUTION, at, turn, attributes=attributes)


def derived(dsn: str, *chats: Chat) -> None:
    """Store what the chats collected and derive it, all in this thread."""
    from turnspan_exporters.timescale import TimescaleExporter, settle

    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    try:
        exporter.export([chat.batch() for chat in chats])
    finally:
        exporter.close()
    settle(dsn, timeout_s=60)
