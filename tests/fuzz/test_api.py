"""The HTTP API under schemathesis: whatever its OpenAPI allows, it answers in kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from turnspan_collector.api import create_app
from turnspan_exporters.timescale.reader import Reader

EXAMPLES = int(os.environ.get("TURNSPAN_FUZZ_API_EXAMPLES", "8"))


CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture
def operations(migrated_dsn: str) -> Iterator[list[Any]]:
    """What the application's own schema offers, on an empty database."""
    reader = Reader(migrated_dsn)
    app = create_app(reader)
    with reader:
        schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
        found: list[Any] = [*schema.get_all_operations()]
        yield [one.ok() for one in found]


def test_no_request_is_a_server_error(operations: list[Any]) -> None:
    """And every answer is what the schema says."""
    assert len(operations) > 5
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        check()
