"""Puts what happened into OTLP: spans for turns, log records for events.

The names come from the conventions, as an instrumented bot would send them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from turnspan import conventions as c

from ._dice import name_of
from ._script import (
    MILLISECOND,
    SECOND,
    Annotation,
    Cta,
    Handoff,
    LlmCall,
    Session,
    Turn,
)

__all__ = ["Item", "encode", "encode_annotation", "key_values"]

Value = str | bool | int | float | None

_OPERATION_NAME = "gen_ai.operation.name"


class Item(NamedTuple):
    """One span or log record, and when the bot would have sent it."""

    at_ns: int
    bot: str
    record: Span | LogRecord


def encode(session: Session) -> list[Item]:
    """The session's spans and events, in no particular order."""
    return list(_Encoder(session).items())


def encode_annotation(annotation: Annotation) -> Item:
    """A mark for the boards."""
    uid = name_of(annotation.bot, "annotation", annotation.at_ns)
    attributes: dict[str, Value] = {
        c.BOT_NAME: annotation.bot,
        c.ANNOTATION_TEXT: annotation.text,
        c.ANNOTATION_KIND: annotation.kind,
        c.LOG_RECORD_UID: str(UUID(bytes=uid)),
    }
    record = LogRecord(
        time_unix_nano=annotation.at_ns,
        observed_time_unix_nano=annotation.at_ns,
        event_name=c.EVENT_ANNOTATION,
        attributes=key_values(attributes),
    )
    return Item(annotation.at_ns, annotation.bot, record)


def key_values(attributes: Mapping[str, Value]) -> list[KeyValue]:
    """OTLP attributes; those without a value are left out."""
    return [
        KeyValue(key=key, value=_any(value))
        for key, value in attributes.items()
        if value is not None
    ]


def _any(value: str | bool | int | float) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


class _Encoder:
    """One session on its way into OTLP."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._first_ns = session.first_ns
        self._common = key_values(self._common_attributes())
        self._number = 0

    def _common_attributes(self) -> dict[str, Value]:
        session, user = self._session, self._session.user
        attributes: dict[str, Value] = {
            c.BOT_NAME: session.bot,
            c.BOT_VERSION: session.version,
            c.CHANNEL_NAME: session.channel,
            c.GEN_AI_CONVERSATION_ID: session.conversation,
        }
        if user is not None:
            attributes[c.BOT_LOCALE] = user.locale
        if user is not None and user.key is not None:
            kind = c.UserKind.IDENTIFIED if user.identified else c.UserKind.ANONYMOUS
            attributes |= {c.ENDUSER_PSEUDO_ID: user.key, c.USER_KIND: kind.value}
        if session.variant is not None:
            flag, arm = session.variant
            attributes |= {c.FEATURE_FLAG_KEY: flag, c.FEATURE_FLAG_RESULT_VARIANT: arm}
        if session.test:
            attributes[c.BOT_TEST] = True
        return attributes

    def items(self) -> Iterator[Item]:
        session = self._session
        if session.start_ns is not None:
            yield self._event(
                c.EVENT_CONVERSATION_START, session.start_ns, session.entry
            )
        for name, at_ns in session.views:
            yield self._event(c.EVENT_VIEW, at_ns, {c.VIEW_NAME: name})
        for turn in session.turns:
            yield from self._turn(turn)
        for message in session.messages:
            role: dict[str, Value] = {c.MESSAGE_ROLE: message.role.value}
            yield self._event(c.EVENT_MESSAGE, message.at_ns, role, message.id)
        for handoff in session.handoffs:
            yield from self._handoff(handoff)
        for cta in session.ctas:
            yield from self._cta(cta)
        yield from self._outcomes()
        if session.closed_ns is not None:
            reason = {c.CONVERSATION_END_REASON: "window_closed"}
            yield self._event(c.EVENT_CONVERSATION_END, session.closed_ns, reason)

    def _event(
        self,
        name: str,
        at_ns: int,
        attributes: Mapping[str, Value],
        turn_id: str | None = None,
        turn: Turn | None = None,
    ) -> Item:
        self._number += 1
        session = self._session
        turn_id = turn.id if turn is not None else turn_id
        identity = (session.conversation, self._first_ns, turn_id, self._number, name)
        own: dict[str, Value] = {
            c.TURN_ID: turn_id,
            c.LOG_RECORD_UID: str(UUID(bytes=name_of("uid", *identity))),
            **attributes,
        }
        record = LogRecord(
            time_unix_nano=at_ns,
            observed_time_unix_nano=at_ns,
            event_name=name,
            attributes=self._common + key_values(own),
        )
        if turn is not None:
            record.trace_id = name_of("trace", turn.id)
            record.span_id = name_of("span", turn.id, size=8)
        return Item(at_ns, session.bot, record)

    def _turn(self, turn: Turn) -> Iterator[Item]:
        yield Item(turn.end_ns, self._session.bot, self._turn_span(turn))
        for number, call in enumerate(turn.llm):
            span = self._llm_span(turn, call, number)
            yield Item(call.start_ns + call.duration_ns, self._session.bot, span)
        if turn.intent is not None:
            at_ns = turn.start_ns + 12 * MILLISECOND
            result: dict[str, Value] = {
                **_intent_attributes(turn),
                c.INTENT_THRESHOLD: turn.intent.threshold,
                c.INTENT_IS_FALLBACK: turn.is_fallback,
            }
            yield self._event(c.EVENT_INTENT_RESULT, at_ns, result, turn=turn)
        if turn.initiator == c.TurnInitiator.USER:
            user: dict[str, Value] = {c.MESSAGE_ROLE: c.MessageRole.USER.value}
            yield self._event(c.EVENT_MESSAGE, turn.start_ns, user, turn=turn)
        if turn.outcome not in (c.TurnOutcome.ERROR, c.TurnOutcome.NO_RESPONSE):
            bot: dict[str, Value] = {c.MESSAGE_ROLE: c.MessageRole.BOT.value}
            said_ns = turn.start_ns + (turn.first_ns or turn.duration_ns)
            yield self._event(c.EVENT_MESSAGE, said_ns, bot, turn=turn)
        if turn.label is not None:
            intent, at_ns = turn.label
            label: dict[str, Value] = {
                c.LABEL_INTENT: intent,
                c.LABEL_LABELLER: "team-a",
                c.LABEL_WEIGHT: 20.0,
            }
            yield self._event(c.EVENT_LABEL, at_ns, label, turn.id)

    def _turn_span(self, turn: Turn) -> Span:
        session = self._session
        workflow = "assistant" if session.bot == "llm" else None
        sentiment = turn.sentiment or (None, None)
        own: dict[str, Value] = {
            c.TURN_ID: turn.id,
            c.TURN_INITIATOR: turn.initiator.value,
            c.TURN_OUTCOME: turn.outcome.value,
            c.TURN_UNATTRIBUTED: True if session.conversation is None else None,
            c.NODE_ID: turn.node,
            c.ANSWER_SOURCE: turn.answer.value if turn.answer else None,
            c.FIRST_RESPONSE_DURATION: turn.first_ns and turn.first_ns / SECOND,
            c.SENTIMENT_LABEL: sentiment[0].value if sentiment[0] else None,
            c.SENTIMENT_SCORE: sentiment[1],
            c.GEN_AI_WORKFLOW_NAME: workflow,
            c.ERROR_TYPE: turn.error,
            **_intent_attributes(turn),
        }
        failed = turn.error is not None
        return Span(
            trace_id=name_of("trace", turn.id),
            span_id=name_of("span", turn.id, size=8),
            name=f"{c.SPAN_INVOKE_WORKFLOW} {workflow}"
            if workflow
            else f"{c.SPAN_TURN} {session.bot}",
            kind=Span.SPAN_KIND_CONSUMER,
            start_time_unix_nano=turn.start_ns,
            end_time_unix_nano=turn.end_ns,
            attributes=self._common + key_values(own),
            status=Status(code=Status.STATUS_CODE_ERROR) if failed else None,
        )

    def _llm_span(self, turn: Turn, call: LlmCall, number: int) -> Span:
        own: dict[str, Value] = {
            _OPERATION_NAME: "chat",
            c.GEN_AI_PROVIDER_NAME: "example",
            c.GEN_AI_REQUEST_MODEL: call.model,
            c.GEN_AI_USAGE_INPUT_TOKENS: call.input_tokens,
            c.GEN_AI_USAGE_OUTPUT_TOKENS: call.output_tokens,
            c.GEN_AI_CONVERSATION_ID: self._session.conversation,
            c.BOT_TEST: True if self._session.test else None,
            c.ERROR_TYPE: turn.error if call.failed else None,
        }
        return Span(
            trace_id=name_of("trace", turn.id),
            span_id=name_of("span", turn.id, number, size=8),
            parent_span_id=name_of("span", turn.id, size=8),
            name=f"chat {call.model}",
            kind=Span.SPAN_KIND_CLIENT,
            start_time_unix_nano=call.start_ns,
            end_time_unix_nano=call.start_ns + call.duration_ns,
            attributes=key_values(own),
            status=Status(code=Status.STATUS_CODE_ERROR) if call.failed else None,
        )

    def _handoff(self, handoff: Handoff) -> Iterator[Item]:
        identity: dict[str, Value] = {
            c.HANDOFF_ID: handoff.id,
            c.HANDOFF_REASON: handoff.reason.value,
            c.HANDOFF_ORIGINAL_REASON: handoff.original_reason,
            c.HANDOFF_TARGET_TYPE: "human",
            c.HANDOFF_QUEUE_NAME: handoff.queue,
        }
        turn, at_ns = handoff.turn, handoff.requested_ns
        yield self._event(c.EVENT_HANDOFF_REQUEST, at_ns, identity, turn=turn)
        yield self._event(c.EVENT_HANDOFF_QUEUE, at_ns + 5 * MILLISECOND, identity)
        outcome = handoff.outcome.value if handoff.outcome else None
        steps = (
            (c.EVENT_HANDOFF_ACCEPT, handoff.accepted_ns, None),
            (c.EVENT_HANDOFF_DECLINE, handoff.declined_ns, None),
            (c.EVENT_HANDOFF_EXPIRE, handoff.expired_ns, None),
            (c.EVENT_HANDOFF_WITHDRAW, handoff.withdrawn_ns, None),
            (c.EVENT_HANDOFF_CLOSE, handoff.closed_ns, outcome),
            (c.EVENT_HANDOFF_RETURN, handoff.returned_ns, None),
        )
        for name, step_ns, result in steps:
            if step_ns is not None:
                own = {c.HANDOFF_ID: handoff.id, c.HANDOFF_OUTCOME: result}
                yield self._event(name, step_ns, own)

    def _cta(self, cta: Cta) -> Iterator[Item]:
        own: dict[str, Value] = {
            c.CTA_ID: cta.id,
            c.CTA_NAME: cta.id.replace("_", " ").capitalize(),
            c.CTA_TYPE: cta.type.value,
            c.CTA_POSITION: cta.position,
        }
        if cta.shown_ns is not None:
            yield self._event(c.EVENT_CTA_IMPRESSION, cta.shown_ns, own, turn=cta.turn)
        for clicked_ns in cta.clicked_ns:
            yield self._event(c.EVENT_CTA_CLICK, clicked_ns, own)

    def _outcomes(self) -> Iterator[Item]:
        session = self._session
        for goal in session.goals:
            own: dict[str, Value] = {
                c.GOAL_ID: goal.id,
                c.GOAL_KIND: goal.kind.value,
                c.GOAL_VALUE: goal.value,
                c.GOAL_CURRENCY: goal.currency,
                c.GOAL_QUALITY: goal.quality,
            }
            yield self._event(c.EVENT_GOAL, goal.at_ns, own)
        for rating in session.ratings:
            asked: dict[str, Value] = {
                c.GEN_AI_EVALUATION_NAME: rating.name,
                c.FEEDBACK_SCALE: rating.scale,
                c.FEEDBACK_SCOPE: rating.scope.value,
            }
            turn_id = rating.turn.id if rating.turn else None
            yield self._event(c.EVENT_FEEDBACK_REQUEST, rating.asked_ns, asked, turn_id)
            if rating.given_ns is not None:
                given = {**asked, c.GEN_AI_EVALUATION_SCORE_VALUE: rating.score}
                yield self._event(c.EVENT_FEEDBACK, rating.given_ns, given, turn_id)
        if session.resolution is not None:
            status, at_ns = session.resolution
            said: dict[str, Value] = {
                c.RESOLUTION_STATUS: status.value,
                c.RESOLUTION_SOURCE: "agent" if session.handoffs else "survey",
            }
            yield self._event(c.EVENT_RESOLUTION, at_ns, said)


def _intent_attributes(turn: Turn) -> dict[str, Value]:
    intent = turn.intent
    if intent is None:
        return {c.INTENT_SOURCE: turn.source.value if turn.source else None}
    return {
        c.INTENT_NAME: intent.name,
        c.INTENT_CONFIDENCE: intent.confidence,
        c.INTENT_ACTED_ON: "fallback" if turn.is_fallback else intent.name,
        c.INTENT_SOURCE: intent.source.value,
        c.INTENT_RUNNER_UP_CONFIDENCE: intent.runner_up,
        c.INTENT_MODEL_VERSION: intent.model_version,
    }
