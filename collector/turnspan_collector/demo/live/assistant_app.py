"""An assistant on the web, as one writes it with FastAPI: answers are streamed.

What turnspan adds: one line for the middleware, and the calls that say what only the
bot knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

import turnspan
from turnspan.integrations.asgi import TurnMiddleware

from .language_model import stream

__all__ = ["NAME", "Question", "Thumb", "app"]

NAME = "llm"
_OFF_LIMITS = ("password", "diagnosis")

app = FastAPI(title="The demo's assistant", openapi_url=None)
app.add_middleware(TurnMiddleware, bot=NAME, path="/chat", workflow="assistant")


class Question(BaseModel):
    """What somebody asks."""

    conversation_id: str
    user_id: str
    text: str


class Thumb(BaseModel):
    """What somebody thinks of the conversation's last answer."""

    conversation_id: str
    up: bool


@app.post("/chat")
async def chat(question: Question) -> StreamingResponse:
    """Answer a question, word by word: one turn, which ends with the stream."""
    return StreamingResponse(answer(question), media_type="text/plain")


async def answer(question: Question) -> AsyncIterator[str]:
    """The answer's words."""
    if any(word in question.text for word in _OFF_LIMITS):
        turnspan.enrich(answer_source="guardrail")
        yield "I cannot help with that."
        return
    turnspan.enrich(answer_source="llm")
    async for word in stream(question.text):
        yield word


@app.post("/feedback", status_code=204)
async def rate(thumb: Thumb) -> None:
    """Take a thumb, up or down."""
    turnspan.feedback(
        thumb.up, bot=NAME, channel="web", conversation=thumb.conversation_id
    )
