"""The migrator: at the newest from anywhere, once, by anyone, or a clear sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo
from tests.support.freeze import FROZEN, freeze, now, releases
from tests.support.postgres import Databases
from tests.support.running import eventually

from turnspan_exporters.errors import Incompatible, Permanent, Retryable, SchemaNewer
from turnspan_exporters.timescale import _migrate, is_timescale, migrate
from turnspan_exporters.timescale._scripts import SCHEMA, reworded, scripts

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


def test_a_lock_is_waited_for_in_turns(
    migrated_dsn: str,
    schema: Path,
    db: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who writes goes on between them, and the file is applied once there is room."""
    monkeypatch.setattr(_migrate, "_LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(_migrate, "_LOCK_AGAIN_S", 0.05)
    (schema / "once/9999_later.sql").write_text(
        "ALTER TABLE _turnspan.dead_letter ADD COLUMN later text;"
    )
    tries: list[str] = []
    locked = _migrate._migrate_locked

    def counted(dsn: str, root: Traversable) -> list[str]:
        tries.append(dsn)
        return locked(dsn, root)

    monkeypatch.setattr(_migrate, "_migrate_locked", counted)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(migrated_dsn) as holder:
        holder.execute("LOCK TABLE _turnspan.dead_letter IN ROW EXCLUSIVE MODE")
        done = pool.submit(migrate, migrated_dsn, schema=schema)
        eventually(lambda: len(tries) >= 3)
        db.execute("INSERT INTO _turnspan.dead_letter (received_at, signal, reason, "
                   "payload) VALUES (now(), 'span', 'none', '{}')")  # fmt: skip
        assert not done.done()
        holder.rollback()
        assert done.result(20) == ["once/9999_later.sql"]


def test_a_lock_that_is_not_to_be_had_is_said(
    migrated_dsn: str, schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the file that needs it, and where to look."""
    monkeypatch.setattr(_migrate, "_LOCK_TIMEOUT_MS", 20)
    monkeypatch.setattr(_migrate, "_LOCKS_TRIED_S", 0.0)
    (schema / "once/9999_later.sql").write_text(
        "ALTER TABLE _turnspan.dead_letter ADD COLUMN later text;"
    )
    with psycopg.connect(migrated_dsn) as holder:
        holder.execute("LOCK TABLE _turnspan.dead_letter IN ROW EXCLUSIVE MODE")
        with pytest.raises(Retryable, match=r"9999_later\.sql.*pg_stat_activity"):
            migrate(migrated_dsn, schema=schema)


def test_an_index_that_was_cut_off_is_made_again(
    migrated_dsn: str, schema: Path, db: psycopg.Connection[Any]
) -> None:
    """One that is not valid is not taken for one that is there."""
    db.execute("CREATE TABLE _turnspan.a AS SELECT 1 AS x FROM generate_series(1, 2)")
    later = schema / "once/9999_later.sql"
    later.write_text(
        "-- no-transaction\n"
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_x ON _turnspan.a (x);\n"
    )
    with pytest.raises(Permanent, match="could not create unique index"):
        migrate(migrated_dsn, schema=schema)
    db.execute("DELETE FROM _turnspan.a WHERE ctid = (SELECT min(ctid) FROM "
               "_turnspan.a)")  # fmt: skip
    assert migrate(migrated_dsn, schema=schema) == ["once/9999_later.sql"]
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = '_turnspan.a_x'"
    assert db.execute(f"{valid}::regclass").fetchall() == [(True,)]


def test_a_newer_schema_is_refused(migrated_dsn: str, schema: Path) -> None:
    """A program that is older than the schema says which file it does not know."""
    (schema / "once/9999_future.sql").write_text("CREATE TABLE _turnspan.future ();")
    assert migrate(migrated_dsn, schema=schema) == ["once/9999_future.sql"]
    with pytest.raises(SchemaNewer, match=r"newer than this program.*9999_future"):
        migrate(migrated_dsn)


def test_a_changed_migration_is_refused(migrated_dsn: str, schema: Path) -> None:
    """What was applied is never applied in another wording."""
    raw = schema / "once/0001_raw.sql"
    raw.write_text(raw.read_text() + "\n-- changed\n")
    with pytest.raises(
        Incompatible, match=r"0001_raw\.sql was applied with other.*Go on with the"
    ):
        migrate(migrated_dsn, schema=schema)


def test_what_says_the_same_in_other_words_is_applied(
    migrated_dsn: str, schema: Path
) -> None:
    """A file that was reworded, or moved, is known by what it was before."""
    raw, derived = schema / "once/0001_raw.sql", schema / "once/0002_derived.sql"
    before = {
        f"once/{one.name}": {hashlib.sha256(one.read_bytes()).hexdigest(): now}
        for one, now in ((raw, raw.name), (derived, "0009_derived.sql"))
    }
    (schema / "reworded.json").write_text(json.dumps(before))
    raw.write_text(raw.read_text() + "\n-- changed\n")
    derived.rename(derived.with_name("0009_derived.sql"))
    assert migrate(migrated_dsn, schema=schema) == []


def test_reworded_files_lead_to_files() -> None:
    """What was reworded has another digest than its file has now."""
    for name, former in reworded(SCHEMA).items():
        for sha256, base in former.items():
            [*files] = SHIPPED.glob(f"**/once/{base}")
            assert files, f"{name} leads to {base}, which is not there"
            assert (SHIPPED / name) not in files or sha256 != hashlib.sha256(
                (SHIPPED / name).read_bytes()
            ).hexdigest(), f"{name} says what it said"


def test_released_files_are_frozen() -> None:
    """A file that a release shipped has the contents it had then, or says so."""
    frozen = json.loads(FROZEN.read_text("utf-8"))
    files = [one for files in frozen.values() for one in files.items()]
    changed = {
        name
        for name, sha256 in files
        if sha256 not in reworded(SCHEMA).get(name, {})
        and (name not in now() or now()[name].sha256 != sha256)
    }
    assert changed == set()


def test_every_release_is_frozen() -> None:
    """``python -m tests.support.freeze VERSION`` enters one."""
    assert set(json.loads(FROZEN.read_text("utf-8"))) == releases()
    assert releases("## Unreleased\n## [0.2.0] - 2026\n## 0.1.0\n") == {
        "0.1.0",
        "0.2.0",
    }


def test_a_release_freezes_what_no_earlier_one_did() -> None:
    """All at the first, and at a later one what came since."""
    first = freeze("0.1.0", {})
    assert first == {name: one.sha256 for name, one in now().items()}
    old = dict(sorted(first.items())[:3])
    later = freeze("0.2.0", {"0.1.0": old})
    assert old | later == first
    assert not old.keys() & later.keys()


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
