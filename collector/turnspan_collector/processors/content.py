"""Text of conversations, which other instrumentations may send, is not stored."""

from __future__ import annotations

import re
from functools import lru_cache

from turnspan import conventions as names
from turnspan_collector.processors.attributes import remove
from turnspan_exporters.records import Batch

__all__ = ["drop_content"]

# Spellings of OpenTelemetry GenAI (all its ages), OpenInference, Traceloop, Logfire,
# and our own opt-in attributes.
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
    rf"|{re.escape(names.MESSAGE_TEXT)}|{re.escape(names.FEEDBACK_COMMENT)}"
)
# Log records whose body is the text: gen_ai.user.message, gen_ai.choice, …
BODY_EVENTS = "gen_ai."
OWN_EVENTS = f"{names.ROOT}."


@lru_cache(maxsize=4096)
def _is_content(key: str) -> bool:
    return CONTENT.fullmatch(key) is not None


def drop_content(batch: Batch) -> Batch:
    """Without the attributes and bodies that are known to hold text."""
    remove(batch, _is_content)
    events = batch.events
    for at, name in enumerate(events.name):
        if name.startswith((BODY_EVENTS, OWN_EVENTS)):
            events.body[at] = None
    return batch
