"""What the bot's owner may choose, from code or from environment variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

from turnspan import _problems
from turnspan.conventions import InstrumentationErrorKind


class ContentMode(StrEnum):
    """Where message text may go."""

    NO_CONTENT = "NO_CONTENT"
    SPAN_ONLY = "SPAN_ONLY"
    EVENT_ONLY = "EVENT_ONLY"
    SPAN_AND_EVENT = "SPAN_AND_EVENT"

    @property
    def on_spans(self) -> bool:
        """Whether spans may carry text."""
        return self in (ContentMode.SPAN_ONLY, ContentMode.SPAN_AND_EVENT)

    @property
    def on_events(self) -> bool:
        """Whether events may carry text."""
        return self in (ContentMode.EVENT_ONLY, ContentMode.SPAN_AND_EVENT)


class TurnEnd(StrEnum):
    """When a turn sends the record chatbot.turn.end."""

    UNSAMPLED = "unsampled"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True)
class Settings:
    """Defaults of every turn, and what may leave the process; see MEANINGS."""

    bot: str | None = None
    version: str | None = None
    environment: str | None = None
    channel: str | None = None
    test: bool = False
    turn_end: TurnEnd = TurnEnd.UNSAMPLED
    content: ContentMode = ContentMode.NO_CONTENT
    redact: Callable[[str], str | None] | None = None
    user_key: str | None = None
    capture_user_id: bool = False
    capture_urls: bool = False
    capture_candidates: bool = False


VARIABLES: Final[Mapping[str, str]] = {
    "bot": "TURNSPAN_BOT",
    "version": "TURNSPAN_BOT_VERSION",
    "environment": "TURNSPAN_ENVIRONMENT",
    "channel": "TURNSPAN_CHANNEL",
    "test": "TURNSPAN_TEST",
    "turn_end": "TURNSPAN_TURN_END",
    "content": "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
    "user_key": "TURNSPAN_USER_KEY",
    "capture_user_id": "TURNSPAN_CAPTURE_USER_ID",
    "capture_urls": "TURNSPAN_CAPTURE_URLS",
    "capture_candidates": "TURNSPAN_CAPTURE_CANDIDATES",
}
"""Setting to the environment variable that gives its default."""

MEANINGS: Final[Mapping[str, str]] = {
    "bot": "The bot's name; without it service.name.",
    "version": "The bot's version.",
    "environment": "The deployment environment.",
    "channel": "The channel, for bots that have only one.",
    "test": "Marks everything as test traffic.",
    "turn_end": "When chatbot.turn.end is sent: unsampled (default), always, never.",
    "content": "Where message text may go: NO_CONTENT (default), SPAN_ONLY, "
    "EVENT_ONLY, SPAN_AND_EVENT.",
    "redact": "A callable that changes a text before it leaves; None drops it.",
    "user_key": "The secret of the user keys; without it a key file of the user's.",
    "capture_user_id": "Sends the platform's user id, too.",
    "capture_urls": "Sends where calls to action lead, without query.",
    "capture_candidates": "Sends the classifier's ranking.",
}
"""Setting to its sentence in the docs."""

_TYPES: Final[Mapping[str, type[StrEnum]]] = {
    "turn_end": TurnEnd,
    "content": ContentMode,
}
_FLAGS: Final = frozenset(
    {"test", "capture_user_id", "capture_urls", "capture_candidates"}
)
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})

_current: Settings | None = None


def current() -> Settings:
    """Give the settings in force; reads the environment at the first call."""
    global _current
    if _current is None:
        _current = from_environment(os.environ)
    return _current


def configure(
    *,
    bot: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    channel: str | None = None,
    test: bool | None = None,
    turn_end: str | None = None,
    content: str | None = None,
    redact: Callable[[str], str | None] | None = None,
    user_key: str | None = None,
    capture_user_id: bool | None = None,
    capture_urls: bool | None = None,
    capture_candidates: bool | None = None,
) -> None:
    """Change settings for the whole process; what is not given stays.

    Raises:
        ValueError: A value is not one of the allowed ones.
    """
    global _current
    given = {name: value for name, value in locals().items() if value is not None}
    _current = replace(current(), **{k: _checked(k, v) for k, v in given.items()})


def reset() -> None:
    """Forget what was configured; the environment is read again."""
    global _current
    _current = None


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; a value that is not allowed is counted and left out."""
    values: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        text = environ.get(variable, "").strip()
        if not text:
            continue
        try:
            values[name] = _parsed(name, text)
        except ValueError as error:
            _problems.report(InstrumentationErrorKind.SETTING, variable, str(error))
    return Settings(**values)


def _parsed(name: str, text: str) -> object:
    if name in _FLAGS:
        return _flag(name, text)
    if name in _TYPES:
        upper = _TYPES[name] is ContentMode
        if upper and text.lower() in _FALSE:
            return ContentMode.NO_CONTENT
        return _checked(name, text.upper() if upper else text.lower())
    return text


def _flag(name: str, text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(f"{VARIABLES[name]} must be true or false; set one of them")


def _checked(name: str, value: Any) -> Any:
    if name not in {field.name for field in fields(Settings)}:
        raise ValueError(f"{name} is not a setting of turnspan")
    if name in _TYPES:
        allowed = [str(member) for member in _TYPES[name]]
        if value not in allowed:
            raise ValueError(
                f"{name} must be one of {', '.join(allowed)}; set one of them"
            )
        return _TYPES[name](value)
    if name == "redact" and not callable(value):
        raise ValueError("redact must be a callable from text to text or None")
    if name in ("bot", "user_key") and not value:
        raise ValueError(f"{name} is empty; give at least one character")
    return value
