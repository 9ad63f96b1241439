"""Ids from a call's arguments: values, dotted paths, callables, well-known names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final
from uuid import UUID

from turnspan import _problems, _settings
from turnspan import conventions as c
from turnspan._settings import ContentMode
from turnspan.conventions import InstrumentationErrorKind as Kind

Args = tuple[Any, ...]
Kwargs = Mapping[str, Any]
Getter = Callable[[Args, Kwargs], object]

FALLBACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "conversation": ("conversation_id", "session_id", "thread_id", "chat_id"),
    "user": ("user_id",),
}
"""What is looked for, in this order, when a mark does not say where its ids are."""

_STAND_FOR: Final = {
    "conversation": c.GEN_AI_CONVERSATION_ID,
    "user": c.ENDUSER_PSEUDO_ID,
}
_PLAIN: Final = (str, bytes, int, float, type(None))
_MISSING: Final = object()


class Arguments:
    """A function's parameters, so that one can be picked without binding them all."""

    __slots__ = ("defaults", "names", "positions")

    def __init__(self, func: Callable[..., Any]) -> None:
        self.positions: dict[str, int] = {}
        self.defaults: dict[str, Any] = _bound_by_partial(func)
        for place, parameter in enumerate(_parameters(func) or ()):
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if parameter.kind is not parameter.KEYWORD_ONLY:
                self.positions[parameter.name] = place
            self.defaults.setdefault(
                parameter.name,
                None if parameter.default is parameter.empty else parameter.default,
            )
        self.names = tuple(self.defaults)

    def get(self, name: str, args: Args, kwargs: Kwargs) -> object:
        """Give an argument by its parameter's name."""
        if name in kwargs:
            return kwargs[name]
        place = self.positions.get(name)
        if place is not None and place < len(args):
            return args[place]
        return self.defaults.get(name)


class Resolver:
    """Resolves a mark's options for one function, once per call.

    A text is a path when its first segment names a parameter of the function, else
    a value. A callable gets the arguments that its own parameters name, or, when
    they name others, the call's arguments as they are.
    """

    __slots__ = ("_arguments", "_constants", "_fallbacks", "_getters")

    def __init__(
        self, options: Mapping[str, Any], func: Callable[..., Any] | None = None
    ) -> None:
        self._arguments = None if func is None else Arguments(func)
        self._constants: dict[str, Any] = {}
        self._getters: dict[str, Getter] = {}
        for name, option in options.items():
            self._take(name, option)
        self._fallbacks = [name for name in FALLBACKS if name not in options]

    def __call__(
        self, args: Args, kwargs: Kwargs, known: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Give each option's value for a call; never raises.

        Args:
            args: The call's positional arguments.
            kwargs: The call's keyword arguments.
            known: What the context knows; well-known names do not overrule it.
        """
        given = dict(self._constants)
        for name, getter in self._getters.items():
            if name == "text" and _no_content():
                continue
            value = _guarded(name, getter, args, kwargs)
            if value is not None:
                given[name] = value
        for name in self._fallbacks:
            if self._arguments is not None and _STAND_FOR[name] not in known:
                getter = functools.partial(_search, self._arguments, FALLBACKS[name])
                found = _guarded(name, getter, args, kwargs)
                if found is not None:
                    given[name] = found
        return given

    @_problems.guarded
    def _take(self, name: str, option: object) -> None:
        getter = self._getter(option)
        if getter is None:
            self._constants[name] = option
        else:
            self._getters[name] = getter

    def _getter(self, option: object) -> Getter | None:
        if callable(option):
            return self._calling(option)
        if self._arguments is None or not isinstance(option, str):
            return None
        first, *steps = option.split(".")
        if first not in self._arguments.names:
            return None
        return functools.partial(_walk, self._arguments, first, tuple(steps))

    def _calling(self, option: Callable[..., Any]) -> Getter:
        arguments = self._arguments
        if arguments is None:
            return lambda args, kwargs: option()
        names = _required_names(option)
        if names is None or not set(names) <= set(arguments.names):
            return lambda args, kwargs: option(*args, **kwargs)
        return lambda args, kwargs: option(
            *(arguments.get(name, args, kwargs) for name in names)
        )


def _no_content() -> bool:
    return _settings.current().content is ContentMode.NO_CONTENT


def _guarded(name: str, getter: Getter, args: Args, kwargs: Kwargs) -> object:
    try:
        value = getter(args, kwargs)
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError("an extractor must not be a coroutine function")
    except Exception as error:
        _problems.report(
            Kind.EXTRACTOR,
            name,
            f"the extractor of {name} failed with {type(error).__name__}; correct its "
            "path or callable",
        )
        return None
    return value


def _walk(
    arguments: Arguments, first: str, steps: Sequence[str], args: Args, kwargs: Kwargs
) -> object:
    value = arguments.get(first, args, kwargs)
    for step in steps:
        if value is None:
            return None
        value = _field(value, step)
    return value


def _field(value: object, step: str) -> object:
    """Take an attribute, a key, or an index; in this order."""
    found = _probe(value, step)
    if found is not _MISSING:
        return found
    if step.isdigit() and isinstance(value, Sequence):
        return value[int(step)]
    raise LookupError(step)


def _probe(value: object, name: str) -> object:
    if isinstance(value, Mapping):
        return value.get(name, _MISSING)
    return getattr(value, name, _MISSING)


def _search(
    arguments: Arguments, names: Sequence[str], args: Args, kwargs: Kwargs
) -> object:
    for name in names:
        if _is_id(value := _argument(arguments, name, args, kwargs)):
            return value
    for parameter in arguments.names:
        holder = arguments.get(parameter, args, kwargs)
        if isinstance(holder, _PLAIN):
            continue
        for name in names:
            if _is_id(value := _probe(holder, name)):
                return value
    return None


def _argument(arguments: Arguments, name: str, args: Args, kwargs: Kwargs) -> object:
    if name in kwargs:
        return kwargs[name]
    return arguments.get(name, args, kwargs) if name in arguments.names else None


def _is_id(value: object) -> bool:
    if isinstance(value, str):
        return bool(value)
    return isinstance(value, int | UUID | Enum) and not isinstance(value, bool)


def _parameters(func: Callable[..., Any]) -> Sequence[inspect.Parameter] | None:
    try:
        return tuple(inspect.signature(func).parameters.values())
    except (TypeError, ValueError):
        return None


def _bound_by_partial(func: Callable[..., Any]) -> dict[str, Any]:
    if not isinstance(func, functools.partial):
        return {}
    try:
        bound = inspect.signature(func.func).bind_partial(*func.args)
    except (TypeError, ValueError):
        return {}
    return dict(bound.arguments)


def _required_names(option: Callable[..., Any]) -> list[str] | None:
    """Name an extractor's parameters; None when they are not fixed."""
    parameters = _parameters(option)
    if parameters is None or any(
        p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in parameters
    ):
        return None
    return [p.name for p in parameters if p.default is p.empty]
