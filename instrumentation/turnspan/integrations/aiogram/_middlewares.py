"""The middlewares: around every update, next to its handlers, and around sending."""

from __future__ import annotations

import weakref
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import (
    REJECTED,
    UNHANDLED,
    CancelHandler,
    SkipHandler,
)
from aiogram.methods import TelegramMethod
from aiogram.types import TelegramObject, Update
from opentelemetry.trace import SpanKind

from turnspan import _context, _pipeline, _privacy
from turnspan import conventions as c
from turnspan._begin import Entry, begin
from turnspan._emit import pipeline_failed
from turnspan._identity import conversation_id
from turnspan._turn import Turn
from turnspan.conventions import TurnInitiator
from turnspan.integrations.aiogram import _outgoing
from turnspan.integrations.aiogram._incoming import Incoming, Place, incoming
from turnspan.integrations.aiogram._options import Options
from turnspan.integrations.aiogram._outgoing import Shown
from turnspan.integrations.aiogram._watch import Watch, current, show_buttons

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]
Request = Callable[[Bot, TelegramMethod[Any]], Awaitable[Any]]

FRAMEWORK: Final = "aiogram"
_SILENT: Final = (SkipHandler, CancelHandler)
_watched: Final[weakref.WeakKeyDictionary[Any, Adapter]] = weakref.WeakKeyDictionary()
"""Session to the adapter that watches it; a bot's messages count once."""
_returned: Final[dict[int, weakref.ref[Any]]] = {}
"""Answers that a handler returned, while they live, by their identity."""


class Adapter:
    """What is installed in one dispatcher and the sessions of its bots."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def install(self, dispatcher: Dispatcher) -> None:
        """Take the outermost place, and the one next to the handlers.

        From the outermost one, what error handlers send still belongs to the turn;
        from the innermost one, errors are seen that they then take.
        """
        chain = dispatcher.update.outer_middleware
        others = list(chain)
        for other in others:
            chain.unregister(other)
        for one in (self.around, *others, self.inside):
            chain.register(one)

    def remove(self, dispatcher: Dispatcher) -> None:
        """Leave a dispatcher."""
        chain = dispatcher.update.outer_middleware
        for one in (self.around, self.inside):
            if one in chain:
                chain.unregister(one)

    def join(self, bot: Bot) -> None:
        """Watch what a bot sends, unless another adapter does."""
        if bot.session not in _watched:
            _watched[bot.session] = self
            bot.session.middleware.register(self.sending)

    def quit(self, session: Any) -> None:
        """Stop watching what the bots of a session send."""
        if _watched.get(session) is self:
            del _watched[session]
            if self.sending in session.middleware:
                session.middleware.unregister(self.sending)

    def quit_all(self) -> None:
        """Stop watching every bot."""
        for session in list(_watched):
            self.quit(session)

    # Updates

    async def around(
        self, handler: Handler, event: TelegramObject, data: dict[str, Any]
    ) -> Any:
        """Make a turn of an update that is a user's."""
        watch = self._watch(event, data)
        if watch is None:
            return await handler(event, data)
        mark = current.set(watch)
        token = _context.attach(watch.turn.context)
        try:
            result = await handler(event, data)
        except BaseException as error:
            silent = isinstance(error, _SILENT)
            self._end(watch, None if silent else error, handled=not silent)
            raise
        finally:
            _context.detach(token)
            current.reset(mark)
        self._returns(watch, result)
        self._end(watch, None, handled=not _is_refused(result))
        return result

    async def inside(
        self, handler: Handler, event: TelegramObject, data: dict[str, Any]
    ) -> Any:
        """See the handler's error, and the dialog's state that it leaves."""
        watch = current.get()
        if watch is None or not watch.turn.active:
            return await handler(event, data)
        try:
            result = await handler(event, data)
        except _SILENT:
            raise
        except BaseException as error:
            watch.error = error
            raise
        await self._visited(watch, data)
        return result

    def _watch(self, event: TelegramObject, data: dict[str, Any]) -> Watch | None:
        try:
            bot = data.get("bot")
            if isinstance(bot, Bot):
                self.join(bot)
            if not isinstance(event, Update) or not _pipeline.current().active():
                return None
            heard = incoming(event)
            if heard is None or heard.place.chat_id in self.options.exclude_chats:
                return None
            entry = self._begin(heard, bot)
            watch = Watch(entry.turn, heard, self.options)
            watch.clicked()
            return watch
        except Exception:
            pipeline_failed("beginning a turn")
            return None

    def _begin(self, heard: Incoming, bot: Any) -> Entry:
        message: str | None = heard.message_id
        if heard.button is not None:
            message = _privacy.private_message(message, self.options.channel)
        language = heard.user.language_code
        given = {
            **self._given(heard.place, bot),
            "user": heard.user.id,
            "message_id": message,
            "text": heard.text,
            "locale": language.partition("-")[0].lower() if language else None,
            "provisional": True,
        }
        return begin(given, kind=SpanKind.CONSUMER)

    def _given(self, place: Place, bot: Any) -> dict[str, Any]:
        name = self.options.name
        return {
            "bot": name(bot) if callable(name) else name,
            "channel": self.options.channel,
            "framework": FRAMEWORK,
            "conversation": place.conversation or None,
            "private": place.private,
        }

    async def _visited(self, watch: Watch, data: dict[str, Any]) -> None:
        """Note the dialog's state as the node that the user now stands at."""
        state = data.get("state")
        try:
            if state is not None and c.NODE_ID not in watch.turn._late:
                watch.turn.enrich(node=await state.get_state())
        except Exception:
            pipeline_failed("reading the dialog's state")

    def _returns(self, watch: Watch, result: Any) -> None:
        """Note an answer that the handler returned; aiogram sends it afterwards."""
        if not isinstance(result, TelegramMethod):
            return
        try:
            how = _outgoing.shown(result)
            if how is not None and self._is_here(watch, result):
                _remember(result)
                watch.sent(result, how)
        except Exception:
            pipeline_failed("following an answer")

    def _end(self, watch: Watch, error: BaseException | None, *, handled: bool) -> None:
        try:
            watch.end(error, handled=handled)
        except Exception:
            pipeline_failed("ending a turn")

    # Sending

    async def sending(
        self, make_request: Any, bot: Bot, method: TelegramMethod[Any]
    ) -> Any:
        """Note what a user sees, in the turn at hand or in one of the bot's own."""
        how = _outgoing.shown(method)
        if how is None or not _pipeline.current().active() or _forget(method):
            return await make_request(bot, method)
        watch = current.get()
        if watch is not None and self._is_here(watch, method):
            result = await make_request(bot, method)
            self._guard(lambda: watch.sent(method, how, _result(result)))
            return result
        if how is not Shown.MESSAGE:
            return await make_request(bot, method)
        return await self._unasked(make_request, bot, method)

    async def _unasked(self, request: Request, bot: Bot, method: Any) -> Any:
        """Send what no update asked for, as a turn that the bot begins."""
        entry = self._begin_unasked(bot, method)
        if entry is None:
            return await request(bot, method)
        token = _context.attach(entry.context)
        try:
            result = await request(bot, method)
        except BaseException as error:
            entry.leave(error)
            raise
        finally:
            _context.detach(token)
        self._guard(lambda: self._sent_unasked(entry, method, _result(result)))
        entry.leave()
        return result

    def _begin_unasked(self, bot: Bot, method: Any) -> Entry | None:
        chat_id = _outgoing.target(method)
        if (
            not self.options.proactive
            or not isinstance(chat_id, int)
            or chat_id in self.options.exclude_chats
        ):
            return None
        try:
            place = _outgoing.destination(method, chat_id)
            given = self._given(place, bot)
            here = _context.current_turn()
            if here is not None and _holds(here, given):
                return Entry(here, here.context, owned=False)
            given["initiator"] = TurnInitiator.BOT.value
            if place.private:
                given["user"] = chat_id
            return begin(given)
        except Exception:
            pipeline_failed("beginning a turn")
            return None

    def _sent_unasked(self, entry: Entry, method: Any, result: Any) -> None:
        chat = getattr(result, "chat", None)
        if entry.owned and getattr(chat, "type", None) == "channel":
            entry.turn.discard()
            return
        id = _outgoing.message_id(result)
        entry.turn.message("bot", _outgoing.text(method), id=id)
        show_buttons(entry.turn, method, self.options)

    def _is_here(self, watch: Watch, method: Any) -> bool:
        """Whether a method goes to the chat that the update came from."""
        chat_id = _outgoing.target(method)
        return chat_id is None or chat_id == watch.heard.place.chat_id

    def _guard(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception:
            pipeline_failed("following an answer")


def _remember(method: Any) -> None:
    """Note a returned answer, which passes the session, too, where the bot polls."""
    key = id(method)
    _returned[key] = weakref.ref(method, lambda _: _returned.pop(key, None))


def _forget(method: Any) -> bool:
    return _returned.pop(id(method), None) is not None


def _is_refused(result: object) -> bool:
    return result is UNHANDLED or result is REJECTED


def _holds(turn: Turn, given: dict[str, Any]) -> bool:
    """Whether a turn that the bot's own code began is of this conversation."""
    return turn.conversation_id == conversation_id(given, given["channel"])


def _result(response: Any) -> Any:
    """Give what a request's response holds."""
    return getattr(response, "result", response)
