"""The facts that metrics are made of: which rows, which dimensions, which aggregate."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from turnspan import conventions as names
from turnspan_exporters.timescale.metrics._model import Aggregate, Fact

__all__ = [
    "AMBIGUITY",
    "ASSIGNMENT",
    "BASE_SESSION",
    "COHORT",
    "CONFIDENCE",
    "CONTACT",
    "CONTENT_ACCESS",
    "CTA",
    "DURATION",
    "FACTS",
    "FEEDBACK",
    "FIRST_RESPONSE",
    "FLOW",
    "GOAL",
    "HANDOFF",
    "HANDOFF_INTENTS",
    "INTENT",
    "LABEL",
    "LATENCY",
    "LEAD",
    "MESSAGE",
    "MONEY",
    "NLU",
    "NODE",
    "OPEN_SESSION",
    "QUESTION",
    "SENTIMENT",
    "SEQUENCE",
    "SESSION",
    "SESSION_CONFIDENCE",
    "SESSION_GOAL",
    "SESSION_HOUR",
    "SESSION_MESSAGES",
    "SURE_LABEL",
    "TOKEN",
    "TURN",
    "USER_DAY",
    "VIEW",
    "WAITING_HANDOFF",
]

_AGGREGATED = ("bot", "channel", "environment", "version", "variant")
_RELEASE = ("environment", "version", "variant")
_ENTRY = ("locale", "source", "device", "country")
_PROMOTED = ("medium", "campaign", "user_kind")
_SESSION = (*(*_AGGREGATED, *_ENTRY, "outcome", "intent", "node", "business_hours"),)
_TURN = (
    *(*_AGGREGATED, *_ENTRY, "outcome", "intent", "acted_on", "node", "model"),
    "business_hours",
)
_ALL_OF_TURN = (
    *(*_TURN, *_PROMOTED, "intent_source", "answer_source", "sentiment"),
    *("error_type", "framework"),
)
_ALL_OF_SESSION = (*_SESSION, *_PROMOTED)
_Session = partial(Aggregate, open_rows=True)
_Day = partial(Aggregate, width="1 day")
_SessionDay = partial(_Session, width="1 day")


def _seen(name: str, event: str) -> Fact:
    """What users were shown, at a node, as raw events tell."""
    only = {"name": event}
    return Fact(
        name=name,
        relation=f"fact_{name}",
        dimensions=(*_AGGREGATED, "node", "business_hours"),
        aggregates=(
            _Day(name="event_1d", dimensions=_AGGREGATED, only=only),
            _Day(name="event_node_1d", dimensions=("bot", "node"), only=only),
            Aggregate(name="event_15m", dimensions=(*_AGGREGATED, "node"), only=only),
        ),
        raw=True,
    )


SESSION = Fact(
    name="session",
    relation="fact_session",
    dimensions=(*_ALL_OF_SESSION, "ended_by"),
    aggregates=(
        _SessionDay(name="session_1d", dimensions=_AGGREGATED),
        _SessionDay(name="session_intent_bot_1d", dimensions=("bot", "intent")),
        _SessionDay(name="session_node_bot_1d", dimensions=("bot", "node")),
        _SessionDay(name="session_entry_1d", dimensions=("channel", *_ENTRY)),
        _SessionDay(name="session_intent_1d", dimensions=(*_AGGREGATED, "intent")),
        _SessionDay(name="session_node_1d", dimensions=(*_AGGREGATED, "node")),
        _Session(name="session_1h", dimensions=_AGGREGATED, width="1 hour"),
        _Session(name="session_15m", dimensions=(*_AGGREGATED, "intent", "node")),
    ),
    open_rows=True,
)
DURATION = Fact(
    name="duration",
    relation="fact_duration",
    dimensions=SESSION.dimensions,
    aggregates=(
        _SessionDay(name="duration_all_1d", dimensions=("channel",)),
        _SessionDay(name="duration_intent_all_1d", dimensions=("intent",)),
        _SessionDay(name="duration_node_all_1d", dimensions=("node",)),
        _SessionDay(name="duration_release_1d", dimensions=_RELEASE),
        *(replace(one, binned=False) for one in SESSION.aggregates),
    ),
    open_rows=True,
    binned=True,
)
OPEN_SESSION = Fact(
    name="open_session",
    relation="fact_open_session",
    dimensions=_ALL_OF_SESSION,
)
TURN = Fact(
    name="turn",
    relation="fact_turn",
    dimensions=_ALL_OF_TURN,
    aggregates=(
        _Day(name="turn_1d", dimensions=_AGGREGATED),
        _Day(name="turn_path_1d", dimensions=("bot", "intent", "node")),
        _Day(name="turn_locale_1d", dimensions=("bot", "locale", "intent")),
        _Day(name="turn_intent_1d", dimensions=(*_AGGREGATED, "intent")),
        _Day(name="turn_node_1d", dimensions=(*_AGGREGATED, "node")),
        Aggregate(name="turn_1h", dimensions=_AGGREGATED, width="1 hour"),
        Aggregate(name="turn_15m", dimensions=(*_AGGREGATED, "intent", "node")),
    ),
)
NLU = Fact(
    name="nlu",
    relation="fact_nlu",
    dimensions=_ALL_OF_TURN,
    aggregates=TURN.aggregates,
)
CONFIDENCE = Fact(
    name="confidence",
    relation="fact_confidence",
    dimensions=_ALL_OF_TURN,
    aggregates=(
        _Day(name="confidence_all_1d", dimensions=("channel", "intent")),
        _Day(name="confidence_locale_1d", dimensions=("locale",)),
        _Day(name="confidence_1d", dimensions=(*_AGGREGATED, "model")),
        _Day(name="confidence_bot_1d", dimensions=("bot", "intent", "model")),
        _Day(name="confidence_intent_1d", dimensions=(*_AGGREGATED, "intent", "model")),
        Aggregate(name="confidence_15m", dimensions=(*_AGGREGATED, "intent", "model")),
    ),
    binned=True,
)
INTENT = replace(
    NLU,
    name="intent",
    aggregates=tuple(one for one in NLU.aggregates if "intent" in one.dimensions),
)
AMBIGUITY = Fact(
    name="ambiguity",
    relation="fact_ambiguity",
    dimensions=_ALL_OF_TURN,
    aggregates=(
        _Day(name="ambiguity_1d", dimensions=_AGGREGATED),
        _Day(name="question_locale_1d", dimensions=("locale", "intent")),
        Aggregate(name="question_15m", dimensions=(*_AGGREGATED, "intent")),
    ),
)
QUESTION = Fact(
    name="question",
    relation="fact_question",
    dimensions=_ALL_OF_TURN,
    aggregates=(
        _Day(name="question_all_1d", dimensions=("channel", "intent")),
        _Day(name="question_release_1d", dimensions=(*_RELEASE, "intent")),
        _Day(name="question_locale_1d", dimensions=("locale", "intent")),
        _Day(name="question_bot_1d", dimensions=("bot", "intent")),
        _Day(name="question_1d", dimensions=("bot", "channel", "intent")),
        Aggregate(name="question_15m", dimensions=(*_AGGREGATED, "intent")),
    ),
)
SESSION_CONFIDENCE = replace(
    SESSION,
    name="session_confidence",
    relation="fact_session_confidence",
    aggregates=(
        _SessionDay(
            name="session_confidence_all_1d", dimensions=("channel", "locale", "intent")
        ),
        _SessionDay(name="session_confidence_1d", dimensions=("bot", "channel")),
    ),
)
LABEL = Fact(
    name="label",
    relation="fact_label",
    dimensions=(*_ALL_OF_TURN, "labelled"),
)
SURE_LABEL = Fact(
    name="sure_label",
    relation="fact_sure_label",
    dimensions=LABEL.dimensions,
)
LATENCY = Fact(
    name="latency",
    relation="fact_latency",
    dimensions=_ALL_OF_TURN,
    aggregates=(
        _Day(name="latency_all_1d", dimensions=("channel",)),
        _Day(name="latency_release_1d", dimensions=_RELEASE),
        _Day(name="latency_locale_1d", dimensions=("locale",)),
        _Day(name="latency_bot_1d", dimensions=("bot",)),
        _Day(name="latency_channel_1d", dimensions=("bot", "channel")),
        _Day(name="latency_1d", dimensions=_AGGREGATED),
        Aggregate(name="latency_15m", dimensions=_AGGREGATED),
    ),
    binned=True,
)
FIRST_RESPONSE = Fact(
    name="first_response",
    relation="fact_first_response",
    dimensions=_ALL_OF_TURN,
    aggregates=(
        _Day(name="first_response_all_1d", dimensions=("channel",)),
        _Day(name="first_response_release_1d", dimensions=_RELEASE),
        _Day(name="first_response_locale_1d", dimensions=("locale",)),
        _Day(name="first_response_bot_1d", dimensions=("bot",)),
        _Day(name="first_response_channel_1d", dimensions=("bot", "channel")),
        _Day(name="first_response_1d", dimensions=_AGGREGATED),
        Aggregate(name="first_response_15m", dimensions=_AGGREGATED),
    ),
    binned=True,
)
HANDOFF = Fact(
    name="handoff",
    relation="fact_handoff",
    dimensions=(
        *(*_AGGREGATED, *_ENTRY, *_PROMOTED, "intent", "reason", "queue"),
        *("target_type", "business_hours"),
    ),
    aggregates=(Aggregate(name="handoff_15m", dimensions=(*_AGGREGATED, "reason")),),
)
CTA = Fact(
    name="cta",
    relation="fact_cta",
    dimensions=(
        *(*_AGGREGATED, *_ENTRY, *_PROMOTED, "outcome", "intent", "cta", "cta_type"),
        "business_hours",
    ),
    aggregates=(
        _Day(name="cta_1d", dimensions=(*_AGGREGATED, "cta", "cta_type")),
        _Day(name="cta_locale_1d", dimensions=("locale", "cta", "cta_type")),
        Aggregate(name="cta_15m", dimensions=(*_AGGREGATED, "cta", "cta_type")),
    ),
    open_rows=True,
)
WAITING_HANDOFF = Fact(
    name="waiting_handoff",
    relation="fact_waiting_handoff",
    dimensions=HANDOFF.dimensions,
)
HANDOFF_INTENTS = Fact(
    name="handoff_intents",
    relation="fact_handoff",
    dimensions=HANDOFF.dimensions,
)
FEEDBACK = Fact(
    name="feedback",
    relation="fact_feedback",
    dimensions=_ALL_OF_SESSION,
    aggregates=(
        _Day(name="feedback_1d", dimensions=_AGGREGATED),
        Aggregate(name="feedback_15m", dimensions=_AGGREGATED),
    ),
    open_rows=True,
)
FLOW = Fact(
    name="flow",
    relation="fact_flow",
    dimensions=_ALL_OF_SESSION,
    open_rows=True,
)
SENTIMENT = Fact(
    name="sentiment",
    relation="fact_sentiment",
    dimensions=(
        *(*_AGGREGATED, *_ENTRY, *_PROMOTED, "outcome", "intent", "node", "model"),
        *("sentiment", "business_hours"),
    ),
    aggregates=(
        _Day(name="sentiment_1d", dimensions=(*_AGGREGATED, "sentiment")),
        _Day(name="sentiment_intent_1d", dimensions=("bot", "intent", "sentiment")),
        Aggregate(
            name="sentiment_15m", dimensions=(*_AGGREGATED, "intent", "sentiment")
        ),
    ),
)
GOAL = Fact(
    name="goal",
    relation="fact_goal",
    dimensions=(*(*_SESSION, *_PROMOTED, "goal", "goal_kind", "cta"),),
    open_rows=True,
)
USER_DAY = Fact(
    name="user_day",
    relation="fact_user_day",
    dimensions=(*_AGGREGATED, "locale"),
    # It serves the bot and one other of these: users of two do not add up.
    aggregates=(_Day(name="user_trailing", dimensions=(*_AGGREGATED, "locale")),),
)
COHORT = Fact(
    name="cohort",
    relation="fact_user_day",
    dimensions=(*USER_DAY.dimensions, "cohort"),
)
BASE_SESSION = Fact(
    name="base_session",
    relation="fact_base_session",
    dimensions=_ALL_OF_SESSION,
    open_rows=True,
)
CONTACT = replace(
    BASE_SESSION,
    name="contact",
    aggregates=(
        _SessionDay(
            name="contact_1d",
            dimensions=("bot", "channel", "locale"),
            settled="168 hours",
        ),
        _SessionDay(
            name="contact_release_1d", dimensions=_RELEASE, settled="168 hours"
        ),
    ),
)
SESSION_HOUR = replace(
    SESSION,
    name="session_hour",
    aggregates=(
        _Session(name="session_clock_1h", dimensions=("channel",), width="1 hour"),
        _Session(name="session_clock_bot_1h", dimensions=("bot",), width="1 hour"),
        *(one for one in SESSION.aggregates if one.width != "1 day"),
    ),
)
SESSION_MESSAGES = Fact(
    name="session_messages",
    relation="fact_base_session",
    dimensions=(*_ALL_OF_SESSION, "role"),
    aggregates=SESSION.aggregates,
    open_rows=True,
)
SESSION_GOAL = Fact(
    name="session_goal",
    relation="fact_goal",
    dimensions=(
        *(*_AGGREGATED, *_ENTRY, *_PROMOTED, "outcome", "intent", "goal"),
        "business_hours",
    ),
    # Sessions are counted from it, goals are not.
    aggregates=tuple(
        replace(one, dimensions=(*(d for d in one.dimensions if d != "node"), "goal"))
        for one in SESSION.aggregates
        if "node" not in one.dimensions or "intent" in one.dimensions
    ),
    open_rows=True,
    beside=("fact_goal",),
)
LEAD = Fact(
    name="lead",
    relation="fact_lead",
    dimensions=(*SESSION_GOAL.dimensions, "currency"),
    open_rows=True,
)
NODE = Fact(
    name="node",
    relation="fact_node",
    dimensions=_ALL_OF_SESSION,
    aggregates=(
        _Day(name="node_channel_1d", dimensions=("bot", "channel")),
        _Day(name="node_bot_1d", dimensions=("bot", "node")),
        _Day(name="node_locale_1d", dimensions=("locale", "node")),
        _Day(name="node_1d", dimensions=(*_AGGREGATED, "node")),
        Aggregate(name="node_15m", dimensions=(*_AGGREGATED, "node")),
    ),
    open_rows=True,
)
MESSAGE = Fact(
    name="message",
    relation="fact_message",
    dimensions=(*_AGGREGATED, "role", "business_hours"),
    aggregates=(
        _Day(
            name="event_1d",
            dimensions=(*_AGGREGATED, "role"),
            only={"name": names.EVENT_MESSAGE},
        ),
        Aggregate(
            name="event_15m",
            dimensions=(*_AGGREGATED, "role"),
            only={"name": names.EVENT_MESSAGE},
        ),
    ),
    raw=True,
)
CONTENT_ACCESS = _seen("content_access", names.EVENT_CONTENT_ACCESS)
VIEW = _seen("view", names.EVENT_VIEW)
TOKEN = Fact(
    name="token",
    relation="fact_token",
    dimensions=(
        *(*_AGGREGATED, *_ENTRY, *_PROMOTED, "model", "intent", "node"),
        "business_hours",
    ),
    aggregates=(
        _Day(name="token_1d", dimensions=(*_AGGREGATED, "model")),
        _Day(name="token_locale_1d", dimensions=("bot", "locale", "model")),
        _Day(name="token_entry_1d", dimensions=("bot", *_ENTRY[1:], "model")),
        _Day(name="token_campaign_1d", dimensions=("bot", *_PROMOTED, "model")),
        Aggregate(name="token_15m", dimensions=(*_AGGREGATED, "model")),
    ),
)
MONEY = Fact(
    name="money",
    relation="fact_cost_session",
    dimensions=(*_AGGREGATED, *_ENTRY, *_PROMOTED, "intent", "business_hours"),
    aggregates=(
        _SessionDay(name="cost_session_1d", dimensions=_AGGREGATED),
        _SessionDay(
            name="cost_session_intent_1d", dimensions=("bot", "channel", "intent")
        ),
        _SessionDay(
            name="cost_session_locale_1d", dimensions=("bot", "channel", "locale")
        ),
        _SessionDay(
            name="cost_session_entry_1d", dimensions=("bot", "channel", *_ENTRY[1:])
        ),
        _SessionDay(
            name="cost_session_campaign_1d", dimensions=("bot", "channel", *_PROMOTED)
        ),
        _Session(name="cost_session_15m", dimensions=(*_AGGREGATED, "intent")),
    ),
    open_rows=True,
    beside=("token_15m", "fact_human", "fact_revenue"),
)

SEQUENCE = Fact(
    name="sequence",
    relation="fact_sequence",
    dimensions=("bot", "process"),
)
ASSIGNMENT = Fact(
    name="assignment",
    relation="fact_assignment",
    dimensions=("bot", "channel"),
)

FACTS = (
    SESSION,
    DURATION,
    OPEN_SESSION,
    TURN,
    NLU,
    CONFIDENCE,
    INTENT,
    AMBIGUITY,
    QUESTION,
    SESSION_CONFIDENCE,
    LABEL,
    SURE_LABEL,
    LATENCY,
    FIRST_RESPONSE,
    HANDOFF,
    CTA,
    WAITING_HANDOFF,
    HANDOFF_INTENTS,
    FEEDBACK,
    FLOW,
    SENTIMENT,
    GOAL,
    USER_DAY,
    COHORT,
    BASE_SESSION,
    CONTACT,
    SESSION_HOUR,
    SESSION_MESSAGES,
    SESSION_GOAL,
    LEAD,
    NODE,
    MESSAGE,
    CONTENT_ACCESS,
    VIEW,
    TOKEN,
    MONEY,
    SEQUENCE,
    ASSIGNMENT,
)
