"""The marks ``turn`` and ``conversation``: decorator and context manager in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from turnspan import _context, _pipeline
from turnspan import conventions as c
from turnspan._begin import Entry, begin, inert
from turnspan._calls import Calls
from turnspan._context import Scope
from turnspan._emit import pipeline_failed
from turnspan._extract import Resolver
from turnspan._identity import Common, identity
from turnspan._turn import Turn
from turnspan._wrap import Entered, wrap

Handle = TypeVar("Handle", covariant=True)
Handler = TypeVar("Handler", bound=Callable[..., Any])


class _Entered(Entered, Protocol[Handle]):
    @property
    def handle(self) -> Handle: ...


_stack: ContextVar[tuple[tuple[object, Any, Any], ...]] = ContextVar(
    "turnspan_marks", default=()
)


class Mark(Generic[Handle]):
    """Marks a block or a handler; one mark may be entered many times at once."""

    __slots__ = ("_last", "_options", "_resolver")

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = {k: v for k, v in options.items() if v is not None}
        self._resolver = Resolver(self._options)
        self._last: tuple[object, Any, Any] | None = None

    def __call__(self, func: Handler) -> Handler:
        """Decorate a handler; its signature, kind and exceptions stay as they are."""
        handler = getattr(func, "__func__", func)
        if not callable(handler):
            raise TypeError(
                f"a mark decorates a handler, not {type(func).__name__}; give options "
                "by keyword"
            )
        resolver = Resolver(self._options, handler)

        def enter(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entered | None:
            return self._enter(resolver, args, kwargs)

        wrapped: Handler = wrap(func, enter)
        return wrapped

    def __enter__(self) -> Handle:
        entry = self._enter(self._resolver, (), {}) or self._nothing()
        token: Token[Context] = _context.attach(entry.context)
        item = (self, entry, token)
        _stack.set((*_stack.get(), item))
        self._last = item
        return entry.handle

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        item = self._pop()
        if item is not None:
            _, entry, token = item
            _context.detach(token)
            entry.leave(error)

    async def __aenter__(self) -> Handle:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def _pop(self) -> tuple[object, Any, Any] | None:
        """Find what this mark entered here; elsewhere, what it entered last."""
        stack, last = _stack.get(), self._last
        self._last = None
        for place in range(len(stack) - 1, -1, -1):
            if stack[place][0] is self:
                _stack.set(stack[:place] + stack[place + 1 :])
                return stack[place]
        return last

    def _enter(
        self, resolver: Resolver, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> _Entered[Handle] | None:
        try:
            if not _pipeline.current().active():
                return None
            known = _context.current().common
            return self._begin(resolver(args, kwargs, known))
        except Exception:
            pipeline_failed("beginning a turn")
            return None

    def _begin(self, given: dict[str, Any]) -> _Entered[Handle]:
        raise NotImplementedError

    def _nothing(self) -> _Entered[Handle]:
        raise NotImplementedError


class TurnMark(Mark[Turn]):
    """Marks a turn."""

    __slots__ = ("_kind",)

    def __init__(self, options: Mapping[str, Any], kind: SpanKind) -> None:
        super().__init__(options)
        self._kind: Final = kind

    def start(
        self, *, parent: Context | None = None, start_time_ns: int | None = None
    ) -> Turn:
        """Start the turn without making it current; the caller ends it.

        For adapters whose framework has no place for a ``with``: ``use`` makes the
        turn current, ``end`` ends it.

        Args:
            parent: Its OpenTelemetry context; by default the current one.
            start_time_ns: When the message came, in nanoseconds since 1970.
        """
        try:
            if _pipeline.current().active():
                given = self._resolver((), {}, _context.current(parent).common)
                return begin(
                    given, parent=parent, kind=self._kind, start_time_ns=start_time_ns
                ).turn
        except Exception:
            pipeline_failed("beginning a turn")
        return inert().turn

    def _begin(self, given: dict[str, Any]) -> Entry:
        return begin(given, kind=self._kind)

    def _nothing(self) -> Entry:
        return inert()


class Conversation(Calls):
    """A conversation by its id; made by ``conversation(...)``, not by hand."""

    __slots__ = ("_common", "_consent", "_turn", "context")

    def __init__(self, common: Common, turn: Turn | None, consent: bool) -> None:
        self._common = common
        self._turn = turn
        self._consent = consent
        self.context = _context.with_scope(self._scope())

    @property
    def id(self) -> str | None:
        """The conversation's id as it leaves the process."""
        value = self._common.get(c.GEN_AI_CONVERSATION_ID)
        return None if value is None else str(value)

    @property
    def handle(self) -> Self:
        """The conversation itself."""
        return self

    def heard(self, part: object) -> None:
        """Nothing: a conversation outlives its answers."""

    def leave(self, error: BaseException | None = None, result: object = None) -> None:
        """Nothing: a conversation has no end of its own."""

    def _scope(self) -> Scope:
        return Scope(self._common, self._turn, self._consent)


class ConversationMark(Mark[Conversation]):
    """Marks a conversation."""

    __slots__ = ()

    def _begin(self, given: dict[str, Any]) -> Conversation:
        scope = _context.current()
        consent = scope.consent and given.get("consent") is not False
        common = identity(scope.common, {**given, "consent": consent or False})
        inside = common.get(c.TURN_ID) == scope.common.get(c.TURN_ID)
        return Conversation(common, scope.turn if inside else None, consent)

    def _nothing(self) -> Conversation:
        return Conversation({}, None, True)
