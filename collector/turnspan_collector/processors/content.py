"""Text of conversations, whoever sends it: dropped, or kept apart from its record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from turnspan import conventions as names
from turnspan_collector.decode.values import digest
from turnspan_collector.processors.attributes import remove
from turnspan_exporters.records import Batch, Events, Spans

__all__ = ["BODY_EVENTS", "OWN_EVENTS", "drop_content", "is_content", "keep_content"]

Found = tuple[str, Any]

# Spellings of OpenTelemetry GenAI (all its ages), OpenInference, Traceloop, Logfire;
# our own opt-in attributes are the registry's.
CONTENT = re.compile(
    r"gen_ai\.(\w+\.)*(messages|system_instructions|prompt|completion|content)(\..*)?"
    r"|gen_ai\.(prompt|completion|choice)(\..*)?"
    r"|gen_ai\.tool\.(call\.)?(arguments|result|message|definitions)"
    r"|gen_ai\.(event\.content|response\.text|request\.messages)"
    r"|llm\.(input_messages|output_messages|prompts|completions|prompt_template)(\..*)?"
    r"|llm\.(function_call|invocation_parameters|tools)(\..*)?"
    r"|(input|output)\.value"
    r"|(tool|embedding|retrieval|reranker|document)\.(.*\.)?"
    r"(parameters|json_schema|text|content|documents|query|input_documents"
    r"|output_documents|embeddings)(\..*)?"
    r"|traceloop\.entity\.(input|output)|traceloop\.prompt\.template_variables(\..*)?"
    r"|(all_messages_events|request_data|response_data|prompt|final_result)"
)
# Log records whose body is the text: gen_ai.user.message, gen_ai.choice, …
BODY_EVENTS = "gen_ai."
OWN_EVENTS = f"{names.ROOT}."
BODY: Final = "body"
"""What a text is filed under that was a body."""
CUT: Final = " [cut]"
ATTRIBUTE_BYTES_MAX: Final = 256
SHARED: Final = (
    "time_flags",
    "bot",
    "conversation_id",
    "turn_id",
    "trace_id",
    "span_id",
)


@lru_cache(maxsize=4096)
def is_content(key: str) -> bool:
    """Whether an attribute of this name holds text of a conversation."""
    return key in names.CONTENT_ATTRIBUTES or CONTENT.fullmatch(key) is not None


def drop_content(batch: Batch) -> Batch:
    """Without the attributes and bodies that are known to hold text."""
    remove(batch, is_content)
    events = batch.events
    for at, name in enumerate(events.name):
        if name.startswith((BODY_EVENTS, OWN_EVENTS)):
            events.body[at] = None
    return batch


def keep_content(batch: Batch, *, bytes_max: int) -> Batch:
    """With the text of spans and events in ``batch.texts``, and nowhere else.

    A longer text than ``bytes_max`` bytes of UTF-8 is cut and says so at its end; what
    is no text is written as JSON. Metric points lose theirs: nobody said them.
    """
    for at in range(len(batch.spans)):
        _file(batch, batch.spans, at, _of_span(batch.spans, at), bytes_max)
    for at in range(len(batch.events)):
        _file(batch, batch.events, at, _of_event(batch.events, at), bytes_max)
    return drop_content(batch)


def _of_span(spans: Spans, at: int) -> Iterator[Found]:
    """Its texts, but for those of events that are rows of their own."""
    yield from _of_attributes(spans.attributes[at])
    for event in spans.events[at] or ():
        attributes = event["attributes"]
        if not event["name"].startswith(OWN_EVENTS) and (
            names.LOG_RECORD_UID not in attributes
        ):
            yield from _of_attributes(attributes)
    for link in spans.links[at] or ():
        yield from _of_attributes(link["attributes"])


def _of_event(events: Events, at: int) -> Iterator[Found]:
    yield from _of_attributes(events.attributes[at])
    if events.name[at].startswith((BODY_EVENTS, OWN_EVENTS)):
        yield BODY, events.body[at]


def _of_attributes(attributes: Mapping[str, Any] | None) -> Iterator[Found]:
    return (one for one in (attributes or {}).items() if is_content(one[0]))


def _file(
    batch: Batch,
    columns: Spans | Events,
    at: int,
    found: Iterable[Found],
    bytes_max: int,
) -> None:
    """Append the texts that were found in one record."""
    key, time_ns, uid = _record(columns, at)
    texts = batch.texts
    ordinals: Counter[str] = Counter()
    for attribute, value in found:
        text = value if isinstance(value, str) else _json(value)
        if not text:
            continue
        texts.id.append(digest(*key, [attribute, ordinals[attribute]]))
        ordinals[attribute] += 1
        texts.attribute.append(_cut(attribute, ATTRIBUTE_BYTES_MAX))
        texts.text.append(_cut(text, bytes_max))
        texts.time_ns.append(time_ns)
        texts.uid.append(uid)
        for shared in SHARED:
            getattr(texts, shared).append(getattr(columns, shared)[at])


def _record(
    columns: Spans | Events, at: int
) -> tuple[tuple[Any, ...], int, bytes | None]:
    """What identifies a record, its time, and its uid if it is an event."""
    if isinstance(columns, Events):
        uid = columns.uid[at]
        return (uid,), columns.time_ns[at], uid
    key = (columns.trace_id[at], [columns.span_id[at]])
    return key, columns.start_ns[at], None


def _json(value: Any) -> str:
    return "" if value in (None, [], {}) else orjson.dumps(value).decode()


def _cut(text: str, bytes_max: int) -> str:
    if len(text) <= bytes_max // 4:
        return text
    encoded = text.encode()
    if len(encoded) <= bytes_max:
        return text
    return encoded[: bytes_max - len(CUT)].decode(errors="ignore") + CUT
