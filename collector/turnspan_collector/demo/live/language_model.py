"""A language model that streams, with the span that an instrumented client makes.

It stands in for a real provider's client under ``opentelemetry-instrumentation-*``:
turnspan has no part in it, and its span nests below the turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from opentelemetry import trace
from opentelemetry.trace import SpanKind

__all__ = ["stream"]

_MODEL = "small-2"
_WORD_S = 0.06
_ANSWERS = (
    "A session ends when nobody says anything for thirty minutes.",
    "Containment is the share of sessions in which no person was needed.",
    "Give the decorator the conversation's id and it does the rest.",
    "Ratings that arrive days later still find their conversation.",
)
_tracer = trace.get_tracer("demo.language_model")


async def stream(question: str) -> AsyncIterator[str]:
    """The answer, word by word."""
    answer = _ANSWERS[len(question) % len(_ANSWERS)]
    span = _tracer.start_span(
        f"chat {_MODEL}",
        kind=SpanKind.CLIENT,
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "example",
            "gen_ai.request.model": _MODEL,
        },
    )
    try:
        await asyncio.sleep(0.4)
        for word in answer.split():
            yield word + " "
            await asyncio.sleep(_WORD_S)
    finally:
        span.set_attribute("gen_ai.usage.input_tokens", 40 + len(question.split()))
        span.set_attribute("gen_ai.usage.output_tokens", len(answer.split()))
        span.end()
