"""The names that a bot imports, each with its whole signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

from opentelemetry.trace import SpanKind

from turnspan import _context
from turnspan._calls import Calls
from turnspan._context import Scope
from turnspan._mark import ConversationMark, TurnMark

Handler = TypeVar("Handler", bound=Callable[..., Any])
Text = str | Callable[..., object] | None
"""A value, a dotted path into the handler's arguments, or a callable of them."""
Id = str | int | Callable[..., object] | None
Flag = bool | str | Callable[..., object] | None


@overload
def turn(func: Handler, /) -> Handler: ...
@overload
def turn(
    *,
    bot: Text = None,
    conversation: Id = None,
    user: Id = None,
    channel: Text = None,
    session: Id = None,
    message_id: Id = None,
    id: Id = None,
    index: int | str | Callable[..., object] | None = None,
    initiator: Text = None,
    node: Text = None,
    text: Text = None,
    locale: Text = None,
    version: Text = None,
    environment: Text = None,
    framework: Text = None,
    workflow: Text = None,
    experiment: Mapping[str, str] | Callable[..., object] | None = None,
    test: Flag = None,
    consent: Flag = None,
    user_kind: Text = None,
    private: bool | None = None,
    messages: bool | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> TurnMark: ...
def turn(
    func: Callable[..., Any] | None = None,
    /,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    **options: Any,
) -> Any:
    """Mark a handler or a block as one turn of a conversation.

    Use it bare, ``@turn``; with options, ``@turn(conversation="request.thread_id")``;
    or as a block, ``with turn(conversation=id) as t`` (``async with`` too). Each
    option is a value, a dotted path into the handler's arguments when its first
    segment names one of them, or a callable of the arguments. A streamed answer is
    one turn that ends with the stream. Inside a turn, a mark of the same bot,
    conversation and message adds to it instead of beginning another.

    Args:
        func: The handler, where turn is used bare.
        bot: The bot's name; by default the setting, then service.name.
        conversation: The platform's thread. Without it ``conversation_id``,
            ``session_id``, ``thread_id`` or ``chat_id`` among the arguments or
            their fields, then the user's key.
        user: The platform's user id, which leaves the process only as a keyed hash;
            without it ``user_id`` among the arguments or their fields.
        channel: telegram, slack, web and so on.
        session: The platform's session id.
        message_id: The platform's message id; the turn's id derives from it, so
            that a message delivered twice is one turn.
        id: The turn's own id, when the bot has one.
        index: Position of the turn in its conversation, from 1.
        initiator: user (default), bot, human_agent or system.
        node: Dialog node, flow step or page shown.
        text: The user's message; leaves the process only with content capture on.
        locale: The user's language.
        version: The bot's version.
        environment: The deployment environment.
        framework: The framework that the bot is built on.
        workflow: Names the span ``invoke_workflow {workflow}``.
        experiment: Experiments and the arms that the user is in.
        test: Marks test traffic.
        consent: False drops everything that tells the user.
        user_kind: identified or anonymous.
        private: The conversation's id tells the user; it is keyed as well.
        messages: False when the handler records every message itself.
        kind: CONSUMER when the bot polls or holds a socket.
    """
    mark = TurnMark(_known(options), kind)
    return mark if func is None else mark(func)


def conversation(
    id: Id = None,
    *,
    bot: Text = None,
    user: Id = None,
    channel: Text = None,
    session: Id = None,
    locale: Text = None,
    version: Text = None,
    environment: Text = None,
    framework: Text = None,
    experiment: Mapping[str, str] | Callable[..., object] | None = None,
    test: Flag = None,
    consent: Flag = None,
    user_kind: Text = None,
    private: bool | None = None,
) -> ConversationMark:
    """Name the conversation for every turn and event of a handler or a block.

    Works as a decorator and, ``with`` or ``async with``, as a block whose handle has
    the same calls as a turn's. The arguments are those of ``turn``.
    """
    options = dict(locals())
    options["conversation"] = options.pop("id")
    return ConversationMark(options)


class Here(Calls):
    """The calls on whatever turn or conversation is in progress."""

    __slots__ = ()

    def _scope(self) -> Scope:
        return _context.current()


_NAMES = frozenset(
    {
        *("bot", "conversation", "user", "channel", "session", "message_id", "id"),
        *("index", "initiator", "node", "text", "locale", "version", "environment"),
        *("framework", "workflow", "experiment", "test", "consent", "user_kind"),
        *("private", "messages"),
    }
)


def _known(options: dict[str, Any]) -> dict[str, Any]:
    for name in options:
        if name not in _NAMES:
            raise TypeError(f"turn() got an unexpected keyword argument {name!r}")
    return options


_here = Here()
annotate = _here.annotate
content_access = _here.content_access
conversation_end = _here.conversation_end
conversation_start = _here.conversation_start
cta = _here.cta
enrich = _here.enrich
event = _here.event
experiment = _here.experiment
feedback = _here.feedback
goal = _here.goal
handoff = _here.handoff
intent = _here.intent
label = _here.label
message = _here.message
resolution = _here.resolution
view = _here.view
