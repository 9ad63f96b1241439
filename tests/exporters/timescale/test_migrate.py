"""The migrator: at the newest from anywhere, once, by anyone, or a clear sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo
from tests.support.postgres import Databases

from turnspan_exporters.errors import Permanent, Retryable
from turnspan_exporters.timescale import _migrate, is_timescale, migrate
from turnspan_exporters.timescale._scripts import SCHEMA, scripts

SHIPPED = Path(str(SCHEMA))


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """A copy of the shipped schema that a test may change."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "schema"))


@pytest.fixture
def stranger(databases: Databases, dsn: str) -> Iterator[str]:
    """The DSN of a role without any right in the database."""
    role = "turnspan_stranger"
    connection: psycopg.Connection[Any]
    with psycopg.connect(databases.dsn, autocommit=True) as connection:
        may = connection.execute(
            "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = user"
        ).fetchone()
        if may != (True,):
            pytest.skip("the server's role may not create roles")
        connection.execute(f"DROP ROLE IF EXISTS {role}")
        connection.execute(f"CREATE ROLE {role} LOGIN")
        yield conninfo.make_conninfo(dsn, user=role)
        with psycopg.connect(dsn, autocommit=True) as inside:
            inside.execute(f"DROP OWNED BY {role}")
        connection.execute(f"DROP ROLE {role}")


def test_a_second_migration_has_nothing_to_do(dsn: str) -> None:
    """Everything is applied once; the next call finds it all there."""
    first = migrate(dsn)
    assert first[:2] == ["once/0001_raw.sql", "once/0002_derived.sql"]
    assert migrate(dsn) == []


def test_many_migrations_at_once_apply_each_file_once(dsn: str) -> None:
    """Processes that start together do not disturb one another."""
    with ThreadPoolExecutor(4) as pool:
        applied = [one for names in pool.map(migrate, [dsn] * 4) for one in names]
    assert len(applied) == len(set(applied)) > 0


@pytest.mark.parametrize(("deadlocks", "ends_well"), [(1, True), (3, True), (4, False)])
def test_a_deadlock_with_a_worker_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, deadlocks: int, ends_well: bool
) -> None:
    """A few times; what a deadlock took back is applied by the next attempt."""
    left = [deadlocks]

    def locked(dsn: str, schema: object) -> list[str]:
        if left[0]:
            left[0] -= 1
            raise Retryable("in the way") from psycopg.errors.DeadlockDetected()
        return [dsn]

    monkeypatch.setattr(_migrate, "_migrate_locked", locked)
    if ends_well:
        assert migrate("a dsn") == ["a dsn"]
    else:
        with pytest.raises(Retryable):
            migrate("a dsn")
    assert left == [0]


def test_a_newer_schema_is_refused(migrated_dsn: str, schema: Path) -> None:
    """A program that is older than the schema says which file it does not know."""
    (schema / "once/9999_future.sql").write_text("CREATE TABLE _turnspan.future ();")
    assert migrate(migrated_dsn, schema=schema) == ["once/9999_future.sql"]
    with pytest.raises(Permanent, match=r"newer than this program.*9999_future"):
        migrate(migrated_dsn)


def test_a_changed_migration_is_refused(migrated_dsn: str, schema: Path) -> None:
    """What was applied is never applied in another wording."""
    raw = schema / "once/0001_raw.sql"
    raw.write_text(raw.read_text() + "\n-- changed\n")
    with pytest.raises(Permanent, match=r"0001_raw\.sql was applied with other"):
        migrate(migrated_dsn, schema=schema)


def test_released_files_are_frozen() -> None:
    """A file that a release shipped has the contents it had then."""
    frozen = json.loads((SHIPPED / "frozen.json").read_text())
    now = {
        name: hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest()
        for name in frozen
    }
    assert now == frozen


def test_numbers_of_migrations_are_unique() -> None:
    """The files of both folders of a mode have one order, by number."""
    for mode in ("timescale", "plain"):
        numbers = [one.order[0][:4] for one in scripts(SCHEMA, "once", mode)]
        assert all(number.isdigit() for number in numbers)
        assert len(set(numbers)) == len(numbers)


def test_a_missing_right_names_the_grant(stranger: str) -> None:
    """A role that may not create schemas is told what to grant."""
    with pytest.raises(Permanent, match=r'GRANT CREATE ON DATABASE "turnspan_t_'):
        migrate(stranger)


def test_an_old_server_is_refused(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server below the minimum is named with its version."""
    monkeypatch.setattr(
        "turnspan_exporters.timescale._connection.SERVER_VERSION_MIN", 99
    )
    with pytest.raises(Permanent, match="needs 99 or newer"):
        migrate(dsn)


def test_statements_that_refuse_a_transaction_run_alone(
    migrated_dsn: str, schema: Path, db: psycopg.Connection[Any]
) -> None:
    """A file that says so is run statement by statement in autocommit."""
    (schema / "once/9000_vacuum.sql").write_text(
        "-- no-transaction\nCREATE TABLE _turnspan.a (x int);\nVACUUM _turnspan.a;\n"
    )
    assert migrate(migrated_dsn, schema=schema) == ["once/9000_vacuum.sql"]
    row = db.execute("SELECT to_regclass('_turnspan.a') IS NOT NULL").fetchone()
    assert row == (True,)


def test_a_changed_view_keeps_its_grants(migrated_dsn: str, schema: Path) -> None:
    """A view whose columns changed is made anew, and readers may still read it."""
    view = schema / "always/199_probe.sql"
    view.write_text("CREATE OR REPLACE VIEW turnspan.probe AS SELECT 1 AS a, 2 AS b;")
    migrate(migrated_dsn, schema=schema)
    with psycopg.connect(migrated_dsn, autocommit=True) as connection:
        connection.execute("GRANT SELECT ON turnspan.probe TO PUBLIC")
        view.write_text("CREATE OR REPLACE VIEW turnspan.probe AS SELECT 3 AS b;")
        assert "always/199_probe.sql" in migrate(migrated_dsn, schema=schema)
        assert connection.execute("SELECT * FROM turnspan.probe").fetchall() == [(3,)]
        granted = connection.execute(
            "SELECT relacl::text LIKE '%%=r/%%' FROM pg_class "
            "WHERE oid = 'turnspan.probe'::regclass"
        ).fetchone()
    assert granted == (True,)


_OLD = (
    "CREATE OR REPLACE FUNCTION turnspan.probe(a integer) RETURNS integer "
    "LANGUAGE sql RETURN a;"
)
_NEW = _OLD.replace("a integer", "a integer, b integer DEFAULT 1").replace(
    "RETURN a;", "RETURN a + b;"
)
_CALLER = (
    "CREATE OR REPLACE FUNCTION turnspan.probed() RETURNS integer "
    "LANGUAGE sql AS 'SELECT turnspan.probe(1)';"
)


@pytest.mark.parametrize("caller", [_CALLER, ""], ids=["called by ours", "alone"])
def test_a_function_with_other_arguments_replaces_the_old_one(
    migrated_dsn: str, schema: Path, db: psycopg.Connection[Any], caller: str
) -> None:
    """Its old form would make calls ambiguous; grants on what stays are kept."""
    function = schema / "always/198_probe.sql"
    function.write_text(_OLD)
    if caller:
        (schema / "always/199_probed.sql").write_text(caller)
    migrate(migrated_dsn, schema=schema)
    db.execute("GRANT SELECT ON turnspan.turns TO PUBLIC")
    function.write_text(_NEW)
    assert "always/198_probe.sql" in migrate(migrated_dsn, schema=schema)
    assert db.execute("SELECT turnspan.probe(1)").fetchall() == [(2,)]
    forms = "SELECT count(*) FROM pg_proc WHERE proname = 'probe'"
    assert db.execute(forms).fetchone() == (1,)
    granted = db.execute(
        "SELECT relacl::text LIKE '%%=r/%%' FROM pg_class "
        "WHERE oid = 'turnspan.turns'::regclass"
    ).fetchone()
    assert granted == (True,)


def test_what_is_no_longer_shipped_goes(
    migrated_dsn: str, schema: Path, db: psycopg.Connection[Any]
) -> None:
    """A function of ours without its file is dropped; one of the user's own stays."""
    (schema / "always/198_probe.sql").write_text(_OLD)
    migrate(migrated_dsn, schema=schema)
    db.execute(_OLD.replace("probe", "own"))
    (schema / "always/198_probe.sql").write_text("SELECT 1;")
    migrate(migrated_dsn, schema=schema)
    left = "SELECT proname FROM pg_proc WHERE proname IN ('probe', 'own')"
    assert db.execute(left).fetchall() == [("own",)]


def test_a_view_of_the_users_own_is_never_dropped(
    migrated_dsn: str, schema: Path
) -> None:
    """When a changed view carries someone else's, the migration says so and stops."""
    view = schema / "always/199_probe.sql"
    view.write_text("CREATE OR REPLACE VIEW turnspan.probe AS SELECT 1 AS a, 2 AS b;")
    migrate(migrated_dsn, schema=schema)
    with psycopg.connect(migrated_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA mine")
        connection.execute("CREATE VIEW mine.own AS SELECT a FROM turnspan.probe")
        view.write_text("CREATE OR REPLACE VIEW turnspan.probe AS SELECT 3 AS b;")
        with pytest.raises(Permanent, match=r"turnspan\.probe must be made anew"):
            migrate(migrated_dsn, schema=schema)
        assert connection.execute("SELECT * FROM mine.own").fetchall() == [(1,)]


def test_a_plain_installation_stays_plain(
    dsn: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The mode is chosen once; an extension that comes later changes nothing."""
    monkeypatch.setattr(_migrate, "_has_extension", lambda _: False)
    monkeypatch.setattr(_migrate, "_create_extension", lambda _: False)
    migrate(dsn)
    monkeypatch.setattr(_migrate, "_has_extension", lambda _: True)
    assert migrate(dsn) == []
    assert "stay plain" in caplog.text
    with psycopg.connect(dsn, autocommit=True) as connection:
        assert not is_timescale(connection)
