"""aiogram: what is a turn, what is an answer, and what the bot sends unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.exceptions import TelegramForbiddenError
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.methods import SendMessage
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)
from tests.support.telegram import Server, click, message, offline_bot
from tests.support.telemetry import Captured

import turnspan
from turnspan import conventions as c
from turnspan import private_conversation
from turnspan.integrations.aiogram import (
    AiogramInstrumentor,
    instrument,
    uninstrument,
)

USER = 7_351_204_986
GROUP = -1_001_234
CHANNEL_POST = -2_000_000_000_001


class Form(StatesGroup):
    """A dialog of one step."""

    name = State()


class Bed:
    """A dispatcher, its bot and the server in memory."""

    def __init__(self) -> None:
        self.bot, self.server = offline_bot()
        self.dispatcher = Dispatcher()
        instrument(self.dispatcher, self.bot, name="bot", exclude_chats=[-99])

    async def feed(self, update: Update) -> Any:
        """Feed an update as polling does, sending an answer that is returned."""
        await self.dispatcher._process_update(self.bot, update)


@pytest.fixture
def bed(captured: Captured) -> Iterator[Bed]:
    """A bot with its adapter switched on."""
    made = Bed()
    yield made
    uninstrument(made.dispatcher)


def _buttons(*data: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=one, callback_data=one) for one in data]
    link = [InlineKeyboardButton(text="link", url="https://example.org/?u=1")]
    return InlineKeyboardMarkup(inline_keyboard=[row, link])


def _attributes(captured: Captured) -> list[dict[str, Any]]:
    return [dict(span.attributes or {}) for span in captured.turns]


async def test_a_returned_answer_counts_once(bed: Bed, captured: Captured) -> None:
    """``return message.answer()`` is the turn's answer, also when polling sends it."""

    @bed.dispatcher.message()
    async def heard(message: Message) -> SendMessage:
        return message.answer("yes", reply_markup=_buttons("buy"))

    await bed.feed(message(USER))
    assert bed.server.texts() == ["yes"]
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ANSWERED
    roles = [event[c.MESSAGE_ROLE] for event in captured.named(c.EVENT_MESSAGE)]
    assert sorted(roles) == ["bot", "user"]
    assert len(captured.named(c.EVENT_CTA_IMPRESSION)) == 1


async def test_an_error_that_a_handler_takes_is_seen(
    bed: Bed, captured: Captured
) -> None:
    """``@dp.errors`` swallows it; the turn tells it, and owns the apology."""

    @bed.dispatcher.message()
    async def heard(message: Message) -> None:
        raise LookupError

    @bed.dispatcher.errors()
    async def failed(event: Any) -> None:
        await event.update.message.answer("sorry")

    await bed.feed(message(USER))
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ERROR
    assert captured.turn[c.ERROR_TYPE] == "LookupError"
    [said] = [
        event
        for event in captured.named(c.EVENT_MESSAGE)
        if event[c.MESSAGE_ROLE] == "bot"
    ]
    assert said[c.TURN_ID] == captured.turn[c.TURN_ID]


async def test_a_private_message_that_nobody_takes_is_not_understood(
    bed: Bed, captured: Captured
) -> None:
    """It counts as a fallback, but silence is no answer."""
    await bed.feed(message(USER))
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.NO_RESPONSE
    [result] = captured.named(c.EVENT_INTENT_RESULT)
    assert result[c.INTENT_IS_FALLBACK] is True


async def test_a_group_message_that_nobody_takes_was_not_for_the_bot(
    bed: Bed, captured: Captured
) -> None:
    """In groups people speak with each other; only what is handled is a turn."""

    @bed.dispatcher.message(F.text == "/ask")
    async def heard(message: Message) -> None:
        await message.answer("yes")

    await bed.feed(message(USER, "hello all", chat=GROUP))
    assert captured.turns == []
    assert captured.events == []
    await bed.feed(message(USER, "/ask", chat=GROUP))
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == str(GROUP)


async def test_topics_of_a_group_are_conversations(
    bed: Bed, captured: Captured
) -> None:
    """Each topic of a forum is a conversation of its own."""
    bed.dispatcher.message.register(_answer)
    for topic in (5, 6):
        update = message(
            USER, chat=GROUP, id=topic, message_thread_id=topic, is_topic_message=True
        )
        await bed.feed(update)
    ids = [turn[c.GEN_AI_CONVERSATION_ID] for turn in _attributes(captured)]
    assert ids == [f"{GROUP}:5", f"{GROUP}:6"]


@pytest.mark.parametrize(
    "change",
    [
        lambda m: {"edited_message": m},
        lambda m: {"channel_post": m},
        lambda m: {"message": m.model_copy(update={"from_user": None})},
        lambda m: {"message": m.model_copy(update={"text": None, "pinned_message": m})},
        lambda m: {
            "message": m.model_copy(
                update={"from_user": m.from_user.model_copy(update={"is_bot": True})}
            )
        },
    ],
    ids=["edit", "channel post", "no user", "notice", "another bot"],
)
async def test_what_no_user_says_is_no_turn(
    bed: Bed, captured: Captured, change: Callable[[Message], dict[str, Any]]
) -> None:
    """Edits, posts, notices and other bots pass untouched."""
    for observer in ("message", "edited_message", "channel_post"):
        getattr(bed.dispatcher, observer).register(_nothing)
    told = message(USER).message
    assert told is not None
    await bed.feed(Update(update_id=1, **change(told)))
    assert captured.turns == []


async def test_excluded_chats_hold_no_conversation(
    bed: Bed, captured: Captured
) -> None:
    """Neither what is said in the operators' group nor what is sent to it counts."""
    bed.dispatcher.message.register(_answer)
    await bed.feed(message(USER, chat=-99))
    await bed.bot.send_message(-99, "somebody waits")
    assert captured.turns == []
    assert captured.events == []


async def test_the_dialogs_state_is_the_node(bed: Bed, captured: Captured) -> None:
    """The state that the handler leaves is the node that the user sees."""

    @bed.dispatcher.message()
    async def heard(message: Message, state: FSMContext) -> None:
        await state.set_state(Form.name)
        await message.answer("Your name?")

    await bed.feed(message(USER))
    assert captured.turn[c.NODE_ID] == "Form:name"


async def test_the_language_is_coarse(bed: Bed, captured: Captured) -> None:
    """Of the user's language only the language is kept."""
    bed.dispatcher.message.register(_answer)
    await bed.feed(message(USER, language="pt-BR"))
    assert captured.turn[c.BOT_LOCALE] == "pt"


async def test_buttons_are_impressions_and_clicks(bed: Bed, captured: Captured) -> None:
    """Each button's id once a message, links left out; a click has the same id."""

    @bed.dispatcher.message()
    async def heard(message: Message) -> None:
        await message.answer("?", reply_markup=_buttons("buy:1", "buy:2", "call"))

    @bed.dispatcher.callback_query()
    async def clicked(query: Any) -> None:
        await query.message.edit_text("done")

    await bed.feed(message(USER))
    shown = captured.named(c.EVENT_CTA_IMPRESSION)
    assert [(e[c.CTA_ID], e[c.CTA_POSITION]) for e in shown] == [
        ("buy", 1),
        ("call", 3),
    ]
    await bed.feed(click(USER, "buy:2"))
    [pressed] = captured.named(c.EVENT_CTA_CLICK)
    assert pressed[c.CTA_ID] == "buy"
    assert _attributes(captured)[1][c.TURN_OUTCOME] == c.TurnOutcome.ANSWERED
    assert {turn[c.GEN_AI_CONVERSATION_ID] for turn in _attributes(captured)} == {
        private_conversation(USER, "telegram")
    }


async def test_what_the_bot_sends_unasked_is_its_turn(
    bed: Bed, captured: Captured
) -> None:
    """A reminder is a turn that the bot begins, in the user's conversation."""
    await bed.bot.send_message(USER, "news", reply_markup=_buttons("buy"))
    turn = captured.turn
    assert turn[c.TURN_INITIATOR] == c.TurnInitiator.BOT
    assert turn[c.GEN_AI_CONVERSATION_ID] == private_conversation(USER, "telegram")
    [said] = captured.named(c.EVENT_MESSAGE)
    assert (said[c.MESSAGE_ROLE], said[c.TURN_ID]) == ("bot", turn[c.TURN_ID])
    assert len(captured.named(c.EVENT_CTA_IMPRESSION)) == 1
    bed.dispatcher.message.register(_answer)
    await bed.feed(message(USER))
    keys = {turn[c.ENDUSER_PSEUDO_ID] for turn in _attributes(captured)}
    assert len(keys) == 1


async def test_a_reminder_that_fails_is_an_error(bed: Bed, captured: Captured) -> None:
    """A user who blocked the bot is seen; the exception passes unchanged."""
    method = SendMessage(chat_id=USER, text="news")
    error = TelegramForbiddenError(method, "blocked")
    bed.server.fails_with = error
    with pytest.raises(TelegramForbiddenError) as caught:
        await bed.bot.send_message(USER, "news")
    assert caught.value is error
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ERROR
    assert captured.events == []


async def test_channel_posts_and_named_chats_are_no_turns(
    bed: Bed, captured: Captured
) -> None:
    """What goes to a public audience has no conversation."""
    await bed.bot.send_message(CHANNEL_POST, "news")
    await bed.bot.send_message("@news", "news")
    assert captured.turns == []
    assert captured.events == []


async def test_an_answer_elsewhere_is_no_answer_here(
    bed: Bed, captured: Captured
) -> None:
    """What a handler sends to another chat is a turn below, in that conversation."""

    @bed.dispatcher.message()
    async def heard(message: Message, bot: Bot) -> None:
        await bot.send_message(USER + 1, "Somebody asks for you")

    await bed.feed(message(USER))
    below, above = captured.turns
    assert above.context
    assert below.parent
    assert above.attributes
    assert below.attributes
    assert below.parent.span_id == above.context.span_id
    assert below.attributes[c.TURN_INITIATOR] == c.TurnInitiator.BOT
    assert above.attributes[c.TURN_OUTCOME] == c.TurnOutcome.NO_RESPONSE
    expected = [private_conversation(user, "telegram") for user in (USER + 1, USER)]
    ids = [turn[c.GEN_AI_CONVERSATION_ID] for turn in _attributes(captured)]
    assert ids == expected


async def test_the_bots_own_marks_name_private_chats_safely(
    bed: Bed, captured: Captured
) -> None:
    """``@turn(conversation=message.chat.id)`` joins and leaks no id."""

    @bed.dispatcher.message()
    @turnspan.turn(conversation="message.chat.id", user="message.from_user.id")
    async def heard(message: Message) -> None:
        await message.answer("yes")

    await bed.feed(message(USER))
    conversation = private_conversation(USER, "telegram")
    assert captured.turn[c.GEN_AI_CONVERSATION_ID] == conversation
    assert str(USER) not in captured.everything()


async def test_other_sessions_are_found(captured: Captured) -> None:
    """A bot that was not named is watched from its first update on."""
    bot, server = offline_bot()
    dispatcher = Dispatcher()
    dispatcher.message.register(_answer)
    instrument(dispatcher)
    await dispatcher.feed_update(bot, message(USER))
    assert captured.turn[c.TURN_OUTCOME] == c.TurnOutcome.ANSWERED
    uninstrument(dispatcher)
    assert len(server.middleware) == 0
    assert len(dispatcher.update.outer_middleware) == 3


async def test_the_instrumentor_leaves_no_trace(captured: Captured) -> None:
    """Every dispatcher and bot is watched while it is on, and none after."""
    before = (Dispatcher.feed_update, Bot.__call__)
    AiogramInstrumentor().instrument(name="bot")
    AiogramInstrumentor().instrument(name="other")
    bot, server = offline_bot()
    dispatcher = Dispatcher()
    dispatcher.message.register(_answer)
    await dispatcher.feed_update(bot, message(USER))
    await bot.send_message(USER, "news")
    assert [turn[c.BOT_NAME] for turn in _attributes(captured)] == ["bot", "bot"]
    AiogramInstrumentor().uninstrument()
    AiogramInstrumentor().uninstrument()
    assert (Dispatcher.feed_update, Bot.__call__) == before
    assert _is_clean(dispatcher, server)


def _is_clean(dispatcher: Dispatcher, server: Server) -> bool:
    return len(dispatcher.update.outer_middleware) == 3 and not len(server.middleware)


async def _answer(message: Message) -> None:
    await message.answer("yes")


async def _nothing(message: Message) -> None:
    """Take it."""
