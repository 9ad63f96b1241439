"""The facts of a script as one frame: a row each, times in microseconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from polars import col
from tests.reference.script import Fact

from turnspan import conventions as names

__all__ = ["ATTACHED", "IS_USER", "KEY", "MINUTE", "SECOND", "records"]

SECOND = 1_000_000
MINUTE = 60 * SECOND
KEY = ("bot", "channel", "conversation", "platform_session")

_ATTRIBUTES: Mapping[str, tuple[str, type[pl.DataType]]] = {
    "role": (names.MESSAGE_ROLE, pl.String),
    "initiator": (names.TURN_INITIATOR, pl.String),
    "outcome": (names.TURN_OUTCOME, pl.String),
    "first_response_s": (names.FIRST_RESPONSE_DURATION, pl.Float64),
    "intent": (names.INTENT_NAME, pl.String),
    "confidence": (names.INTENT_CONFIDENCE, pl.Float64),
    "runner_up": (names.INTENT_RUNNER_UP_CONFIDENCE, pl.Float64),
    "source": (names.INTENT_SOURCE, pl.String),
    "acted_on": (names.INTENT_ACTED_ON, pl.String),
    "is_fallback": (names.INTENT_IS_FALLBACK, pl.Boolean),
    "answer_source": (names.ANSWER_SOURCE, pl.String),
    "sentiment": (names.SENTIMENT_LABEL, pl.String),
    "node": (names.NODE_ID, pl.String),
    "handoff": (names.HANDOFF_ID, pl.String),
    "reason": (names.HANDOFF_REASON, pl.String),
    "closed_as": (names.HANDOFF_OUTCOME, pl.String),
    "cta": (names.CTA_ID, pl.String),
    "goal": (names.GOAL_ID, pl.String),
    "goal_kind": (names.GOAL_KIND, pl.String),
    "value": (names.GOAL_VALUE, pl.Float64),
    "quality": (names.GOAL_QUALITY, pl.Float64),
    "evaluation": (names.GEN_AI_EVALUATION_NAME, pl.String),
    "score": (names.GEN_AI_EVALUATION_SCORE_VALUE, pl.Float64),
    "scope": (names.FEEDBACK_SCOPE, pl.String),
    "scale": (names.FEEDBACK_SCALE, pl.String),
    "status": (names.RESOLUTION_STATUS, pl.String),
    "user_kind": (names.USER_KIND, pl.String),
    "device": (names.ENTRY_DEVICE, pl.String),
    "utm_source": (names.ENTRY_UTM_SOURCE, pl.String),
    "content": (names.CONTENT_ID, pl.String),
    "view": (names.VIEW_NAME, pl.String),
    "operation": ("gen_ai.operation.name", pl.String),
    "model": (names.GEN_AI_REQUEST_MODEL, pl.String),
    "input": (names.GEN_AI_USAGE_INPUT_TOKENS, pl.Int64),
    "output": (names.GEN_AI_USAGE_OUTPUT_TOKENS, pl.Int64),
}

ATTACHED = (
    names.EVENT_FEEDBACK,
    names.EVENT_RESOLUTION,
    names.EVENT_GOAL,
    names.EVENT_HANDOFF_QUEUE,
    names.EVENT_HANDOFF_ACCEPT,
    names.EVENT_HANDOFF_DECLINE,
    names.EVENT_HANDOFF_EXPIRE,
    names.EVENT_HANDOFF_WITHDRAW,
    names.EVENT_HANDOFF_CLOSE,
    names.EVENT_HANDOFF_RETURN,
)
"""What attaches to a session and never opens or extends one."""

IS_USER = ((col("kind") == "turn") & (col("initiator").fill_null("user") == "user")) | (
    (col("kind") == names.EVENT_MESSAGE) & (col("role") == "user")
)
"""A user-initiated turn, or a message of the user: what makes a user turn."""


def records(facts: Iterable[Fact]) -> pl.DataFrame:
    """One row per distinct fact, in order of time; ``unit`` tells turns apart.

    Whose a turn is, any record that names it may say.
    """
    rows = [_row(one) for one in dict.fromkeys(facts)]
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(("kind", *KEY, "user", "turn", "uid", "path"), pl.String),
        **dict.fromkeys(("at", "until"), pl.Int64),
        "test": pl.Boolean,
        **{column: type for column, (_, type) in _ATTRIBUTES.items()},
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("at")
    return frame.with_columns(
        channel=col("channel").fill_null("unknown"),
        platform_session=col("platform_session").fill_null(""),
        unit=pl.coalesce("turn", "uid"),
        user=pl.coalesce(
            "user",
            pl.when(col("turn").is_not_null()).then(
                col("user").drop_nulls().first().over("bot", "turn")
            ),
        ),
        is_user=IS_USER.fill_null(False),
        **{one: col(one).fill_null("") for one in ("conversation",)},
    )


def _row(fact: Fact) -> dict[str, object]:
    where = fact.where
    return {
        "kind": fact.kind,
        "at": round(fact.at * SECOND),
        "until": round(fact.at * SECOND) + round(fact.lasts * SECOND),
        "bot": where.bot,
        "channel": where.channel,
        "conversation": where.conversation,
        "platform_session": where.session,
        "user": where.user,
        "turn": fact.turn,
        "uid": fact.uid,
        "test": where.test,
        "path": "/".join(fact.path or (fact.uid,)),
        **{column: fact.get(name) for column, (name, _) in _ATTRIBUTES.items()},
    }
