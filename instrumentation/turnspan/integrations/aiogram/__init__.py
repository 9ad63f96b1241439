"""aiogram 3: a turn per user message and button click, an event per answer."""

from turnspan.integrations.aiogram._instrumentor import (
    AiogramInstrumentor,
    instrument,
    uninstrument,
)

__all__ = ["AiogramInstrumentor", "instrument", "uninstrument"]
