"""Calls with steps of their own: handoffs, calls to action and ratings."""

from __future__ import annotations

from typing import Any, Final, Unpack

from turnspan import _metrics, _privacy, _settings
from turnspan import conventions as c
from turnspan._ids import new_id
from turnspan._limits import cleaned, identifier, number, off_scale
from turnspan._sender import Place, Sender, Where, recorded
from turnspan.conventions import HandoffReason

_REASON: Final = c.HANDOFF_REASON
_LABELS: Final = {"up": 1.0, "down": 0.0}
_SCALES: Final = {
    "thumbs": ("0-1", 0.0, 1.0),
    "csat": ("1-5", 1.0, 5.0),
    "nps": ("0-10", 0.0, 10.0),
}


class Handoff:
    """The life of a handoff: request, queue, accept, …, close, return.

    Every step after the request may come days later and from another process; it
    needs the handoff's id, or the turn in which the request was made.
    """

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def request(
        self,
        reason: str | None = None,
        *,
        id: str | None = None,
        target: str | None = None,
        queue: str | None = None,
        **where: Unpack[Where],
    ) -> str:
        """Ask for a person; the turn's outcome becomes ``handoff``.

        Args:
            reason: One of HandoffReason; another is kept beside ``other``.
            id: The platform's id of the handoff; by default a new one.
            target: What is asked for: human_agent, queue, bot, phone.
            queue: The queue's name.
            **where: Another conversation or moment than the present.

        Returns:
            The handoff's id, to give to the later steps.
        """
        handoff = identifier(c.HANDOFF_ID, id) or new_id()
        self._request(handoff, reason, target, queue, where)
        return handoff

    @recorded
    def _request(
        self, handoff: str, reason: object, target: object, queue: object, where: Where
    ) -> None:
        own = {c.HANDOFF_ID: handoff, **_reason(reason)}
        own |= cleaned({c.HANDOFF_TARGET_TYPE: target, c.HANDOFF_QUEUE_NAME: queue})
        place = self._sender._send(c.EVENT_HANDOFF_REQUEST, own, where)
        if place is not None:
            more = {_REASON: own[_REASON]} if _REASON in own else {}
            _metrics.record(c.METRIC_HANDOFF_REQUESTS, 1, place.common, more)
            _metrics.handoff_requested(handoff)
            if place.turn is not None:
                place.turn._handed_off(handoff)

    @recorded
    def queue(
        self, id: str | None = None, *, queue: str | None = None, **where: Unpack[Where]
    ) -> None:
        """Say that the user waits in a queue."""
        self._step(c.EVENT_HANDOFF_QUEUE, id, {c.HANDOFF_QUEUE_NAME: queue}, where)

    @recorded
    def accept(self, id: str | None = None, **where: Unpack[Where]) -> None:
        """Say that a person took over."""
        place = self._step(c.EVENT_HANDOFF_ACCEPT, id, {}, where)
        if place is not None:
            _metrics.handoff_accepted(str(self._id(id)), place.common)

    @recorded
    def decline(self, id: str | None = None, **where: Unpack[Where]) -> None:
        """Say that nobody takes over."""
        self._step(c.EVENT_HANDOFF_DECLINE, id, {}, where)

    @recorded
    def expire(self, id: str | None = None, **where: Unpack[Where]) -> None:
        """Say that nobody came in time."""
        self._step(c.EVENT_HANDOFF_EXPIRE, id, {}, where)

    @recorded
    def withdraw(self, id: str | None = None, **where: Unpack[Where]) -> None:
        """Say that the user did not want to wait."""
        self._step(c.EVENT_HANDOFF_WITHDRAW, id, {}, where)

    @recorded
    def close(
        self,
        id: str | None = None,
        *,
        outcome: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Say that the person's part ended: resolved or unresolved."""
        self._step(c.EVENT_HANDOFF_CLOSE, id, {c.HANDOFF_OUTCOME: outcome}, where)

    @recorded
    def return_(self, id: str | None = None, **where: Unpack[Where]) -> None:
        """Say that the conversation went back to the bot."""
        self._step(c.EVENT_HANDOFF_RETURN, id, {}, where)

    def _step(
        self, event: str, id: object, more: dict[str, Any], where: Where
    ) -> Place | None:
        own = cleaned({c.HANDOFF_ID: self._id(id), **more})
        return self._sender._send(event, own, where)

    def _id(self, id: object) -> object:
        if id is not None:
            return id
        turn = self._sender._scope().turn
        return None if turn is None else turn.handoff_id


class Cta:
    """Calls to action: buttons, links, quick replies and cards."""

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    @recorded
    def impression(
        self,
        id: str,
        *,
        name: str | None = None,
        type: str | None = None,
        position: int | None = None,
        url: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Say that a call to action was shown.

        Args:
            id: The call to action.
            name: Its name for people.
            type: button, link, quick_reply or card.
            position: Its place in the message, from 1.
            url: Where it leads; recorded only with ``capture_urls``, without query.
            **where: Another conversation or moment than the present.
        """
        own = _cta(id, name, type, position, url)
        place = self._sender._send(c.EVENT_CTA_IMPRESSION, own, where)
        if place is not None:
            _metrics.record(c.METRIC_CTA_IMPRESSIONS, 1, place.common)

    @recorded
    def click(
        self,
        id: str,
        *,
        name: str | None = None,
        type: str | None = None,
        position: int | None = None,
        url: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Say that a call to action was used; the arguments are those of impression."""
        own = _cta(id, name, type, position, url)
        place = self._sender._send(c.EVENT_CTA_CLICK, own, where)
        if place is not None:
            _metrics.record(c.METRIC_CTA_CLICKS, 1, place.common)


class Feedback:
    """Ratings: ``feedback(5)``, and ``feedback.request()`` when the user is asked."""

    __slots__ = ("_sender",)

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    @recorded
    def __call__(
        self,
        score: float | bool | str,
        *,
        name: str | None = None,
        scale: str | None = None,
        scope: str | None = None,
        source: str | None = "user",
        label: str | None = None,
        comment: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record a rating, at once or days later.

        Args:
            score: A number; True, False, "up" or "down" are thumbs.
            name: csat (1 to 5), nps (0 to 10), thumbs, or a name of your own.
            scale: Lowest and highest possible rating, such as "1-7".
            scope: turn or conversation; by default the turn when one is known.
            source: Who rated: user, human_agent, model.
            label: The rating in a word.
            comment: The user's words; recorded only with content capture on.
            **where: The turn or the conversation that is rated.
        """
        value, label = _score(score, label)
        name = name or ("thumbs" if _is_thumb(label) else "csat")
        scale, value = _scaled(name, scale, value)
        own = self._own(name, scale, scope, source, where)
        own |= cleaned(
            {
                c.GEN_AI_EVALUATION_SCORE_VALUE: value,
                c.GEN_AI_EVALUATION_SCORE_LABEL: label,
                c.FEEDBACK_COMMENT: _comment(comment),
            }
        )
        place = self._sender._send(c.EVENT_FEEDBACK, own, where)
        if place is not None:
            _metrics.record(c.METRIC_FEEDBACK_SUBMISSIONS, 1, place.common)

    @recorded
    def request(
        self,
        name: str = "csat",
        *,
        scale: str | None = None,
        scope: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Say that the user was asked, so that response rates have a denominator."""
        scale, _ = _scaled(name, scale, None)
        own = self._own(name, scale, scope, None, where)
        self._sender._send(c.EVENT_FEEDBACK_REQUEST, own, where)

    def _own(
        self,
        name: object,
        scale: object,
        scope: str | None,
        source: object,
        where: Where,
    ) -> dict[str, Any]:
        given = {
            c.GEN_AI_EVALUATION_NAME: name,
            c.FEEDBACK_SCALE: scale,
            c.FEEDBACK_SCOPE: scope or self._default_scope(where),
            c.FEEDBACK_SOURCE: source,
        }
        return cleaned(given)

    def _default_scope(self, where: Where) -> str:
        if where.get("turn") is not None:
            return "turn"
        here = self._sender._scope().turn is not None
        return "turn" if here and "conversation" not in where else "conversation"


def _reason(reason: object) -> dict[str, Any]:
    if reason is None:
        return {}
    if isinstance(reason, str) and reason in c.ENUMS[_REASON]:
        return {_REASON: str(HandoffReason(reason).value)}
    return {_REASON: HandoffReason.OTHER.value} | cleaned(
        {c.HANDOFF_ORIGINAL_REASON: reason}
    )


def _cta(
    id: object, name: object, type: object, position: object, url: object
) -> dict[str, Any]:
    allowed = url is not None and _settings.current().capture_urls
    return cleaned(
        {
            c.CTA_ID: id,
            c.CTA_NAME: name,
            c.CTA_TYPE: type,
            c.CTA_POSITION: position,
            c.CTA_URL: _privacy.bare_url(url) if allowed else None,
        }
    )


def _score(score: object, label: str | None) -> tuple[object, str | None]:
    if isinstance(score, bool):
        score = "up" if score else "down"
    if isinstance(score, str) and _is_thumb(score):
        return _LABELS[score], label or score
    return score, label


def _is_thumb(label: object) -> bool:
    return isinstance(label, str) and label in _LABELS


def _scaled(
    name: object, scale: str | None, value: object
) -> tuple[str | None, object]:
    """Give the scale, and the value when it lies on it."""
    known = _SCALES.get(name) if isinstance(name, str) else None
    if scale is not None or known is None:
        return scale, value
    text, least, most = known
    figure = number(value)
    if figure is not None and not least <= figure <= most:
        off_scale(c.GEN_AI_EVALUATION_SCORE_VALUE, least, most)
        return text, None
    return text, value


def _comment(comment: object) -> str | None:
    if comment is None or not _settings.current().content.on_events:
        return None
    return _privacy.redacted(comment)
