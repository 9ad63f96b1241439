"""A support bot on Telegram, as one writes it with aiogram.

What turnspan adds: an import, one line in ``dispatcher``, and the calls that say what
only the bot knows: the intent and the handoff. Answers, buttons and clicks are seen
without them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiogram import Dispatcher, F, Router
from aiogram.filters import CommandStart
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

import turnspan
from turnspan.integrations.aiogram import instrument

__all__ = ["NAME", "THRESHOLD", "Guess", "classify", "dispatcher"]

NAME = "support"
THRESHOLD = 0.6

_ANSWERS = {
    "order_status": "Your order is on its way and arrives on Thursday.",
    "return_item": "You can send it back within 30 days; here is how.",
    "invoice": "Your invoice lies in your account under Orders.",
    "opening_hours": "We are here from 8 to 18, Monday to Saturday.",
}
_WORDS = {
    "order_status": "order parcel package arrive shipped tracking where",
    "return_item": "return send back refund exchange broken",
    "invoice": "invoice bill receipt vat payment",
    "opening_hours": "open hours when closed saturday reach",
    "person": "human person agent somebody talk",
}


class Guess(NamedTuple):
    """What the classifier makes of a message."""

    intent: str
    confidence: float
    runner_up: float


def classify(text: str) -> Guess:
    """Words in common with each intent; a stand-in for a real classifier."""
    said = set(re.findall(r"[a-z]+", text.lower()))
    scores = sorted(
        ((len(said & set(words.split())), name) for name, words in _WORDS.items()),
        reverse=True,
    )
    (best, name), (second, _) = scores[:2]
    intent = name if best else "out_of_scope"
    return Guess(intent, 0.96 - 0.85 * 0.4**best, 0.96 - 0.9 * 0.4**second)


def dispatcher(call_a_person: Callable[[Message, str], Awaitable[None]]) -> Dispatcher:
    """The bot; ``call_a_person`` gets the message and the handoff's id."""
    router = Router()

    @router.message(CommandStart())
    async def greet(message: Message) -> None:
        turnspan.intent("greet", source="rule")
        offers = {"track": "Track my order", "person": "Talk to a person"}
        await message.answer("Hello! How can I help?", reply_markup=_buttons(offers))

    @router.callback_query(F.data == "track")
    async def track(query: CallbackQuery) -> None:
        turnspan.intent("order_status", source="button")
        await query.answer()
        if isinstance(query.message, Message):
            await query.message.answer(_ANSWERS["order_status"])

    @router.callback_query(F.data == "person")
    async def person(query: CallbackQuery) -> None:
        turnspan.intent("person", source="button")
        await query.answer()
        if isinstance(query.message, Message):
            await hand_over(query.message, "customer_requested")

    @router.message(F.text)
    async def answer(message: Message) -> None:
        guess = classify(message.text or "")
        turnspan.intent(
            guess.intent,
            guess.confidence,
            threshold=THRESHOLD,
            runner_up=guess.runner_up,
        )
        if guess.confidence < THRESHOLD:
            turnspan.enrich(node="fallback")
            await message.answer("I did not get that. Could you say it differently?")
        elif guess.intent == "person":
            await hand_over(message, "customer_requested")
        else:
            turnspan.enrich(node=f"answer_{guess.intent}", answer_source="flow")
            await message.answer(_ANSWERS[guess.intent])

    async def hand_over(message: Message, reason: str) -> None:
        handoff = turnspan.handoff.request(reason, queue="support-en")
        await message.answer("One moment, I am getting somebody.")
        await call_a_person(message, handoff)

    made = Dispatcher()
    made.include_router(router)
    instrument(made, name=NAME)
    return made


def _buttons(labels: dict[str, str]) -> InlineKeyboardMarkup:
    row = [
        InlineKeyboardButton(text=label, callback_data=data)
        for data, label in labels.items()
    ]
    return InlineKeyboardMarkup(inline_keyboard=[row])
