"""Bring a database's schema to this program's version, under an advisory lock."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from importlib.resources.abc import Traversable

import psycopg
from psycopg import errors as pg
from psycopg import sql

from turnspan_exporters.errors import (
    Forbidden,
    Incompatible,
    Retryable,
    SchemaNewer,
)
from turnspan_exporters.timescale import _always
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    one_row,
    sorted_errors,
)
from turnspan_exporters.timescale._scripts import SCHEMA, Script, reworded, scripts
from turnspan_exporters.timescale.settings import defaults

__all__ = ["migrate", "missing"]

NO_TRANSACTION = "-- no-transaction"
"""First line of a file whose statements may not run in a transaction, one a time."""

_LOCK = 0x7475726E  # "turn"
_LOCK_POLL_S = 0.05
_LOCK_TIMEOUT_MS = 2000
"""Whoever writes queues behind a lock that is waited for, so that it is given up.

Longer than the server's deadlock_timeout, after which an autovacuum makes room.
"""
_LOCK_AGAIN_S = 1.0
_LOCKS_TRIED_S = 600.0
_DEADLOCKS_MAX = 3
_log = logging.getLogger("turnspan.migrate")


def migrate(dsn: str, *, schema: Traversable = SCHEMA) -> list[str]:
    """Apply what is missing and return the names of what was applied.

    Safe to call by many processes at once, cheap when there is nothing to do, and made
    to be run while others store. A lock that somebody holds is waited for in short
    turns, between which they go on; a deadlock with whoever derives is tried again.
    Raises ``Forbidden`` when the role lacks a right, ``Incompatible`` when the server
    is too old or the schema another one, ``SchemaNewer`` when it is newer than the
    program, ``Retryable`` when the server is away or a lock is not to be had.
    """
    ends = time.monotonic() + _LOCKS_TRIED_S
    deadlocks = 0
    while True:
        try:
            return _migrate_locked(dsn, schema)
        except Retryable as error:
            match error.__cause__:
                case pg.DeadlockDetected() if deadlocks < _DEADLOCKS_MAX:
                    deadlocks += 1
                    _log.info("a worker was in the way of the migration: trying again")
                case pg.LockNotAvailable() if time.monotonic() < ends:
                    _log.info("others hold a lock: trying again (%s)", error)
                    time.sleep(_LOCK_AGAIN_S)
                case pg.LockNotAvailable():
                    raise Retryable(
                        f"Others held a lock for {_LOCKS_TRIED_S:g} s ({error}): end "
                        "their transactions, which pg_stat_activity lists, and migrate "
                        "again."
                    ) from error
                case _:
                    raise


def _migrate_locked(dsn: str, schema: Traversable) -> list[str]:
    with (
        connect(dsn, name="turnspan migrate") as connection,
        sorted_errors("migrating the schema"),
    ):
        _wait_for_lock(connection)
        _set_lock_timeout(connection, _LOCK_TIMEOUT_MS)
        try:
            return _migrate(connection, schema)
        finally:
            if not connection.closed:
                connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _wait_for_lock(connection: Connection) -> None:
    """Wait between statements: one that waits would hold up CREATE INDEX CONCURRENTLY.

    That waits for every statement that is running, so that both would wait for ever.
    """
    while one_row(
        connection, sql.SQL("SELECT pg_try_advisory_lock(%(lock)s)"), {"lock": _LOCK}
    ) != (True,):
        time.sleep(_LOCK_POLL_S)


def _set_lock_timeout(connection: Connection, milliseconds: int) -> None:
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false)", (str(milliseconds),)
    )


def missing(connection: Connection, *, schema: Traversable = SCHEMA) -> list[str]:
    """The names of what ``migrate`` would apply once; raises what it would raise."""
    row = connection.execute("SELECT mode FROM _turnspan.installation").fetchone()
    mode = str(row[0]) if row else "plain"
    todo = _outstanding(connection, scripts(schema, "once", mode), reworded(schema))
    return [script.name for script in todo]


def _migrate(connection: Connection, root: Traversable) -> list[str]:
    mode = _prepare(connection, root)
    _set_search_path(connection, mode)
    once = scripts(root, "once", mode)
    todo = _outstanding(connection, once, reworded(root))
    for script in todo:
        with _said(f"applying {script.name}"):
            _apply_once(connection, script)
    with _said("replacing views and functions"):
        replaced = _replace(connection, scripts(root, "always", mode))
    return [script.name for script in todo] + replaced


@contextmanager
def _said(doing: str) -> Iterator[None]:
    """Say what took how long, and of a failure what was being done."""
    began = time.monotonic()
    with sorted_errors(doing):
        yield
    _log.debug("%s took %.2f s", doing, time.monotonic() - began)


def _prepare(connection: Connection, root: Traversable) -> str:
    """Make the schemas and the migrator's own tables; return the mode."""
    if connection.execute(
        "SELECT to_regclass('_turnspan.installation')"
    ).fetchone() == (None,):
        _create_schemas(connection)
        connection.execute(sql.SQL((root / "bootstrap.sql").read_text("utf-8")))
    row = connection.execute("SELECT mode FROM _turnspan.installation").fetchone()
    available = _has_extension(connection)
    if row is None:
        mode = "timescale" if available or _create_extension(connection) else "plain"
        connection.execute(
            "INSERT INTO _turnspan.installation (mode) VALUES (%s)", (mode,)
        )
        return mode
    mode = str(row[0])
    if mode == "plain" and available:
        _log.warning(
            "The database has TimescaleDB now, but its tables were made without: they "
            "stay plain. To change over, migrate a new database and import the data."
        )
    if mode == "timescale" and not available:
        raise Incompatible(
            "The tables are TimescaleDB hypertables and the extension is gone: restore "
            "it with CREATE EXTENSION timescaledb, or use a new database."
        )
    return mode


def _create_schemas(connection: Connection) -> None:
    for name in ("_turnspan", "turnspan"):
        there = connection.execute("SELECT to_regnamespace(%s)", (name,)).fetchone()
        if there != (None,):
            continue
        try:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        except pg.InsufficientPrivilege as error:
            info = connection.info
            raise Forbidden(
                f'Role "{info.user}" may not create schemas in database '
                f'"{info.dbname}": run GRANT CREATE ON DATABASE "{info.dbname}" TO '
                f'"{info.user}"; as its owner.'
            ) from error


def _has_extension(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"
    ).fetchone()
    return row is not None


def _create_extension(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
    ).fetchone()
    if row is None:
        return False
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    except psycopg.Error as error:
        reason = (error.diag.message_primary or type(error).__name__).rstrip(".")
        _log.warning(
            "TimescaleDB is installed on the server but could not be created in this "
            "database (%s): going on with plain tables.",
            reason,
        )
        return False
    return True


def _set_search_path(connection: Connection, mode: str) -> None:
    """Let scripts say time_bucket: TimescaleDB's, or ours in plain mode."""
    home = connection.execute(
        "SELECT extnamespace::regnamespace::text FROM pg_extension "
        "WHERE extname = 'timescaledb'"
    ).fetchone()
    path = home[0] if mode == "timescale" and home else "_turnspan"
    connection.execute("SELECT set_config('search_path', %s, false)", (path,))


def _outstanding(
    connection: Connection,
    once: Sequence[Script],
    former: Mapping[str, Mapping[str, str]],
) -> list[Script]:
    """What is not applied yet, after checking what is.

    ``former``: by name and digest, today's name of what a file said in other words.
    A name without the digest is of a file that was another one.
    """
    rows = connection.execute(
        "SELECT name, sha256, program_version FROM _turnspan.migration "
        "ORDER BY position"
    ).fetchall()
    known = {script.name: script for script in once}
    by_base = {script.base: script.name for script in once}
    applied = set()
    for name, sha256, version in rows:
        base = former.get(name, {}).get(sha256)
        if base in by_base:
            applied.add(by_base[base])
        elif name not in known and name not in former:
            raise SchemaNewer(
                f"The schema is newer than this program ({_version()}): it has "
                f"{name}, applied by turnspan {version}. Install that version or a "
                "newer one."
            )
        elif name not in known or known[name].sha256 != sha256:
            raise Incompatible(
                f"{name} was applied with other contents, by a turnspan {version} "
                f"that was never released: this one ({_version()}) cannot tell what "
                "the tables lack. Go on with the program that made the database, or "
                "give this one a new database (--dsn, --data); the rows stay where "
                "they are."
            )
        applied.add(name)
    return [script for script in once if script.name not in applied]


def _apply_once(connection: Connection, script: Script) -> None:
    if script.text.startswith(NO_TRANSACTION):
        _drop_unfinished(connection)
        # What is made beside the writers may wait for them: it keeps no one waiting.
        _set_lock_timeout(connection, 0)
        for statement in _statements(script.text):
            connection.execute(sql.SQL(statement))
        _set_lock_timeout(connection, _LOCK_TIMEOUT_MS)
        _record(connection, script)
        return
    with connection.transaction():
        connection.execute(sql.SQL(script.text))
        _record(connection, script)


def _drop_unfinished(connection: Connection) -> None:
    """Drop indexes whose making was cut off, so that IF NOT EXISTS makes them again."""
    rows = connection.execute(
        "SELECT i.indexrelid::regclass::text FROM pg_index AS i "
        "JOIN pg_class AS c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND c.relnamespace = '_turnspan'::regnamespace "
        "AND c.relname !~ '_cc(new|old)[0-9]*$'"
    ).fetchall()
    for (name,) in rows:
        _log.info("making %s again, which was cut off", name)
        connection.execute(sql.SQL(f"DROP INDEX IF EXISTS {name}"))


def _record(connection: Connection, script: Script) -> None:
    connection.execute(
        "INSERT INTO _turnspan.migration (name, sha256, program_version) "
        "VALUES (%s, %s, %s)",
        (script.name, script.sha256, _version()),
    )


def _replace(connection: Connection, always: Sequence[Script]) -> list[str]:
    """Write the settings' defaults, then replace views and functions if changed."""
    digest = hashlib.sha256(json.dumps(defaults(), sort_keys=True).encode())
    for script in always:
        digest.update(script.name.encode() + b"\0" + script.text.encode() + b"\0")
    row = connection.execute(
        "SELECT always_sha256 FROM _turnspan.installation"
    ).fetchone()
    if row == (digest.hexdigest(),):
        return []
    with connection.transaction():
        connection.cursor().executemany(
            "INSERT INTO _turnspan.setting_default (name, value) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [(name, json.dumps(value)) for name, value in defaults().items()],
        )
        _always.replace(connection, always)
        connection.execute("SELECT _turnspan.apply_policies()")
        connection.execute(
            "UPDATE _turnspan.installation SET always_sha256 = %s",
            (digest.hexdigest(),),
        )
    return [script.name for script in always]


def _statements(text: str) -> list[str]:
    """The statements of a no-transaction file; each ends with ; at a line's end."""
    parts = [part.strip() for part in text.split(";\n")]
    return [part for part in parts if any(map(_is_code, part.splitlines()))]


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("--")


def _version() -> str:
    return metadata.version("turnspan")
