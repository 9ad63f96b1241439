"""How a call finds its conversation and turn, and sends its event there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypedDict

from opentelemetry.context import Context

from turnspan import _pipeline
from turnspan import conventions as c
from turnspan._context import Scope
from turnspan._emit import Moment, emit, pipeline_failed
from turnspan._identity import Common, identity
from turnspan._limits import identifier
from turnspan._problems import guarded

if TYPE_CHECKING:
    from turnspan._turn import Turn


P = ParamSpec("P")


def recorded(call: Callable[P, None]) -> Callable[P, None]:
    """Skip a call when nothing listens, and keep what it raises from the bot."""
    guard = guarded(call)

    @wraps(call)
    def record(*args: P.args, **kwargs: P.kwargs) -> None:
        if _pipeline.current().active():
            guard(*args, **kwargs)

    return record


class Where(TypedDict, total=False):
    """Where something happened, when it is not the turn in progress.

    Each is optional. ``turn`` and ``conversation`` may name what ended days ago in
    another process; ``at`` says when it happened, when that is not now.
    """

    bot: str
    channel: str
    conversation: str | int
    private: bool
    session: str
    user: str | int
    turn: str
    at: Moment


class Place(NamedTuple):
    """What a call's event carries, and the turn in progress that it belongs to."""

    common: Common
    turn: Turn | None
    context: Context | None


class Sender:
    """Sends events in a scope; the handle has one, the module asks the context."""

    __slots__ = ()

    def _scope(self) -> Scope:
        raise NotImplementedError

    def _context(self) -> Context | None:
        return None

    def _place(self, where: Mapping[str, Any]) -> Place | None:
        """Find where a call stands; None when nothing listens."""
        if not _pipeline.current().active():
            return None
        common, turn, consent = self._scope()
        if not where:
            return Place(dict(common) or identity({}, {}), turn, self._context())
        given: Mapping[str, Any] = where if consent else {**where, "consent": False}
        merged = identity(common, given)
        if (named := identifier(c.TURN_ID, where.get("turn"))) is not None:
            merged[c.TURN_ID] = named
        elsewhere = merged.get(c.TURN_ID) != common.get(c.TURN_ID)
        return Place(merged, None if elsewhere else turn, self._context())

    def _send(
        self, name: str, own: Mapping[str, Any], where: Mapping[str, Any]
    ) -> Place | None:
        """Send an event; gives its place, or None when it was not sent."""
        try:
            place = self._place(where)
            if place is None:
                return None
            sent = emit(
                name, place.common, own, at=where.get("at"), context=place.context
            )
        except Exception:
            pipeline_failed("recording an event")
            return None
        return place if sent else None
