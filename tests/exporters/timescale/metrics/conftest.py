"""Asking ``turnspan.metric`` in the tests of metrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

Ask = Callable[..., list[Any]]


@pytest.fixture
def ask(db: psycopg.Connection[Any]) -> Ask:
    """``ask(name, start, end, bucket, by, filters, **options)`` gives rows."""

    def asked(
        name: str,
        start: object,
        end: object,
        bucket: str | None = None,
        by: tuple[str, ...] = (),
        filters: dict[str, Any] | None = None,
        **options: Any,
    ) -> list[Any]:
        return db.execute(
            "SELECT * FROM turnspan.metric(%s, %s, %s, %s, %s, %s, %s)",
            (
                name,
                start,
                end,
                bucket,
                list(by),
                json.dumps(filters or {}),
                json.dumps(options),
            ),
        ).fetchall()

    return asked
