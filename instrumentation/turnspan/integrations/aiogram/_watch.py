"""An update's turn while it is handled: what was answered, and how it ends."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from turnspan import conventions as c
from turnspan._turn import Turn
from turnspan.conventions import IntentSource, TurnOutcome
from turnspan.integrations.aiogram import _outgoing
from turnspan.integrations.aiogram._incoming import Incoming
from turnspan.integrations.aiogram._options import Options
from turnspan.integrations.aiogram._outgoing import Shown


class Watch:
    """Follows one turn."""

    __slots__ = ("answered", "error", "heard", "options", "turn")

    def __init__(self, turn: Turn, heard: Incoming, options: Options) -> None:
        self.turn = turn
        self.heard = heard
        self.options = options
        self.answered = False
        """The user saw something."""
        self.error: BaseException | None = None
        """What a handler raised, although an error handler may have taken it."""

    def clicked(self) -> None:
        """Note the button, when it was one."""
        data = self.heard.button
        if data is None:
            return
        self.turn._set({c.INTENT_SOURCE: IntentSource.BUTTON.value})
        if (id := _outgoing.button_id(data, self.options.cta)) is not None:
            self.turn.cta.click(id, type="button")

    def sent(self, method: Any, how: Shown, result: object = None) -> None:
        """Note what the user sees now."""
        turn = self.turn
        turn.responded()
        if how is Shown.DRAFT:
            return
        if how is Shown.MESSAGE or not self.answered:
            id = _outgoing.message_id(result)
            turn.message("bot", _outgoing.text(method), id=id)
        self.answered = True
        show_buttons(turn, method, self.options)

    def end(self, error: BaseException | None, *, handled: bool) -> None:
        """End the turn; a group's message that nobody took was not for the bot."""
        error = error or self.error
        if error is None and not self.answered:
            self._unanswered(handled)
        self.turn.end(error)

    def _unanswered(self, handled: bool) -> None:
        turn = self.turn
        if not handled and self.heard.button is None:
            if not self.heard.place.private:
                turn.discard()
                return
            if turn.outcome is None:
                turn.intent(None, is_fallback=True)
                turn.outcome = TurnOutcome.NO_RESPONSE.value
        if turn.outcome is None:
            turn.outcome = TurnOutcome.NO_RESPONSE.value


def show_buttons(turn: Turn, method: Any, options: Options) -> None:
    """Note the buttons that a message shows."""
    for id, position in _outgoing.buttons(method, options.cta):
        turn.cta.impression(id, type="button", position=position)


current: Final[ContextVar[Watch | None]] = ContextVar("turnspan_aiogram", default=None)
"""The update in progress; tasks that its handlers start keep it."""
