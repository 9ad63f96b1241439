"""What every instrumentor shares: idempotence, the processor, a clear refusal."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Final, Self

from opentelemetry import trace

from turnspan import _problems

_ALIEN: Final = frozenset(
    {
        *("skip_dep_check", "raise_exception_on_conflict", "auto_instrumentation"),
        *("tracer_provider", "meter_provider", "logger_provider"),
    }
)


class Instrumentor:
    """What opentelemetry-instrument calls, without needing its package.

    The interface of ``opentelemetry.instrumentation``'s BaseInstrumentor: one
    instance a class, and ``instrument`` and ``uninstrument`` may be called twice.
    """

    _instance: ClassVar[Self | None] = None
    _is_on = False

    def __new__(cls) -> Self:
        """Give the one instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether it is switched on."""
        return self._is_on

    def instrument(self, **options: Any) -> None:
        """Switch on; once on, do nothing.

        Args:
            **options: The adapter's own; those that opentelemetry-instrument gives
                to every instrumentor are left out.

        Raises:
            ModuleNotFoundError: The framework is not installed.
            TypeError: There is no such option.
        """
        if not self._is_on:
            self._instrument({k: v for k, v in options.items() if k not in _ALIEN})
            self._is_on = True
            stamp_conversations()

    def uninstrument(self, **options: Any) -> None:
        """Switch off; once off, do nothing."""
        if self._is_on:
            self._uninstrument()
            self._is_on = False

    def _instrument(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def _uninstrument(self) -> None:
        raise NotImplementedError


def missing(adapter: str, framework: str) -> ModuleNotFoundError:
    """Say which extra brings the framework that an adapter is for."""
    return ModuleNotFoundError(
        f"turnspan.integrations.{adapter} needs {framework}; "
        f"run pip install 'turnspan[{adapter}]'",
        name=framework,
    )


def stamp_conversations() -> None:
    """Let spans of other instrumentations carry the conversation, given an SDK."""
    if importlib.util.find_spec("opentelemetry.sdk") is None:
        return
    from turnspan import processors

    try:
        processors.install(trace.get_tracer_provider())
    except TypeError:
        _problems.warn_once(
            "processor",
            "the tracer provider takes no processor of ours, so spans of other "
            "instrumentations will lack the conversation's id; add "
            "turnspan.processors.ConversationSpanProcessor() to it",
        )


class Patch:
    """Replaces a class's public method, and puts it back.

    Where somebody patched it once more in between, it stays in place and passes
    through.
    """

    def __init__(
        self, owner: type[Any], name: str, around: Callable[..., object]
    ) -> None:
        """Replace the method.

        Args:
            owner: The class.
            name: Its method.
            around: Called as ``around(original, self, *args, **kwargs)``.
        """
        self._owner: Final = owner
        self._name: Final = name
        self._own: Final = name in vars(owner)
        self._original: Final[Callable[..., Any]] = getattr(owner, name)
        self._on = True

        @wraps(self._original)
        def replaced(instance: Any, *args: Any, **kwargs: Any) -> Any:
            if self._on:
                return around(self._original, instance, *args, **kwargs)
            return self._original(instance, *args, **kwargs)

        self._replaced: Final = replaced
        setattr(owner, name, replaced)

    def undo(self) -> None:
        """Put the method back."""
        self._on = False
        if vars(self._owner).get(self._name) is not self._replaced:
            return
        if self._own:
            setattr(self._owner, self._name, self._original)
        else:
            delattr(self._owner, self._name)
