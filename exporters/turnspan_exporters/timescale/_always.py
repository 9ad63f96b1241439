"""Replace views and functions: in place where it goes, else drop and create.

``CREATE OR REPLACE`` keeps grants and the views that people built on ours. When the
columns of a view or the result of a function changed, PostgreSQL refuses it: then all
of ours are dropped and created again, with the grants they had. The same holds where a
function with other arguments stands beside its old form, and calls are ambiguous. What
no file makes any more, such as that old form, is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import errors as pg
from psycopg import sql

from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale._connection import Connection, to_error
from turnspan_exporters.timescale._scripts import Script

__all__ = ["replace"]

_OBJECTS = """
    SELECT 'view', c.oid::regclass::text, r.ctid::text
    FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
    WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text = ANY (%(schemas)s)
    UNION ALL
    SELECT 'routine', p.oid::regprocedure::text, p.ctid::text
    FROM pg_proc p
    WHERE p.pronamespace::regnamespace::text = ANY (%(schemas)s)
"""
_SCHEMAS = {"schemas": ["_turnspan", "turnspan"]}

_GRANTS = """
    SELECT format('GRANT %%s ON %%s %%s TO %%s', a.privilege_type, o.kind, o.identity,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM (
        SELECT 'TABLE' AS kind, oid::regclass::text AS identity, relacl AS acl, relowner
        FROM pg_class
        WHERE relkind = 'v' AND relnamespace::regnamespace::text = ANY (%(schemas)s)
        UNION ALL
        SELECT 'ROUTINE', oid::regprocedure::text, proacl, proowner
        FROM pg_proc
        WHERE pronamespace::regnamespace::text = ANY (%(schemas)s)
    ) o, aclexplode(o.acl) a
    WHERE a.grantee <> o.relowner
"""

_CHANGED_SHAPE = (
    pg.InvalidTableDefinition,
    pg.InvalidFunctionDefinition,
    pg.AmbiguousFunction,
)

_Object = tuple[str, str]


def replace(connection: Connection, always: Sequence[Script]) -> None:
    """Run ``always`` within the caller's transaction and remember what they made."""
    before = _objects(connection)
    try:
        with connection.transaction():
            _run(connection, always)
    except _CHANGED_SHAPE:
        grants = [row[0] for row in connection.execute(_GRANTS, _SCHEMAS).fetchall()]
        _drop(connection)
        before = _objects(connection)
        _run(connection, always)
        _grant_again(connection, grants)
    after = _objects(connection)
    _drop_left(connection, {one for one in before if before[one] == after.get(one)})
    connection.cursor().executemany(
        "INSERT INTO _turnspan.always_object (kind, identity) VALUES (%s, %s) "
        "ON CONFLICT DO NOTHING",
        sorted(after.keys() - before.keys()),
    )


def _objects(connection: Connection) -> dict[_Object, str]:
    """What there is, with its place in the catalogue, which a replacement changes."""
    rows = connection.execute(_OBJECTS, _SCHEMAS)
    return {(kind, name): place for kind, name, place in rows}


def _run(connection: Connection, always: Sequence[Script]) -> None:
    for script in always:
        try:
            connection.execute(sql.SQL(script.text))
        except _CHANGED_SHAPE:
            raise
        except psycopg.Error as error:
            raise to_error(error, f"applying {script.name}") from error


def _drop(connection: Connection) -> None:
    """Drop ours in whatever order their dependencies allow."""
    rows = connection.execute(
        "DELETE FROM _turnspan.always_object RETURNING kind, identity"
    ).fetchall()
    if stuck := _stuck(connection, sorted(rows)):
        raise Permanent(
            f"{stuck[0][1]} must be made anew, and a view of yours stands on it: "
            "drop yours, migrate, and create it again."
        )


def _drop_left(connection: Connection, untouched: set[_Object]) -> None:
    """Drop of ours what was not made again, unless something stands on it."""
    ours = connection.execute(
        "SELECT kind, identity FROM _turnspan.always_object"
    ).fetchall()
    left = sorted(untouched.intersection(ours))
    gone = sorted(set(left).difference(_stuck(connection, left)))
    connection.cursor().executemany(
        "DELETE FROM _turnspan.always_object WHERE (kind, identity) = (%s, %s)", gone
    )


def _stuck(connection: Connection, left: list[_Object]) -> list[_Object]:
    """Drop these in any order; those on which something else stands."""
    while left:
        stuck = [one for one in left if not _dropped(connection, *one)]
        if len(stuck) == len(left):
            break
        left = stuck
    return left


def _dropped(connection: Connection, kind: str, identity: str) -> bool:
    statement = f"DROP {kind.upper()} IF EXISTS {identity}"
    try:
        with connection.transaction():
            connection.execute(sql.SQL(statement))
    except pg.DependentObjectsStillExist:
        return False
    return True


def _grant_again(connection: Connection, grants: Sequence[str]) -> None:
    for grant in grants:
        try:
            with connection.transaction():
                connection.execute(sql.SQL(grant))
        except (pg.UndefinedTable, pg.UndefinedFunction):
            continue  # what it was granted on is no more
