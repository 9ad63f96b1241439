"""What may be sent on of a request: what is stored of it, in OTLP's own messages.

The processors do the same to rows; the tests hold both against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from google.protobuf.message import Message

from turnspan import conventions as names
from turnspan_collector.config import Privacy
from turnspan_collector.decode import LOGS, METRICS, TRACES, Decoded, Signal
from turnspan_collector.forward._shape import NAMES, points_of
from turnspan_collector.processors import content, network, users

__all__ = ["Accepted", "Redaction", "bots_of", "select"]

_EVENT_NAME: Final = "event.name"
_INSTANCE: Final = "service.instance.id"
_TEXT_EVENTS: Final = (content.BODY_EVENTS, content.OWN_EVENTS)
_ASKED: Final = frozenset({*users.IDS, names.ENDUSER_PSEUDO_ID, names.CHANNEL_NAME})


def bots_of(signal: Signal, decoded: Decoded) -> list[str]:
    """The bot of every log record or point, in the request's order."""
    batch = decoded.batch
    return list((batch.points if signal is METRICS else batch.events).bot)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request as it came, and which of its items were accepted.

    ``keeps`` says of an item, asked in the request's order, whether it is one of
    those; ``None``: all are.
    """

    signal: Signal
    message: Message
    items: int
    keeps: Callable[[Any], bool] | None

    @classmethod
    def of(
        cls,
        signal: Signal,
        message: Message,
        decoded: Decoded,
        bots: frozenset[str] | None = None,
        order: Sequence[str] = (),
    ) -> Accepted:
        """What ``decoded`` has of the message.

        ``bots`` may be sent as (``None``: all); ``order`` are then the bots that
        records or points came as.
        """
        keeps = None
        if decoded.rejected:
            keeps = _keeps(signal, decoded, bots, order)
        return cls(signal, message, decoded.accepted, keeps)


def _keeps(
    signal: Signal,
    decoded: Decoded,
    bots: frozenset[str] | None,
    order: Sequence[str],
) -> Callable[[Any], bool]:
    if signal is TRACES:
        spans = decoded.batch.spans
        kept = set(zip(spans.trace_id, spans.span_id, strict=True))
        return lambda one: (
            (one.trace_id, _number(one.span_id)) in kept
            and len(one.parent_span_id) in (0, 8)
        )
    flags = iter([bots is None or bot in bots for bot in order])
    return lambda _: next(flags)


def _number(span_id: bytes) -> int:
    return int.from_bytes(span_id, "big", signed=True) if len(span_id) == 8 else 0


def select(accepted: Accepted, own: str) -> None:
    """Delete from the message what was not accepted, unknown fields, and what is empty.

    ``own`` is the instance id of this collector's own spans: they go too.
    """
    signal, request = accepted.signal, accepted.message
    request.DiscardUnknownFields()
    keeps = accepted.keeps
    outer, inner, name = NAMES[signal.name]
    groups = getattr(request, outer)
    for of_resource in groups:
        scopes = getattr(of_resource, inner)
        if keeps is not None:
            for of_scope in scopes:
                _keep(signal, getattr(of_scope, name), keeps)
        _delete(scopes, lambda one: not getattr(one, name))
    _delete(groups, lambda one: not getattr(one, inner) or _is_own(one.resource, own))


def _is_own(resource: Any, own: str) -> bool:
    return bool(own) and any(
        pair.key == _INSTANCE and pair.value.string_value == own
        for pair in resource.attributes
    )


class Redaction:
    """Takes out of selected messages what is not stored.

    ``texts`` leaves in what conversations say.
    """

    def __init__(self, privacy: Privacy, *, texts: bool) -> None:
        self._texts = texts
        self._secret = b""
        if privacy.user_ids == "pseudonymise":
            self._secret = privacy.user_key.encode()
        dropped = set(network.DROPPED)
        if privacy.user_ids != "keep":
            dropped |= users.DROPPED

        @lru_cache(maxsize=4096)
        def unwanted(key: str) -> bool:
            return key in dropped or (not texts and content.is_content(key))

        self._unwanted = unwanted

    def __call__(self, signal: Signal, request: Message) -> bytes:
        """The request in protobuf; the message is changed."""
        outer, inner, name = NAMES[signal.name]
        for of_resource in getattr(request, outer):
            for of_scope in getattr(of_resource, inner):
                for one in getattr(of_scope, name):
                    self._clean(signal, one)
        return request.SerializeToString()

    def _clean(self, signal: Signal, item: Any) -> None:
        if signal is METRICS:
            self._strip(item.metadata)
            for point in points_of(item):
                self._strip(point.attributes)
                for one in getattr(point, "exemplars", ()):
                    self._strip(one.filtered_attributes)
            return
        if signal is LOGS and not self._texts and _has_text(item):
            item.ClearField("body")
        if self._secret:
            self._pseudonymise(item.attributes)
        self._strip(item.attributes)
        if signal is TRACES:
            for part in (*item.events, *item.links):
                self._strip(part.attributes)

    def _strip(self, attributes: Any) -> None:
        unwanted = self._unwanted
        found = [at for at, pair in enumerate(attributes) if unwanted(pair.key)]
        for at in reversed(found):
            del attributes[at]
        for pair in attributes:
            if pair.key in network.URLS and pair.value.HasField("string_value"):
                url = network.without_query(pair.value.string_value)
                pair.value.string_value = url

    def _pseudonymise(self, attributes: Any) -> None:
        known = {
            pair.key: pair.value.string_value
            for pair in attributes
            if pair.key in _ASKED
        }
        if known.get(names.ENDUSER_PSEUDO_ID):
            return
        key = users.key_of(known, known.get(names.CHANNEL_NAME), self._secret)
        if key:
            added = attributes.add(key=names.ENDUSER_PSEUDO_ID)
            added.value.string_value = key


def _keep(signal: Signal, items: Any, keeps: Callable[[Any], bool]) -> None:
    """Delete the items, or the points of metrics, that are not kept."""
    if signal is not METRICS:
        _delete(items, lambda one: not keeps(one))
        return
    for metric in items:
        _delete(points_of(metric), lambda one: not keeps(one))
    _delete(items, lambda one: not points_of(one))


def _delete(items: Any, unwanted: Callable[[Any], bool]) -> None:
    """Ask about all in their order, and delete from the end."""
    found = [at for at, one in enumerate(items) if unwanted(one)]
    for at in reversed(found):
        del items[at]


def _has_text(record: Any) -> bool:
    """Whether the body of such a log record is text of a conversation."""
    name = record.event_name
    if not name:
        for pair in record.attributes:
            if pair.key == _EVENT_NAME and pair.value.HasField("string_value"):
                name = pair.value.string_value
    return bool(name.startswith(_TEXT_EVENTS))
