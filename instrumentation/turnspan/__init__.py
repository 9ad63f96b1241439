"""OpenTelemetry instrumentation for chatbots: turns, handoffs, intents and CTAs."""

from turnspan._context import current_turn
from turnspan._mark import Conversation
from turnspan._privacy import private_conversation
from turnspan._settings import configure
from turnspan._setup import Telemetry, setup
from turnspan._surface import (
    annotate,
    content_access,
    conversation,
    conversation_end,
    conversation_start,
    cta,
    enrich,
    event,
    experiment,
    feedback,
    goal,
    handoff,
    intent,
    label,
    message,
    resolution,
    turn,
    view,
)
from turnspan._turn import Turn

__all__ = [
    "Conversation",
    "Telemetry",
    "Turn",
    "annotate",
    "configure",
    "content_access",
    "conversation",
    "conversation_end",
    "conversation_start",
    "cta",
    "current_turn",
    "enrich",
    "event",
    "experiment",
    "feedback",
    "goal",
    "handoff",
    "intent",
    "label",
    "message",
    "private_conversation",
    "resolution",
    "setup",
    "turn",
    "view",
]
