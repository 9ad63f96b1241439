"""Optional processors for an OpenTelemetry SDK; this module needs the SDK installed.

``setup()`` installs the first; add them yourself to providers of your own.
"""

from __future__ import annotations

from typing import Any, cast
from weakref import WeakSet

from opentelemetry.context import Context
from opentelemetry.trace import get_current_span

from turnspan import _context
from turnspan.conventions import (
    BOT_NAME,
    EVENT_FEATURE_FLAG_EVALUATION,
    GEN_AI_CONVERSATION_ID,
    ROOT,
)

try:
    from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
    from opentelemetry.sdk.trace import Span, SpanProcessor
except ImportError as error:
    raise ImportError(
        "turnspan.processors needs the OpenTelemetry SDK; "
        "run pip install 'turnspan[otlp]'"
    ) from error


class ConversationSpanProcessor(SpanProcessor):
    """Stamps the conversation's id and the bot on spans that others start.

    A collector knows others' spans by these: the service may have another name than
    the bot, and several bots.
    """

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Set gen_ai.conversation.id and chatbot.name where a conversation goes on."""
        common = _context.current(parent_context).common
        if common.get(GEN_AI_CONVERSATION_ID) is None:
            return
        known = span.attributes or {}
        for name in (GEN_AI_CONVERSATION_ID, BOT_NAME):
            if name in common and name not in known:
                span.set_attribute(name, common[name])


class SpanEventBridge(LogRecordProcessor):
    """Writes events as span events too, for backends that show only those.

    The copy keeps the attributes, log.record.uid among them, and the time, so that
    a store can tell it from a second event.
    """

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Copy one of our events to its span, while the span records."""
        record = log_record.log_record
        name = record.event_name
        if name is None or not _ours(name):
            return
        span = get_current_span(record.context)
        if span.is_recording():
            attributes = cast("dict[str, Any]", dict(record.attributes or {}))
            span.add_event(
                name, attributes, record.timestamp or record.observed_timestamp
            )

    def shutdown(self) -> None:
        """Nothing is held."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held."""
        return True


def _ours(name: str) -> bool:
    return name.startswith(f"{ROOT}.") or name == EVENT_FEATURE_FLAG_EVALUATION


_installed: WeakSet[object] = WeakSet()


def install(provider: object) -> bool:
    """Add the conversation processor to a tracer provider, once.

    Returns:
        Whether the provider has it now; False for one that takes no processors.
    """
    add = getattr(provider, "add_span_processor", None)
    if add is None:
        return False
    if provider not in _installed:
        add(ConversationSpanProcessor())
        _installed.add(provider)
    return True
