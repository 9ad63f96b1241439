"""Fixtures that every suite shares: a database per test, on either kind of server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.support.demo import demo_collector  # noqa: F401 - a fixture
from tests.support.postgres import Databases, EmbeddedServer, embedded_server

from turnspan_exporters.timescale import is_timescale, migrate

_SERVER = "TURNSPAN_TEST_DSN"


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedServer | None]:
    """The run's own server, or ``None`` when TURNSPAN_TEST_DSN names another."""
    if os.environ.get(_SERVER):
        yield None
        return
    with embedded_server() as server:
        yield server


@pytest.fixture(scope="session")
def databases(embedded: EmbeddedServer | None) -> Iterator[Databases]:
    """Makes and drops databases on the server under test."""
    made = Databases(os.environ[_SERVER] if embedded is None else embedded.dsn)
    yield made
    made.drop_all()


@pytest.fixture(scope="session")
def template_dsn(databases: Databases) -> str:
    """A migrated database to copy; nobody can connect to it."""
    return databases.template(migrate)


@pytest.fixture
def dsn(databases: Databases) -> Iterator[str]:
    """An empty database of the test's own."""
    made = databases.create()
    yield made
    databases.drop(made)


@pytest.fixture
def migrated_dsn(databases: Databases, template_dsn: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    made = databases.create(template_dsn)
    yield made
    databases.drop(made)


@pytest.fixture
def db(migrated_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to ``migrated_dsn``, in autocommit and UTC."""
    with psycopg.connect(
        migrated_dsn, autocommit=True, options="-c timezone=UTC"
    ) as connection:
        yield connection


@pytest.fixture
def timescale(db: psycopg.Connection[Any]) -> None:
    """Skip a test that needs TimescaleDB where there is none."""
    if not is_timescale(db):
        pytest.skip(f"needs TimescaleDB; {_SERVER} names a server that has it")
