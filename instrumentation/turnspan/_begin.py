"""Beginning a turn: who, where and which message, or joining the one in progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opentelemetry import context as otel
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from turnspan import _context
from turnspan import conventions as c
from turnspan._identity import Common, conversation_id, identity
from turnspan._ids import derived_id, new_id
from turnspan._limits import clean, cleaned
from turnspan._problems import guarded
from turnspan._turn import Turn
from turnspan.conventions import TurnInitiator


class Entry:
    """One entered mark: its turn, and whether leaving the mark ends it."""

    __slots__ = ("context", "owned", "turn")

    def __init__(self, turn: Turn, context: Context, *, owned: bool) -> None:
        self.turn = turn
        self.context = context
        self.owned = owned

    @property
    def handle(self) -> Turn:
        """What ``with`` gives."""
        return self.turn

    @guarded
    def heard(self, part: object) -> None:
        """Note what a stream gave: its first part is the first answer."""
        if part is None or (isinstance(part, str) and not part):
            return
        self.turn.responded()
        if self.owned:
            self.turn._say(part)

    @guarded
    def leave(self, error: BaseException | None = None, result: object = None) -> None:
        """End the turn if this mark began it."""
        if self.owned:
            self.turn._say(result)
            self.turn.end(error)


def begin(
    given: Mapping[str, Any],
    *,
    parent: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    start_time_ns: int | None = None,
) -> Entry:
    """Begin a turn, or join the one in progress; never raises.

    An inner mark joins unless it names another bot, conversation or message. In an
    adapter's turn, which is ``provisional``, the first mark of the handler knows
    better and joins whatever it names; and where the adapter's conversation is
    ``private``, so are those that inner marks name.
    """
    scope = _context.current(parent)
    if not scope.consent:
        given = {**given, "consent": False}
    attributes = _attributes(given)
    outer = scope.turn
    if outer is not None and outer._private:
        given = {"private": True, **given}
    if outer is not None and outer.active and _joins(outer, given, attributes):
        outer._absorb(given, attributes)
        context = _context.with_scope(outer._scope(), parent)
        return Entry(outer, context, owned=False)
    common = identity({k: v for k, v in scope.common.items() if k != c.TURN_ID}, given)
    common[c.TURN_ID] = _turn_id(common, given, attributes)
    attributes.setdefault(c.TURN_INITIATOR, TurnInitiator.USER.value)
    turn = Turn(common, attributes)
    turn.messages = given.get("messages") is not False
    turn._consent = given.get("consent") is not False
    turn._private = bool(given.get("private"))
    turn._provisional = bool(given.get("provisional"))
    turn._open(parent, kind, start_time_ns)
    if attributes[c.TURN_INITIATOR] == TurnInitiator.USER:
        turn._messages += 1
        turn._hear(given.get("text"))
    return Entry(turn, turn.context, owned=True)


def inert() -> Entry:
    """Give an entry that records nothing, for when nothing listens."""
    turn = Turn({c.TURN_ID: new_id()}, {})
    turn._ended = True
    return Entry(turn, otel.get_current(), owned=False)


_TURN_ATTRIBUTES: Final[Mapping[str, str]] = {
    "message_id": c.MESSAGE_ID,
    "index": c.TURN_INDEX,
    "initiator": c.TURN_INITIATOR,
    "node": c.NODE_ID,
    "workflow": c.GEN_AI_WORKFLOW_NAME,
}


def _attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    return cleaned(
        {
            attribute: given[name]
            for name, attribute in _TURN_ATTRIBUTES.items()
            if given.get(name) is not None
        }
    )


def _joins(
    outer: Turn, given: Mapping[str, Any], attributes: Mapping[str, Any]
) -> bool:
    initiator = attributes.get(c.TURN_INITIATOR, TurnInitiator.USER)
    if outer._provisional and initiator == TurnInitiator.USER:
        return True
    return _same(outer, given, attributes)


def _same(outer: Turn, given: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    bot = clean(c.BOT_NAME, given.get("bot"))
    channel = given.get("channel") or outer._common.get(c.CHANNEL_NAME)
    conversation = conversation_id(given, channel)
    message = attributes.get(c.MESSAGE_ID)
    pairs = (
        (bot, outer.bot),
        (conversation, _stated_conversation(outer)),
        (message, outer._attributes.get(c.MESSAGE_ID)),
    )
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def _stated_conversation(turn: Turn) -> str | None:
    """Give the conversation unless the user's key stands in for it."""
    common = turn._common
    conversation = common.get(c.GEN_AI_CONVERSATION_ID)
    return None if conversation == common.get(c.ENDUSER_PSEUDO_ID) else conversation


def _turn_id(
    common: Common, given: Mapping[str, Any], attributes: Mapping[str, Any]
) -> str:
    """Derive the id from the message's, so that a message twice is one turn."""
    if (stated := clean(c.TURN_ID, given.get("id"))) is not None:
        return str(stated)
    message = attributes.get(c.MESSAGE_ID)
    if message is None:
        return new_id()
    where = (c.BOT_NAME, c.CHANNEL_NAME, c.GEN_AI_CONVERSATION_ID)
    return derived_id(*(str(common.get(key, "")) for key in where), str(message))
