"""The facts that metrics are made of: which rows, which dimensions, which aggregate."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._model import Aggregate, Fact

__all__ = [
    "CONFIDENCE",
    "CTA",
    "FACTS",
    "FIRST_RESPONSE",
    "HANDOFF",
    "LATENCY",
    "NLU",
    "OPEN_SESSION",
    "SESSION",
    "TURN",
    "USER_DAY",
]

_AGGREGATED = ("bot", "channel", "environment", "version", "variant")
_ENTRY = ("locale", "source", "device", "country")

SESSION = Fact(
    name="session",
    relation="fact_session",
    dimensions=(*_AGGREGATED, *_ENTRY, "outcome", "intent", "node"),
    aggregates=(Aggregate(name="session_15m", dimensions=(*_AGGREGATED, "intent")),),
    open_rows=True,
)
OPEN_SESSION = Fact(
    name="open_session",
    relation="fact_open_session",
    dimensions=SESSION.dimensions,
)
TURN = Fact(
    name="turn",
    relation="fact_turn",
    dimensions=(
        *(*_AGGREGATED, *_ENTRY, "outcome", "intent", "acted_on", "node", "model"),
    ),
    aggregates=(Aggregate(name="turn_15m", dimensions=(*_AGGREGATED, "intent")),),
)
NLU = Fact(
    name="nlu",
    relation="fact_nlu",
    dimensions=TURN.dimensions,
    aggregates=(Aggregate(name="turn_15m", dimensions=(*_AGGREGATED, "intent")),),
)
CONFIDENCE = Fact(
    name="confidence",
    relation="fact_confidence",
    dimensions=NLU.dimensions,
    aggregates=(
        Aggregate(name="confidence_15m", dimensions=(*_AGGREGATED, "intent", "model")),
    ),
    binned=True,
)
LATENCY = Fact(
    name="latency",
    relation="fact_latency",
    dimensions=TURN.dimensions,
    aggregates=(Aggregate(name="latency_15m", dimensions=_AGGREGATED),),
    binned=True,
)
FIRST_RESPONSE = Fact(
    name="first_response",
    relation="fact_first_response",
    dimensions=TURN.dimensions,
    aggregates=(Aggregate(name="first_response_15m", dimensions=_AGGREGATED),),
    binned=True,
)
HANDOFF = Fact(
    name="handoff",
    relation="fact_handoff",
    dimensions=(*_AGGREGATED, *_ENTRY, "reason", "queue"),
)
CTA = Fact(
    name="cta",
    relation="fact_cta",
    dimensions=(*_AGGREGATED, *_ENTRY, "outcome", "intent", "cta", "cta_type"),
    open_rows=True,
)
USER_DAY = Fact(
    name="user_day",
    relation="fact_user_day",
    dimensions=(*_AGGREGATED, "locale"),
)

FACTS = (
    SESSION,
    OPEN_SESSION,
    TURN,
    NLU,
    CONFIDENCE,
    LATENCY,
    FIRST_RESPONSE,
    HANDOFF,
    CTA,
    USER_DAY,
)
