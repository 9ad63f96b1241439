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
    """Stamps the conversation's id on spans that other instrumentations start."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Set gen_ai.conversation.id where a conversation is in progress."""
        conversation = _context.current(parent_context).common.get(
            GEN_AI_CONVERSATION_ID
        )
        if conversation is None or GEN_AI_CONVERSATION_ID in (span.attributes or {}):
            return
        span.set_attribute(GEN_AI_CONVERSATION_ID, conversation)


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
