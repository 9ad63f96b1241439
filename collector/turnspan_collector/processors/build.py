"""The processors that the settings ask for."""

from __future__ import annotations

import functools
from collections.abc import Callable

from turnspan_collector.config import Privacy
from turnspan_collector.processors.content import drop_content, keep_content
from turnspan_collector.processors.network import drop_queries
from turnspan_collector.processors.users import drop_users, pseudonymise_users
from turnspan_exporters.records import Batch

__all__ = ["build"]


def build(privacy: Privacy) -> list[Callable[[Batch], Batch]]:
    """In the order in which they run."""
    content: Callable[[Batch], Batch] = drop_content
    if privacy.content == "on":
        content = functools.partial(keep_content, bytes_max=privacy.content_bytes_max)
    made = [content, drop_queries]
    if privacy.user_ids == "pseudonymise":
        secret = privacy.user_key.encode()
        made.append(functools.partial(pseudonymise_users, secret=secret))
    if privacy.user_ids != "keep":
        made.append(drop_users)
    return made
