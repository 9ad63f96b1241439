"""Who is erased in the middle of an outage does not come back with the replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from tests.faults.conftest import send
from tests.support.otlp import attribute, numbered, traces
from tests.support.proxy import Proxy
from tests.support.running import eventually

from turnspan_collector.decode import TRACES
from turnspan_collector.receivers import Intake
from turnspan_exporters.timescale._forget import Asked, forget

USERS = "SELECT DISTINCT user_key FROM _turnspan.span ORDER BY 1"


def of_user(user: str, first: int) -> bytes:
    spans = numbered(3, first)
    for one in spans:
        one.attributes.append(attribute("enduser.pseudo.id", user))
        one.attributes[0].value.string_value = f"conversation of {user}"
    return traces(*spans).SerializeToString()


def test_what_was_spooled_of_an_erased_user_is_left_out(
    intake: Intake,
    proxy: Proxy,
    migrated_dsn: str,
    db: psycopg.Connection[Any],
    tmp_path: Path,
) -> None:
    """And nothing of it stays on the disk; others' rows are stored."""
    gone, stays = "a" * 64, "b" * 64
    send(intake, TRACES, of_user(gone, 0))
    proxy.cut()
    send(intake, TRACES, of_user(gone, 10))
    send(intake, TRACES, of_user(stays, 20))
    [segment] = tmp_path.glob("*.spool")
    assert gone.encode() in segment.read_bytes()
    certificate = forget(migrated_dsn, Asked(gone, False, None, (), ()))
    assert any("spools" in one for one in certificate["not_covered"])
    assert db.execute(USERS).fetchall() == []
    proxy.restore()
    eventually(lambda: db.execute(USERS).fetchall() == [(stays,)])
    eventually(lambda: list(tmp_path.glob("*.spool")) == [])
    assert db.execute(USERS).fetchall() == [(stays,)]
