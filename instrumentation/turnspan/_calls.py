"""The calls that a handle and the module share: what happened in a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Unpack

from turnspan import _metrics, _privacy, _problems, _settings
from turnspan import conventions as c
from turnspan._identity import experiments
from turnspan._limits import NAME_CHARS_MAX, cleaned, custom, number
from turnspan._sender import Sender, Where, recorded
from turnspan._steps import Cta, Feedback, Handoff
from turnspan.conventions import InstrumentationErrorKind as Kind

_UNFIT: Final = re.compile(r"[^a-z0-9_.]+")


class Calls(Sender):
    """What a bot can say of a conversation; wrong values never raise."""

    __slots__ = ()

    @property
    def handoff(self) -> Handoff:
        """The steps of a handoff."""
        return Handoff(self)

    @property
    def cta(self) -> Cta:
        """Impressions and clicks of calls to action."""
        return Cta(self)

    @property
    def feedback(self) -> Feedback:
        """Ratings, and requests for them."""
        return Feedback(self)

    @recorded
    def intent(
        self,
        name: str | None,
        confidence: float | None = None,
        *,
        acted_on: str | None = None,
        source: str | None = None,
        threshold: float | None = None,
        is_fallback: bool | None = None,
        runner_up: float | None = None,
        model_version: str | None = None,
        candidates: Mapping[str, float] | Iterable[tuple[str, float]] | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record what the classifier said.

        Args:
            name: What it said first, also when the bot acts on something else.
            confidence: How sure it was, from 0 to 1.
            acted_on: What the bot acts on instead: a fallback, a button, a rule.
            source: nlu, llm, rule or button.
            threshold: The confidence below which the bot falls back.
            is_fallback: Whether the bot did not understand; by default whether
                the confidence lies below the threshold.
            runner_up: The confidence of the second choice, from 0 to 1.
            model_version: The classifier's version.
            candidates: The ranking; recorded only with ``capture_candidates``.
            **where: Another conversation or moment than the present.
        """
        said = cleaned(
            {
                c.INTENT_NAME: name,
                c.INTENT_CONFIDENCE: confidence,
                c.INTENT_ACTED_ON: acted_on,
                c.INTENT_SOURCE: source,
                c.INTENT_RUNNER_UP_CONFIDENCE: runner_up,
                c.INTENT_MODEL_VERSION: model_version,
            }
        )
        own = said | cleaned(
            {
                c.INTENT_THRESHOLD: threshold,
                c.INTENT_IS_FALLBACK: is_fallback,
                c.INTENT_CANDIDATES: _candidates(candidates),
            }
        )
        fallback = own.setdefault(c.INTENT_IS_FALLBACK, _falls_back(own))
        place = self._send(c.EVENT_INTENT_RESULT, own, where)
        if place is None:
            return
        if (sure := number(own.get(c.INTENT_CONFIDENCE))) is not None:
            _metrics.record(c.METRIC_INTENT_CONFIDENCE, sure, place.common)
        if place.turn is not None:
            place.turn._understood(said, fallback is True)

    @recorded
    def goal(
        self,
        id: str,
        *,
        value: float | None = None,
        currency: str | None = None,
        kind: str | None = None,
        quality: float | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record a goal reached: conversion, lead, follow_up or other."""
        own = {
            c.GOAL_ID: id,
            c.GOAL_KIND: kind,
            c.GOAL_VALUE: value,
            c.GOAL_CURRENCY: currency,
            c.GOAL_QUALITY: quality,
        }
        self._send(c.EVENT_GOAL, cleaned(own), where)

    @recorded
    def resolution(
        self,
        status: str | bool,
        *,
        source: str | None = "bot",
        confidence: float | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record whether the user's matter is settled: resolved or unresolved."""
        if isinstance(status, bool):
            status = "resolved" if status else "unresolved"
        own = {
            c.RESOLUTION_STATUS: status,
            c.RESOLUTION_SOURCE: source,
            c.RESOLUTION_CONFIDENCE: confidence,
        }
        self._send(c.EVENT_RESOLUTION, cleaned(own), where)

    @recorded
    def message(
        self,
        role: str,
        text: str | None = None,
        *,
        id: str | int | None = None,
        node: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record a message of user, bot or human_agent.

        A turn records its own user message and, when none was recorded, one answer.

        Args:
            role: Who wrote.
            text: What; leaves the process only with content capture on.
            id: The platform's message id.
            node: Dialog node or page that the bot shows.
            **where: Another conversation or moment than the present.
        """
        own = cleaned({c.MESSAGE_ROLE: role, c.MESSAGE_ID: id, c.NODE_ID: node})
        turn = self._scope().turn
        if turn is not None and not {"turn", "conversation"} & where.keys():
            turn._count_message(own, text)
        own |= cleaned({c.MESSAGE_TEXT: event_text(text)})
        self._send(c.EVENT_MESSAGE, own, where)

    @recorded
    def view(self, name: str, **where: Unpack[Where]) -> None:
        """Record that a page or a widget was shown."""
        self._send(c.EVENT_VIEW, cleaned({c.VIEW_NAME: name}), where)

    @recorded
    def content_access(
        self,
        id: str,
        *,
        kind: str | None = None,
        completion: float | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record that a document or a video was opened; completion from 0 to 1."""
        own = {
            c.CONTENT_ID: id,
            c.CONTENT_KIND: kind,
            c.CONTENT_COMPLETION: completion,
        }
        self._send(c.EVENT_CONTENT_ACCESS, cleaned(own), where)

    @recorded
    def event(self, name: str, **attributes: object) -> None:
        """Record an event of the bot's own, ``chatbot.custom.{name}``.

        Args:
            name: Lower-case letters, digits, dots and underscores; others become
                underscores.
            **attributes: Texts, numbers, booleans, or lists of texts.
        """
        if (fit := _fit(name)) is not None:
            self._send(f"{c.EVENT_CUSTOM}.{fit}", custom(attributes), {})

    @recorded
    def annotate(
        self, text: str, *, kind: str | None = "change", **where: Unpack[Where]
    ) -> None:
        """Mark a release, a change or an incident on every board."""
        own = {c.ANNOTATION_TEXT: text, c.ANNOTATION_KIND: kind}
        self._send(c.EVENT_ANNOTATION, cleaned(own), where)

    @recorded
    def label(
        self,
        intent: str,
        *,
        labeller: str | None = None,
        weight: float | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record the intent that a person gave a turn.

        Args:
            intent: The intent.
            labeller: Who gave it, as a pseudonym.
            weight: One divided by the probability that the turn was sampled.
            **where: ``turn`` names the turn.
        """
        own = {
            c.LABEL_INTENT: intent,
            c.LABEL_LABELLER: labeller,
            c.LABEL_WEIGHT: weight,
        }
        self._send(c.EVENT_LABEL, cleaned(own), where)

    @recorded
    def experiment(
        self,
        key: str,
        variant: str,
        *,
        provider: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record the experiment's arm that the user was given."""
        arms = experiments({key: variant})
        own = arms | cleaned({c.FEATURE_FLAG_PROVIDER_NAME: provider})
        place = self._send(c.EVENT_FEATURE_FLAG_EVALUATION, own, where)
        if place is not None and place.turn is not None:
            place.turn._set(arms, common=True)

    @recorded
    def conversation_start(
        self,
        *,
        referrer: str | None = None,
        utm_source: str | None = None,
        utm_medium: str | None = None,
        utm_campaign: str | None = None,
        device: str | None = None,
        browser: str | None = None,
        country: str | None = None,
        **where: Unpack[Where],
    ) -> None:
        """Record a conversation's start and where the user came from.

        Args:
            referrer: The page; its query and fragment are dropped.
            utm_source: The campaign's source.
            utm_medium: The campaign's medium.
            utm_campaign: The campaign.
            device: desktop, mobile, tablet.
            browser: The browser's family.
            country: Two letters; giving it is the opt-in.
            **where: Another conversation or moment than the present.
        """
        own = {
            c.ENTRY_REFERRER: _privacy.bare_url(referrer),
            c.ENTRY_UTM_SOURCE: utm_source,
            c.ENTRY_UTM_MEDIUM: utm_medium,
            c.ENTRY_UTM_CAMPAIGN: utm_campaign,
            c.ENTRY_DEVICE: device,
            c.ENTRY_BROWSER: browser,
            c.ENTRY_COUNTRY: country,
        }
        self._send(c.EVENT_CONVERSATION_START, cleaned(own), where)

    @recorded
    def conversation_end(
        self, reason: str | None = None, **where: Unpack[Where]
    ) -> None:
        """Record a conversation's end, which closes its session."""
        own = cleaned({c.CONVERSATION_END_REASON: reason})
        self._send(c.EVENT_CONVERSATION_END, own, where)

    @recorded
    def enrich(
        self,
        *,
        node: str | None = None,
        locale: str | None = None,
        index: int | None = None,
        answer_source: str | None = None,
        sentiment: str | None = None,
        sentiment_score: float | None = None,
        model: str | None = None,
        provider: str | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        outcome: str | None = None,
    ) -> None:
        """Add to the turn in progress what is known only now.

        Tokens and model belong here only when no LLM span below tells them.
        """
        turn = self._scope().turn
        if turn is None:
            return
        if outcome is not None:
            turn.outcome = outcome
        turn._set(cleaned({c.BOT_LOCALE: locale}), common=True)
        turn._set(
            cleaned(
                {
                    c.NODE_ID: node,
                    c.TURN_INDEX: index,
                    c.ANSWER_SOURCE: answer_source,
                    c.SENTIMENT_LABEL: sentiment,
                    c.SENTIMENT_SCORE: sentiment_score,
                    c.GEN_AI_REQUEST_MODEL: model,
                    c.GEN_AI_PROVIDER_NAME: provider,
                    c.GEN_AI_USAGE_INPUT_TOKENS: input_tokens,
                    c.GEN_AI_USAGE_OUTPUT_TOKENS: output_tokens,
                }
            )
        )


def event_text(text: object) -> str | None:
    """Give a text as events may carry it: redacted, or not at all."""
    if text is None or not _settings.current().content.on_events:
        return None
    return _privacy.redacted(text)


def _falls_back(own: Mapping[str, Any]) -> bool:
    sure, limit = own.get(c.INTENT_CONFIDENCE), own.get(c.INTENT_THRESHOLD)
    return sure is not None and limit is not None and sure < limit


def _candidates(given: object) -> list[str] | None:
    if given is None or not _settings.current().capture_candidates:
        return None
    try:
        pairs = given.items() if isinstance(given, Mapping) else given
        return [f"{name}={float(sure):g}" for name, sure in pairs]  # type: ignore[attr-defined]
    except Exception:
        _problems.report(
            Kind.BAD_VALUE,
            c.INTENT_CANDIDATES,
            "candidates must map intents to confidences; they were left out",
        )
        return None


def _fit(name: object) -> str | None:
    text = _UNFIT.sub("_", name.lower()).strip("_.") if isinstance(name, str) else ""
    if 0 < len(text) <= NAME_CHARS_MAX:
        return text
    _problems.report(
        Kind.BAD_VALUE,
        "event name",
        f"a custom event's name needs 1 to {NAME_CHARS_MAX} letters or digits; the "
        "event was left out",
    )
    return None
