"""Where a call stands: the conversation and the turn that the context carries."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from contextvars import Token
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opentelemetry import context as otel
from opentelemetry.context import Context

from turnspan.conventions import GEN_AI_CONVERSATION_ID, SESSION_ID

if TYPE_CHECKING:
    from turnspan._turn import Turn

_KEY: Final = otel.create_key("turnspan")


class Scope(NamedTuple):
    """What records made here carry, and the turn they belong to."""

    common: Mapping[str, Any]
    turn: Turn | None = None
    consent: bool = True


EMPTY: Final = Scope({})


def current(context: Context | None = None) -> Scope:
    """Give the scope of a context, by default of the current one."""
    scope = otel.get_value(_KEY, context)
    return scope if isinstance(scope, Scope) else EMPTY


def current_turn() -> Turn | None:
    """Give the turn in progress here, if there is one."""
    turn = current().turn
    return turn if turn is not None and turn.active else None


def with_scope(scope: Scope, context: Context | None = None) -> Context:
    """Give a context with the scope, and with the conversation for others' spans."""
    context = otel.set_value(_KEY, scope, context)
    conversation = scope.common.get(GEN_AI_CONVERSATION_ID)
    if conversation is None:
        return context
    return _for_others(context, conversation, scope.common.get(SESSION_ID))


def attach(context: Context) -> Token[Context]:
    """Make a context current."""
    return otel.attach(context)


def detach(token: Token[Context]) -> None:
    """Undo an attach; in another thread's or task's context there is nothing to undo.

    OpenTelemetry's own detach logs an error there, where a stream that was dropped
    is closed by the garbage collector.
    """
    reset = getattr(getattr(token, "var", None), "reset", otel.detach)
    with contextlib.suppress(ValueError, RuntimeError):
        reset(token)


@contextlib.contextmanager
def attached(context: Context) -> Iterator[None]:
    """Make a context current for a block."""
    token = attach(context)
    try:
        yield
    finally:
        detach(token)


def _for_others(context: Context, conversation: str, session: str | None) -> Context:
    """Hand the id to instrumentations that read it from the context, when loaded."""
    genai = sys.modules.get("opentelemetry.util.genai._conversation_context")
    if genai is not None:
        with contextlib.suppress(Exception):
            context = genai.with_conversation_id(conversation, context)
    if "openinference.instrumentation" in sys.modules:
        context = otel.set_value(SESSION_ID, session or conversation, context)
    return context
