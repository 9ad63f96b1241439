"""The database that random scripts are played to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.reference.playing import prepared
from tests.support.postgres import Databases


@pytest.fixture(scope="module")
def store(databases: Databases, template_dsn: str) -> Iterator[str]:
    """One database for all examples, which empty it themselves."""
    made = databases.create(template_dsn)
    prepared(made)
    yield made
    databases.drop(made)
