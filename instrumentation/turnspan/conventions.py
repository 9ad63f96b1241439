"""Names of the chat conventions, generated from registry/; do not edit.

Change the YAML and run ``python -m turnspan.registry.generate``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

ROOT: Final = "chatbot"
"""The namespace of our own names, kept here so that it can move upstream."""


class MetricSpec(NamedTuple):
    """A metric's instrument, unit (UCUM) and allowed attributes."""

    instrument: str
    unit: str
    attributes: frozenset[str]


# Attributes

GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
"""The platform's thread; never invented when the platform has one."""
GEN_AI_WORKFLOW_NAME: Final = "gen_ai.workflow.name"
"""The LLM workflow that the bot runs."""
GEN_AI_USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
"""Tokens of the prompt."""
GEN_AI_USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
"""Tokens of the answer."""
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
"""The model asked for."""
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
"""Who serves the model."""
GEN_AI_INPUT_MESSAGES: Final = "gen_ai.input.messages"
"""The user's message as JSON; content, off by default."""
GEN_AI_OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
"""The answers as JSON; content, off by default."""
GEN_AI_EVALUATION_NAME: Final = "gen_ai.evaluation.name"
"""What was rated."""
GEN_AI_EVALUATION_SCORE_VALUE: Final = "gen_ai.evaluation.score.value"
"""The rating; thumbs are 1 or 0."""
GEN_AI_EVALUATION_SCORE_LABEL: Final = "gen_ai.evaluation.score.label"
"""The rating in a word."""
SESSION_ID: Final = "session.id"
"""The session, when the platform has one; otherwise the collector derives it."""
ENDUSER_PSEUDO_ID: Final = "enduser.pseudo.id"
"""HMAC-SHA256 of the channel and the platform's user id, in hexadecimal."""
USER_ID: Final = "user.id"
"""The platform's user id; by opt-in only."""
DEPLOYMENT_ENVIRONMENT_NAME: Final = "deployment.environment.name"
"""The deployment environment."""
FEATURE_FLAG_KEY: Final = "feature_flag.key"
"""The experiment."""
FEATURE_FLAG_RESULT_VARIANT: Final = "feature_flag.result.variant"
"""The experiment's arm."""
FEATURE_FLAG_PROVIDER_NAME: Final = "feature_flag.provider.name"
"""The system that assigned the arm."""
ERROR_TYPE: Final = "error.type"
"""The class of the failure."""
LOG_RECORD_UID: Final = "log.record.uid"
"""The record's own id, the key for de-duplication."""
BOT_NAME: Final = f"{ROOT}.name"
"""The bot's name. Defaults to service.name."""
BOT_VERSION: Final = f"{ROOT}.version"
"""The bot's version."""
BOT_LOCALE: Final = f"{ROOT}.locale"
"""The user's language, as a BCP 47 tag."""
BOT_TEST: Final = f"{ROOT}.test"
"""Test or internal traffic; stored, and left out of every default view."""
CHANNEL_NAME: Final = f"{ROOT}.channel.name"
"""Where the conversation takes place."""
FRAMEWORK_NAME: Final = f"{ROOT}.framework.name"
"""The framework that the bot is built on."""
USER_KIND: Final = f"{ROOT}.user.kind"
"""Whether the user key stands for a person or for a device."""
USER_KEY_ID: Final = f"{ROOT}.user.key_id"
"""Which secret made the user key, as eight hexadecimal digits of its hash."""
EXPERIMENT_ASSIGNMENTS: Final = f"{ROOT}.experiment.assignments"
"""The arms of several experiments, each as key=variant."""
RECORD_SEQ: Final = f"{ROOT}.record.seq"
"""Position of the record in its process, from 1, for measuring loss."""
PROCESS_ID: Final = f"{ROOT}.process.id"
"""Whose position chatbot.record.seq is, sixteen random hexadecimal digits."""
INSTRUMENTATION_ERROR_KIND: Final = f"{ROOT}.instrumentation.error.kind"
"""What the instrumentation could not record."""
CONVERSATION_END_REASON: Final = f"{ROOT}.conversation.end.reason"
"""Why the conversation ended."""
ENTRY_REFERRER: Final = f"{ROOT}.entry.referrer"
"""The page that the user came from, without query and fragment."""
ENTRY_UTM_SOURCE: Final = f"{ROOT}.entry.utm.source"
"""The campaign's source."""
ENTRY_UTM_MEDIUM: Final = f"{ROOT}.entry.utm.medium"
"""The campaign's medium."""
ENTRY_UTM_CAMPAIGN: Final = f"{ROOT}.entry.utm.campaign"
"""The campaign."""
ENTRY_DEVICE: Final = f"{ROOT}.entry.device"
"""The class of the user's device."""
ENTRY_BROWSER: Final = f"{ROOT}.entry.browser"
"""The family of the user's browser."""
ENTRY_COUNTRY: Final = f"{ROOT}.entry.country"
"""The user's country, as two letters of ISO 3166-1; by opt-in only."""
CTA_ID: Final = f"{ROOT}.cta.id"
"""The call to action."""
CTA_NAME: Final = f"{ROOT}.cta.name"
"""The call to action's name for people."""
CTA_TYPE: Final = f"{ROOT}.cta.type"
"""What the call to action looks like."""
CTA_POSITION: Final = f"{ROOT}.cta.position"
"""Position among the calls to action of one message, from 1."""
CTA_URL: Final = f"{ROOT}.cta.url"
"""Where a link leads, without query and fragment; by opt-in only."""
GOAL_ID: Final = f"{ROOT}.goal.id"
"""The goal."""
GOAL_KIND: Final = f"{ROOT}.goal.kind"
"""What sort of goal it is."""
GOAL_VALUE: Final = f"{ROOT}.goal.value"
"""What the goal is worth, in its currency."""
GOAL_CURRENCY: Final = f"{ROOT}.goal.currency"
"""The currency of the value, as three letters of ISO 4217."""
GOAL_QUALITY: Final = f"{ROOT}.goal.quality"
"""The quality of a lead, as given by the bot's owner."""
CONTENT_ID: Final = f"{ROOT}.content.id"
"""A document or a video."""
CONTENT_KIND: Final = f"{ROOT}.content.kind"
"""What sort of content it is."""
CONTENT_COMPLETION: Final = f"{ROOT}.content.completion"
"""How much of it was seen, from 0 to 1."""
VIEW_NAME: Final = f"{ROOT}.view.name"
"""The page or widget that was shown."""
FEEDBACK_SCALE: Final = f"{ROOT}.feedback.scale"
"""The lowest and the highest rating that could be given."""
FEEDBACK_SCOPE: Final = f"{ROOT}.feedback.scope"
"""What the rating is about."""
FEEDBACK_SOURCE: Final = f"{ROOT}.feedback.source"
"""Who rated."""
FEEDBACK_COMMENT: Final = f"{ROOT}.feedback.comment"
"""The user's own words; content, off by default."""
RESOLUTION_STATUS: Final = f"{ROOT}.resolution.status"
"""Whether the user's matter is settled."""
RESOLUTION_SOURCE: Final = f"{ROOT}.resolution.source"
"""Who said so."""
RESOLUTION_CONFIDENCE: Final = f"{ROOT}.resolution.confidence"
"""How sure the source is, from 0 to 1."""
ANNOTATION_TEXT: Final = f"{ROOT}.annotation.text"
"""What changed."""
ANNOTATION_KIND: Final = f"{ROOT}.annotation.kind"
"""What sort of change it is."""
HANDOFF_ID: Final = f"{ROOT}.handoff.id"
"""Ties the steps of one handoff together."""
HANDOFF_REASON: Final = f"{ROOT}.handoff.reason"
"""Why the bot asked for a person."""
HANDOFF_ORIGINAL_REASON: Final = f"{ROOT}.handoff.original_reason"
"""The reason as the bot gave it, when it is not one of the known ones."""
HANDOFF_TARGET_TYPE: Final = f"{ROOT}.handoff.target.type"
"""What the conversation is handed to."""
HANDOFF_QUEUE_NAME: Final = f"{ROOT}.handoff.queue.name"
"""The queue that the user waits in."""
HANDOFF_OUTCOME: Final = f"{ROOT}.handoff.outcome"
"""How the person's part ended."""
INTENT_NAME: Final = f"{ROOT}.intent.name"
"""What the classifier said first."""
INTENT_CONFIDENCE: Final = f"{ROOT}.intent.confidence"
"""How sure the classifier was, from 0 to 1."""
INTENT_ACTED_ON: Final = f"{ROOT}.intent.acted_on"
"""What the bot acted on, where a fallback, a button or a rule overruled the classifier.
"""
INTENT_SOURCE: Final = f"{ROOT}.intent.source"
"""What found the intent."""
INTENT_RUNNER_UP_CONFIDENCE: Final = f"{ROOT}.intent.runner_up.confidence"
"""How sure the classifier was of its second choice."""
INTENT_MODEL_VERSION: Final = f"{ROOT}.intent.model.version"
"""The classifier's version."""
INTENT_THRESHOLD: Final = f"{ROOT}.intent.threshold"
"""The confidence below which the bot falls back."""
INTENT_IS_FALLBACK: Final = f"{ROOT}.intent.is_fallback"
"""The bot did not understand."""
INTENT_CANDIDATES: Final = f"{ROOT}.intent.candidates"
"""The classifier's ranking, each as name=confidence; by opt-in only."""
LABEL_INTENT: Final = f"{ROOT}.label.intent"
"""The intent that a person gave the turn."""
LABEL_LABELLER: Final = f"{ROOT}.label.labeller"
"""Who gave the label, as a pseudonym."""
LABEL_WEIGHT: Final = f"{ROOT}.label.weight"
"""One divided by the probability with which the turn was sampled."""
TURN_ID: Final = f"{ROOT}.turn.id"
"""The turn, unique for the bot; derived from the message's id where there is one."""
TURN_INDEX: Final = f"{ROOT}.turn.index"
"""Position of the turn in its conversation, from 1, where the bot knows it."""
TURN_INITIATOR: Final = f"{ROOT}.turn.initiator"
"""Who began the turn."""
TURN_OUTCOME: Final = f"{ROOT}.turn.outcome"
"""How the turn ended."""
TURN_DURATION: Final = f"{ROOT}.turn.duration"
"""Seconds from the turn's start to its end; on chatbot.turn.end only."""
TURN_UNATTRIBUTED: Final = f"{ROOT}.turn.unattributed"
"""Neither a conversation nor a user is known; the turn stays outside session metrics.
"""
NODE_ID: Final = f"{ROOT}.node.id"
"""Dialog node, flow step or page shown."""
MESSAGE_ID: Final = f"{ROOT}.message.id"
"""The platform's message id, keyed like the user's where it may tell the user."""
MESSAGE_ROLE: Final = f"{ROOT}.message.role"
"""Who wrote the message."""
MESSAGE_INDEX: Final = f"{ROOT}.message.index"
"""Position of the message in its turn, from 1."""
MESSAGE_TEXT: Final = f"{ROOT}.message.text"
"""The message's text; content, off by default."""
FIRST_RESPONSE_DURATION: Final = f"{ROOT}.first_response.duration"
"""Seconds from the user's message to the first visible answer."""
ANSWER_SOURCE: Final = f"{ROOT}.answer.source"
"""Where the answer came from."""
SENTIMENT_LABEL: Final = f"{ROOT}.sentiment.label"
"""The user's mood, as given by the bot's own scorer."""
SENTIMENT_SCORE: Final = f"{ROOT}.sentiment.score"
"""The user's mood from -1 (negative) to 1, as given by the bot's own scorer."""

# Spans

SPAN_TURN: Final = f"{ROOT}.turn"
"""One turn of a conversation."""
SPAN_INVOKE_WORKFLOW: Final = "invoke_workflow"
"""One turn of a conversation whose bot is an LLM workflow."""

# Events

EVENT_CONVERSATION_START: Final = f"{ROOT}.conversation.start"
"""A conversation began."""
EVENT_CONVERSATION_END: Final = f"{ROOT}.conversation.end"
"""A conversation ended; closes the session."""
EVENT_CTA_IMPRESSION: Final = f"{ROOT}.cta.impression"
"""A call to action was shown."""
EVENT_CTA_CLICK: Final = f"{ROOT}.cta.click"
"""A call to action was used."""
EVENT_GOAL: Final = f"{ROOT}.goal"
"""A goal was reached."""
EVENT_CONTENT_ACCESS: Final = f"{ROOT}.content.access"
"""A document or a video was opened."""
EVENT_VIEW: Final = f"{ROOT}.view"
"""A page or a widget was shown."""
EVENT_CUSTOM: Final = f"{ROOT}.custom"
"""An event of the bot's own, chatbot.custom.{name}, with any attributes."""
EVENT_FEATURE_FLAG_EVALUATION: Final = "feature_flag.evaluation"
"""The user was given an experiment's arm."""
EVENT_FEEDBACK_REQUEST: Final = f"{ROOT}.feedback.request"
"""The user was asked for a rating."""
EVENT_FEEDBACK: Final = f"{ROOT}.feedback"
"""A rating was given; may arrive days later."""
EVENT_RESOLUTION: Final = f"{ROOT}.resolution"
"""Somebody said whether the matter is settled; the latest wins."""
EVENT_ANNOTATION: Final = f"{ROOT}.annotation"
"""A mark that is drawn on every board."""
EVENT_HANDOFF_REQUEST: Final = f"{ROOT}.handoff.request"
"""The bot asked for a person."""
EVENT_HANDOFF_QUEUE: Final = f"{ROOT}.handoff.queue"
"""The user waits in a queue."""
EVENT_HANDOFF_ACCEPT: Final = f"{ROOT}.handoff.accept"
"""A person took over."""
EVENT_HANDOFF_DECLINE: Final = f"{ROOT}.handoff.decline"
"""Nobody takes over."""
EVENT_HANDOFF_EXPIRE: Final = f"{ROOT}.handoff.expire"
"""Nobody came in time."""
EVENT_HANDOFF_WITHDRAW: Final = f"{ROOT}.handoff.withdraw"
"""The user did not want to wait."""
EVENT_HANDOFF_CLOSE: Final = f"{ROOT}.handoff.close"
"""The person's part ended."""
EVENT_HANDOFF_RETURN: Final = f"{ROOT}.handoff.return"
"""The conversation went back to the bot."""
EVENT_INTENT_RESULT: Final = f"{ROOT}.intent.result"
"""The classifier answered."""
EVENT_LABEL: Final = f"{ROOT}.label"
"""A person said which intent a turn had."""
EVENT_MESSAGE: Final = f"{ROOT}.message"
"""A message was written; of a user's own turn the span counts already."""
EVENT_TURN_END: Final = f"{ROOT}.turn.end"
"""A turn ended whose span was not sampled; carries what the span would have."""

# Metrics

METRIC_TURN_DURATION: Final = f"{ROOT}.turn.duration"
"""Time from a turn's start to its end."""
METRIC_TURN_FIRST_RESPONSE_DURATION: Final = f"{ROOT}.turn.first_response.duration"
"""Time from the user's message to the first visible answer."""
METRIC_INTENT_CONFIDENCE: Final = f"{ROOT}.intent.confidence"
"""How sure the classifier was."""
METRIC_HANDOFF_REQUESTS: Final = f"{ROOT}.handoff.requests"
"""Requests for a person."""
METRIC_HANDOFF_WAIT_DURATION: Final = f"{ROOT}.handoff.wait.duration"
"""Time from request to accept, for handoffs whose both steps this process saw."""
METRIC_CTA_IMPRESSIONS: Final = f"{ROOT}.cta.impressions"
"""Calls to action shown."""
METRIC_CTA_CLICKS: Final = f"{ROOT}.cta.clicks"
"""Calls to action used."""
METRIC_FEEDBACK_SUBMISSIONS: Final = f"{ROOT}.feedback.submissions"
"""Ratings given."""
METRIC_CONVERSATION_ACTIVE: Final = f"{ROOT}.conversation.active"
"""Conversations with a turn in progress in this process."""
METRIC_INSTRUMENTATION_ERRORS: Final = f"{ROOT}.instrumentation.errors"
"""What the instrumentation could not record."""


class UserKind(StrEnum):
    """Whether the user key stands for a person or for a device."""

    IDENTIFIED = "identified"
    ANONYMOUS = "anonymous"


class InstrumentationErrorKind(StrEnum):
    """What the instrumentation could not record."""

    BAD_VALUE = "bad_value"
    TOO_LONG = "too_long"
    UNKNOWN_MEMBER = "unknown_member"
    MISSING_ID = "missing_id"
    NO_CONVERSATION = "no_conversation"
    EXTRACTOR = "extractor"
    REDACTION = "redaction"
    USER_KEY = "user_key"
    CAPTURE = "capture"
    SETTING = "setting"


class CtaType(StrEnum):
    """What the call to action looks like."""

    BUTTON = "button"
    LINK = "link"
    QUICK_REPLY = "quick_reply"
    CARD = "card"


class GoalKind(StrEnum):
    """What sort of goal it is."""

    CONVERSION = "conversion"
    LEAD = "lead"
    FOLLOW_UP = "follow_up"
    OTHER = "other"


class FeedbackScope(StrEnum):
    """What the rating is about."""

    TURN = "turn"
    CONVERSATION = "conversation"


class ResolutionStatus(StrEnum):
    """Whether the user's matter is settled."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"


class HandoffReason(StrEnum):
    """Why the bot asked for a person."""

    UNABLE_TO_ANSWER = "unable_to_answer"
    CUSTOMER_REQUESTED = "customer_requested"
    NEGATIVE_SENTIMENT = "negative_sentiment"
    SENSITIVE_TOPIC = "sensitive_topic"
    LOW_CONFIDENCE = "low_confidence"
    POLICY = "policy"
    ERROR = "error"
    BUSINESS_RULE = "business_rule"
    OTHER = "other"


class HandoffOutcome(StrEnum):
    """How the person's part ended."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"


class IntentSource(StrEnum):
    """What found the intent."""

    NLU = "nlu"
    LLM = "llm"
    RULE = "rule"
    BUTTON = "button"


class TurnInitiator(StrEnum):
    """Who began the turn."""

    USER = "user"
    BOT = "bot"
    HUMAN_AGENT = "human_agent"
    SYSTEM = "system"


class TurnOutcome(StrEnum):
    """How the turn ended."""

    ANSWERED = "answered"
    CLARIFICATION = "clarification"
    FALLBACK = "fallback"
    HANDOFF = "handoff"
    NO_RESPONSE = "no_response"
    ERROR = "error"


class MessageRole(StrEnum):
    """Who wrote the message."""

    USER = "user"
    BOT = "bot"
    HUMAN_AGENT = "human_agent"


class AnswerSource(StrEnum):
    """Where the answer came from."""

    RAG = "rag"
    QA = "qa"
    GUARDRAIL = "guardrail"
    FLOW = "flow"
    LLM = "llm"
    HUMAN = "human"


class SentimentLabel(StrEnum):
    """The user's mood, as given by the bot's own scorer."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


# Tables

# fmt: off
_COMMON: Final = frozenset({
    GEN_AI_CONVERSATION_ID,
    BOT_NAME,
    RECORD_SEQ,
    PROCESS_ID,
    CHANNEL_NAME,
    SESSION_ID,
    ENDUSER_PSEUDO_ID,
    USER_KEY_ID,
    USER_KIND,
    USER_ID,
    BOT_VERSION,
    BOT_LOCALE,
    FRAMEWORK_NAME,
    BOT_TEST,
    DEPLOYMENT_ENVIRONMENT_NAME,
    FEATURE_FLAG_KEY,
    FEATURE_FLAG_RESULT_VARIANT,
    EXPERIMENT_ASSIGNMENTS,
})
_EVENT: Final = frozenset({
    LOG_RECORD_UID,
    TURN_ID,
})
_ENTRY: Final = frozenset({
    ENTRY_REFERRER,
    ENTRY_UTM_SOURCE,
    ENTRY_UTM_MEDIUM,
    ENTRY_UTM_CAMPAIGN,
    ENTRY_DEVICE,
    ENTRY_BROWSER,
    ENTRY_COUNTRY,
})
_CTA: Final = frozenset({
    CTA_ID,
    CTA_NAME,
    CTA_TYPE,
    CTA_POSITION,
    CTA_URL,
})
_FEEDBACK: Final = frozenset({
    GEN_AI_EVALUATION_NAME,
    FEEDBACK_SCALE,
    FEEDBACK_SCOPE,
    FEEDBACK_SOURCE,
})
_HANDOFF: Final = frozenset({
    HANDOFF_ID,
    HANDOFF_REASON,
    HANDOFF_ORIGINAL_REASON,
    HANDOFF_TARGET_TYPE,
    HANDOFF_QUEUE_NAME,
    HANDOFF_OUTCOME,
})
_METRIC: Final = frozenset({
    BOT_NAME,
    CHANNEL_NAME,
    FEATURE_FLAG_RESULT_VARIANT,
})
_TURN: Final = frozenset({
    TURN_ID,
    TURN_INDEX,
    TURN_INITIATOR,
    TURN_OUTCOME,
    TURN_UNATTRIBUTED,
    NODE_ID,
    MESSAGE_ID,
    FIRST_RESPONSE_DURATION,
    ANSWER_SOURCE,
    SENTIMENT_LABEL,
    SENTIMENT_SCORE,
    INTENT_NAME,
    INTENT_CONFIDENCE,
    INTENT_ACTED_ON,
    INTENT_SOURCE,
    INTENT_RUNNER_UP_CONFIDENCE,
    INTENT_MODEL_VERSION,
    GEN_AI_WORKFLOW_NAME,
    GEN_AI_USAGE_INPUT_TOKENS,
    GEN_AI_USAGE_OUTPUT_TOKENS,
    GEN_AI_REQUEST_MODEL,
    GEN_AI_PROVIDER_NAME,
    ERROR_TYPE,
})

ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        GEN_AI_CONVERSATION_ID: "string",
        GEN_AI_WORKFLOW_NAME: "string",
        GEN_AI_USAGE_INPUT_TOKENS: "int",
        GEN_AI_USAGE_OUTPUT_TOKENS: "int",
        GEN_AI_REQUEST_MODEL: "string",
        GEN_AI_PROVIDER_NAME: "string",
        GEN_AI_INPUT_MESSAGES: "string",
        GEN_AI_OUTPUT_MESSAGES: "string",
        GEN_AI_EVALUATION_NAME: "string",
        GEN_AI_EVALUATION_SCORE_VALUE: "double",
        GEN_AI_EVALUATION_SCORE_LABEL: "string",
        SESSION_ID: "string",
        ENDUSER_PSEUDO_ID: "string",
        USER_ID: "string",
        DEPLOYMENT_ENVIRONMENT_NAME: "string",
        FEATURE_FLAG_KEY: "string",
        FEATURE_FLAG_RESULT_VARIANT: "string",
        FEATURE_FLAG_PROVIDER_NAME: "string",
        ERROR_TYPE: "string",
        LOG_RECORD_UID: "string",
        BOT_NAME: "string",
        BOT_VERSION: "string",
        BOT_LOCALE: "string",
        BOT_TEST: "boolean",
        CHANNEL_NAME: "string",
        FRAMEWORK_NAME: "string",
        USER_KIND: "string",
        USER_KEY_ID: "string",
        EXPERIMENT_ASSIGNMENTS: "string[]",
        RECORD_SEQ: "int",
        PROCESS_ID: "string",
        INSTRUMENTATION_ERROR_KIND: "string",
        CONVERSATION_END_REASON: "string",
        ENTRY_REFERRER: "string",
        ENTRY_UTM_SOURCE: "string",
        ENTRY_UTM_MEDIUM: "string",
        ENTRY_UTM_CAMPAIGN: "string",
        ENTRY_DEVICE: "string",
        ENTRY_BROWSER: "string",
        ENTRY_COUNTRY: "string",
        CTA_ID: "string",
        CTA_NAME: "string",
        CTA_TYPE: "string",
        CTA_POSITION: "int",
        CTA_URL: "string",
        GOAL_ID: "string",
        GOAL_KIND: "string",
        GOAL_VALUE: "double",
        GOAL_CURRENCY: "string",
        GOAL_QUALITY: "double",
        CONTENT_ID: "string",
        CONTENT_KIND: "string",
        CONTENT_COMPLETION: "double",
        VIEW_NAME: "string",
        FEEDBACK_SCALE: "string",
        FEEDBACK_SCOPE: "string",
        FEEDBACK_SOURCE: "string",
        FEEDBACK_COMMENT: "string",
        RESOLUTION_STATUS: "string",
        RESOLUTION_SOURCE: "string",
        RESOLUTION_CONFIDENCE: "double",
        ANNOTATION_TEXT: "string",
        ANNOTATION_KIND: "string",
        HANDOFF_ID: "string",
        HANDOFF_REASON: "string",
        HANDOFF_ORIGINAL_REASON: "string",
        HANDOFF_TARGET_TYPE: "string",
        HANDOFF_QUEUE_NAME: "string",
        HANDOFF_OUTCOME: "string",
        INTENT_NAME: "string",
        INTENT_CONFIDENCE: "double",
        INTENT_ACTED_ON: "string",
        INTENT_SOURCE: "string",
        INTENT_RUNNER_UP_CONFIDENCE: "double",
        INTENT_MODEL_VERSION: "string",
        INTENT_THRESHOLD: "double",
        INTENT_IS_FALLBACK: "boolean",
        INTENT_CANDIDATES: "string[]",
        LABEL_INTENT: "string",
        LABEL_LABELLER: "string",
        LABEL_WEIGHT: "double",
        TURN_ID: "string",
        TURN_INDEX: "int",
        TURN_INITIATOR: "string",
        TURN_OUTCOME: "string",
        TURN_DURATION: "double",
        TURN_UNATTRIBUTED: "boolean",
        NODE_ID: "string",
        MESSAGE_ID: "string",
        MESSAGE_ROLE: "string",
        MESSAGE_INDEX: "int",
        MESSAGE_TEXT: "string",
        FIRST_RESPONSE_DURATION: "double",
        ANSWER_SOURCE: "string",
        SENTIMENT_LABEL: "string",
        SENTIMENT_SCORE: "double",
    }
)
"""Attribute to type; enumerations are strings."""

ENUMS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        USER_KIND: frozenset(UserKind),
        INSTRUMENTATION_ERROR_KIND: frozenset(InstrumentationErrorKind),
        CTA_TYPE: frozenset(CtaType),
        GOAL_KIND: frozenset(GoalKind),
        FEEDBACK_SCOPE: frozenset(FeedbackScope),
        RESOLUTION_STATUS: frozenset(ResolutionStatus),
        HANDOFF_REASON: frozenset(HandoffReason),
        HANDOFF_OUTCOME: frozenset(HandoffOutcome),
        INTENT_SOURCE: frozenset(IntentSource),
        TURN_INITIATOR: frozenset(TurnInitiator),
        TURN_OUTCOME: frozenset(TurnOutcome),
        MESSAGE_ROLE: frozenset(MessageRole),
        ANSWER_SOURCE: frozenset(AnswerSource),
        SENTIMENT_LABEL: frozenset(SentimentLabel),
    }
)
"""Attribute to its allowed values."""

RANGES: Final[Mapping[str, tuple[float | None, float | None]]] = MappingProxyType(
    {
        GEN_AI_USAGE_INPUT_TOKENS: (0, None),
        GEN_AI_USAGE_OUTPUT_TOKENS: (0, None),
        RECORD_SEQ: (1, None),
        CTA_POSITION: (1, None),
        CONTENT_COMPLETION: (0, 1),
        RESOLUTION_CONFIDENCE: (0, 1),
        INTENT_CONFIDENCE: (0, 1),
        INTENT_RUNNER_UP_CONFIDENCE: (0, 1),
        INTENT_THRESHOLD: (0, 1),
        LABEL_WEIGHT: (0, None),
        TURN_INDEX: (1, None),
        TURN_DURATION: (0, None),
        MESSAGE_INDEX: (1, None),
        FIRST_RESPONSE_DURATION: (0, None),
        SENTIMENT_SCORE: (-1, 1),
    }
)
"""Numeric attribute to its least and greatest value."""

CONTENT_ATTRIBUTES: Final = frozenset(
    {
        GEN_AI_INPUT_MESSAGES,
        GEN_AI_OUTPUT_MESSAGES,
        FEEDBACK_COMMENT,
        MESSAGE_TEXT,
    }
)
"""Attributes that hold what people wrote; off by default."""

SPANS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        SPAN_TURN: _COMMON | _TURN | frozenset({
            GEN_AI_INPUT_MESSAGES,
            GEN_AI_OUTPUT_MESSAGES,
        }),
        SPAN_INVOKE_WORKFLOW: _COMMON | _TURN | frozenset({
            GEN_AI_INPUT_MESSAGES,
            GEN_AI_OUTPUT_MESSAGES,
        }),
    }
)
"""Span to the attributes it may carry."""

EVENTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        EVENT_CONVERSATION_START: _COMMON | _EVENT | _ENTRY,
        EVENT_CONVERSATION_END: _COMMON | _EVENT | frozenset({CONVERSATION_END_REASON}),
        EVENT_CTA_IMPRESSION: _COMMON | _EVENT | _CTA,
        EVENT_CTA_CLICK: _COMMON | _EVENT | _CTA,
        EVENT_GOAL: _COMMON | _EVENT | frozenset({
            GOAL_ID,
            GOAL_KIND,
            GOAL_VALUE,
            GOAL_CURRENCY,
            GOAL_QUALITY,
        }),
        EVENT_CONTENT_ACCESS: _COMMON | _EVENT | frozenset({
            CONTENT_ID,
            CONTENT_KIND,
            CONTENT_COMPLETION,
        }),
        EVENT_VIEW: _COMMON | _EVENT | frozenset({VIEW_NAME}),
        EVENT_CUSTOM: _COMMON | _EVENT,
        EVENT_FEATURE_FLAG_EVALUATION: _COMMON | _EVENT | frozenset({
            FEATURE_FLAG_KEY,
            FEATURE_FLAG_RESULT_VARIANT,
            FEATURE_FLAG_PROVIDER_NAME,
        }),
        EVENT_FEEDBACK_REQUEST: _COMMON | _EVENT | _FEEDBACK,
        EVENT_FEEDBACK: _COMMON | _EVENT | _FEEDBACK | frozenset({
            GEN_AI_EVALUATION_SCORE_VALUE,
            GEN_AI_EVALUATION_SCORE_LABEL,
            FEEDBACK_COMMENT,
        }),
        EVENT_RESOLUTION: _COMMON | _EVENT | frozenset({
            RESOLUTION_STATUS,
            RESOLUTION_SOURCE,
            RESOLUTION_CONFIDENCE,
        }),
        EVENT_ANNOTATION: _COMMON | _EVENT | frozenset({
            ANNOTATION_TEXT,
            ANNOTATION_KIND,
        }),
        EVENT_HANDOFF_REQUEST: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_QUEUE: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_ACCEPT: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_DECLINE: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_EXPIRE: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_WITHDRAW: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_CLOSE: _COMMON | _EVENT | _HANDOFF,
        EVENT_HANDOFF_RETURN: _COMMON | _EVENT | _HANDOFF,
        EVENT_INTENT_RESULT: _COMMON | _EVENT | frozenset({
            INTENT_NAME,
            INTENT_CONFIDENCE,
            INTENT_ACTED_ON,
            INTENT_SOURCE,
            INTENT_RUNNER_UP_CONFIDENCE,
            INTENT_MODEL_VERSION,
            INTENT_THRESHOLD,
            INTENT_IS_FALLBACK,
            INTENT_CANDIDATES,
        }),
        EVENT_LABEL: _COMMON | _EVENT | frozenset({
            LABEL_INTENT,
            LABEL_LABELLER,
            LABEL_WEIGHT,
        }),
        EVENT_MESSAGE: _COMMON | _EVENT | frozenset({
            MESSAGE_ROLE,
            MESSAGE_INDEX,
            MESSAGE_ID,
            NODE_ID,
            MESSAGE_TEXT,
        }),
        EVENT_TURN_END: _COMMON | _TURN | frozenset({
            LOG_RECORD_UID,
            TURN_DURATION,
        }),
    }
)
"""Event to the attributes it may carry."""

EVENT_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        EVENT_CTA_IMPRESSION: (CTA_ID,),
        EVENT_CTA_CLICK: (CTA_ID,),
        EVENT_GOAL: (GOAL_ID,),
        EVENT_CONTENT_ACCESS: (CONTENT_ID,),
        EVENT_VIEW: (VIEW_NAME,),
        EVENT_FEEDBACK_REQUEST: (
            GEN_AI_EVALUATION_NAME,
            FEEDBACK_SCOPE,
        ),
        EVENT_FEEDBACK: (
            GEN_AI_EVALUATION_NAME,
            FEEDBACK_SCOPE,
            GEN_AI_EVALUATION_SCORE_VALUE,
        ),
        EVENT_RESOLUTION: (RESOLUTION_STATUS,),
        EVENT_ANNOTATION: (ANNOTATION_TEXT,),
        EVENT_HANDOFF_REQUEST: (HANDOFF_ID,),
        EVENT_HANDOFF_QUEUE: (HANDOFF_ID,),
        EVENT_HANDOFF_ACCEPT: (HANDOFF_ID,),
        EVENT_HANDOFF_DECLINE: (HANDOFF_ID,),
        EVENT_HANDOFF_EXPIRE: (HANDOFF_ID,),
        EVENT_HANDOFF_WITHDRAW: (HANDOFF_ID,),
        EVENT_HANDOFF_CLOSE: (HANDOFF_ID,),
        EVENT_HANDOFF_RETURN: (HANDOFF_ID,),
        EVENT_INTENT_RESULT: (INTENT_IS_FALLBACK,),
        EVENT_LABEL: (LABEL_INTENT,),
        EVENT_MESSAGE: (MESSAGE_ROLE,),
        EVENT_TURN_END: (
            TURN_INITIATOR,
            TURN_OUTCOME,
            TURN_DURATION,
        ),
    }
)
"""Event to the attributes of its own that it needs."""

METRICS: Final[Mapping[str, MetricSpec]] = MappingProxyType(
    {
        METRIC_TURN_DURATION: MetricSpec(
            "histogram",
            "s",
            _METRIC | frozenset({TURN_OUTCOME}),
        ),
        METRIC_TURN_FIRST_RESPONSE_DURATION: MetricSpec(
            "histogram",
            "s",
            _METRIC | frozenset({TURN_OUTCOME}),
        ),
        METRIC_INTENT_CONFIDENCE: MetricSpec(
            "histogram",
            "1",
            _METRIC,
        ),
        METRIC_HANDOFF_REQUESTS: MetricSpec(
            "counter",
            "{request}",
            _METRIC | frozenset({HANDOFF_REASON}),
        ),
        METRIC_HANDOFF_WAIT_DURATION: MetricSpec(
            "histogram",
            "s",
            _METRIC | frozenset({HANDOFF_REASON}),
        ),
        METRIC_CTA_IMPRESSIONS: MetricSpec(
            "counter",
            "{impression}",
            _METRIC,
        ),
        METRIC_CTA_CLICKS: MetricSpec(
            "counter",
            "{click}",
            _METRIC,
        ),
        METRIC_FEEDBACK_SUBMISSIONS: MetricSpec(
            "counter",
            "{rating}",
            _METRIC,
        ),
        METRIC_CONVERSATION_ACTIVE: MetricSpec(
            "updowncounter",
            "{conversation}",
            _METRIC,
        ),
        METRIC_INSTRUMENTATION_ERRORS: MetricSpec(
            "counter",
            "{error}",
            frozenset({INSTRUMENTATION_ERROR_KIND}),
        ),
    }
)
"""Metric to its instrument, unit and attributes."""
