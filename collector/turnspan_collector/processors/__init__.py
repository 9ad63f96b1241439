"""What is changed between decoding and storing: plain functions from batch to batch."""

from turnspan_collector.processors.build import build
from turnspan_collector.processors.content import drop_content, keep_content
from turnspan_collector.processors.network import drop_queries
from turnspan_collector.processors.users import drop_users, pseudonymise_users

__all__ = [
    "build",
    "drop_content",
    "drop_queries",
    "drop_users",
    "keep_content",
    "pseudonymise_users",
]
