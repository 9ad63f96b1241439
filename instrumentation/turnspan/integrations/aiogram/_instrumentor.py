"""Switching the adapter on and off, for one dispatcher or for all of them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final

from turnspan.integrations._instrumentors import (
    Instrumentor,
    Patch,
    missing,
    stamp_conversations,
)
from turnspan.integrations.aiogram._options import CHANNEL, Options, prefix

if TYPE_CHECKING:
    from aiogram import Bot, Dispatcher

    from turnspan.integrations.aiogram._middlewares import Adapter

_adapters: Final[weakref.WeakKeyDictionary[Any, Adapter]] = weakref.WeakKeyDictionary()


def instrument(
    dispatcher: Dispatcher,
    *bots: Bot,
    name: str | Callable[[Bot], str] | None = None,
    channel: str = CHANNEL,
    cta: Callable[[str], str | None] = prefix,
    exclude_chats: Iterable[int] = (),
    proactive: bool = True,
) -> None:
    """Make a turn of each user message and each button click of a dispatcher.

    Answers become message events, the first one marks the first response, and inline
    buttons become impressions and clicks. Text, user ids and private chat ids stay
    here, as everywhere. A second call for the same dispatcher adds its bots only.

    Args:
        dispatcher: The dispatcher.
        *bots: Its bots; one that is left out is watched from its first update on, so
            name those that send unasked before.
        name: The bot's name, or a callable of the aiogram bot where several share a
            dispatcher; by default the setting, then service.name.
        channel: The channel's name.
        cta: Gives a button's id from its callback data, or None when it is no call
            to action; by default the data up to the first separator.
        exclude_chats: Ids of chats that hold no conversation with users, such as
            the operators' group.
        proactive: Whether messages that no update asked for are turns, which the
            bot begins.

    Raises:
        ModuleNotFoundError: aiogram is not installed.
    """
    adapter = _adapters.get(dispatcher)
    if adapter is None:
        options = Options(name, channel, cta, frozenset(exclude_chats), proactive)
        adapter = _adapters[dispatcher] = _new(options)
        adapter.install(dispatcher)
        stamp_conversations()
    for bot in bots:
        adapter.join(bot)


def uninstrument(dispatcher: Dispatcher, *bots: Bot) -> None:
    """Stop watching the bots or, without any, the dispatcher and all of its bots."""
    adapter = _adapters.get(dispatcher)
    if adapter is None:
        return
    for bot in bots:
        adapter.quit(bot.session)
    if not bots:
        adapter.remove(dispatcher)
        adapter.quit_all()
        del _adapters[dispatcher]


class AiogramInstrumentor(Instrumentor):
    """Instruments each dispatcher at its first update, each bot at its first call.

    ``instrument()`` takes the options of the function ``instrument``, whose
    dispatchers are left alone.
    """

    _adapter: Adapter | None = None
    _patches: tuple[Patch, ...] = ()

    def instrumentation_dependencies(self) -> Collection[str]:
        """Name the framework and the versions that fit."""
        return ("aiogram >= 3.13, < 4",)

    def _instrument(self, options: dict[str, Any]) -> None:
        """Patch the way of each update in and of each call out, both public."""
        adapter = self._adapter = _new(Options(**_frozen(options)))
        from aiogram import Bot, Dispatcher

        def feed(
            original: Any, dispatcher: Any, bot: Any, *args: Any, **kw: Any
        ) -> Any:
            if dispatcher not in _adapters:
                _adapters[dispatcher] = adapter
                adapter.install(dispatcher)
            return original(dispatcher, bot, *args, **kw)

        def call(original: Any, bot: Any, *args: Any, **kw: Any) -> Any:
            adapter.join(bot)
            return original(bot, *args, **kw)

        self._patches = (
            Patch(Dispatcher, "feed_update", feed),
            Patch(Bot, "__call__", call),
        )

    def _uninstrument(self) -> None:
        for patch in self._patches:
            patch.undo()
        adapter, self._adapter, self._patches = self._adapter, None, ()
        if adapter is None:
            return
        for dispatcher in [d for d, one in _adapters.items() if one is adapter]:
            adapter.remove(dispatcher)
            del _adapters[dispatcher]
        adapter.quit_all()


def _frozen(options: dict[str, Any]) -> dict[str, Any]:
    excluded = frozenset(options.get("exclude_chats", ()))
    return {**options, "exclude_chats": excluded}


def _new(options: Options) -> Adapter:
    try:
        from turnspan.integrations.aiogram._middlewares import Adapter
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "aiogram":
            raise missing("aiogram", "aiogram") from None
        raise
    return Adapter(options)
