"""The database goes away, hangs, or is slow: nothing is lost and nothing doubled."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest
from tests.faults.conftest import Measure
from tests.support.proxy import Proxy
from tests.support.running import eventually, running_collector
from tests.support.sender import check_identity, sending
from tests.support.watching import counters, health, keeps_identity, total


@pytest.mark.parametrize("how", ["cut", "hang"])
def test_unreachable(
    how: str, migrated_dsn: str, proxy: Proxy, tmp_path: Path, measure: Measure
) -> None:
    """Requests go on being answered; all is stored once it is back (C50)."""
    with running_collector(tmp_path, dsn=proxy.dsn) as running:
        with sending(running) as senders:
            for one in senders:
                one.wait_for(40)
            getattr(proxy, how)()
            began = time.monotonic()
            eventually(lambda: health(running) == 503)
            assert health(running, "/accepting") == 200
            eventually(
                lambda: time.monotonic() - began >= measure.outage_s,
                2 * measure.outage_s,
            )
            for one in senders:
                one.wait_for(20)
            assert counters(running)["turnspan_spool_requests"] > 0
            proxy.restore()
            for one in senders:
                one.wait_for(40)
        eventually(lambda: health(running) == 200)
        check_identity(migrated_dsn, senders)
        eventually(lambda: counters(running)["turnspan_spool_requests"] == 0)
        if how == "cut":
            assert sum(one.retries for one in senders) == 0
            keeps_identity(running)


def test_poison_that_was_spooled(
    migrated_dsn: str, proxy: Proxy, tmp_path: Path
) -> None:
    """Dead letters count, row by row, and their neighbours are stored (C54)."""
    with psycopg.connect(migrated_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE _turnspan.span ADD CHECK (name <> 'poison')")
    with running_collector(tmp_path, dsn=proxy.dsn) as running:
        with sending(running) as senders:
            for one in senders:
                one.poison(every=31)
                one.wait_for(60)
            proxy.cut()
            for one in senders:
                one.wait_for(60)
            proxy.restore()
        check_identity(migrated_dsn, senders)
        keeps_identity(running)
        dead = counters(running)['turnspan_store_dead_lettered_total{signal="traces"}']
        poisoned = [one.poisoned & one.accepted.spans for one in senders]
        assert dead >= sum(map(len, poisoned)) > 0


def test_slow(
    migrated_dsn: str, proxy: Proxy, tmp_path: Path, measure: Measure
) -> None:
    """Two seconds a commit: clients wait for it, and no more (C36)."""
    with psycopg.connect(migrated_dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(2); RETURN NULL; END $$"
        )
        for table in ("span", "event"):
            connection.execute(
                f"CREATE TRIGGER slow AFTER INSERT ON _turnspan.{table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION public.slow()"
            )
    with running_collector(tmp_path, dsn=proxy.dsn) as running:
        with sending(running, 4) as senders:
            began = time.monotonic()
            eventually(
                lambda: time.monotonic() - began >= measure.slow_s, 2 * measure.slow_s
            )
            assert health(running) == 200
            with psycopg.connect(migrated_dsn, autocommit=True) as connection:
                for table in ("span", "event"):
                    connection.execute(f"DROP TRIGGER slow ON _turnspan.{table}")
            for one in senders:
                one.wait_for(40)
        check_identity(migrated_dsn, senders)
        keeps_identity(running)


def test_slower_than_anybody_waits(
    migrated_dsn: str, proxy: Proxy, tmp_path: Path
) -> None:
    """What a commit keeps waiting is answered from the spool, and not stored twice."""
    flags = ("--spool-after-seconds=1",)
    with running_collector(tmp_path, dsn=proxy.dsn, flags=flags) as running:
        with sending(running) as senders:
            for one in senders:
                one.wait_for(40)
            proxy.delay(0.7)
            for one in senders:
                one.wait_for(60)
            eventually(
                lambda: counters(running)["turnspan_spool_spooled_requests_total"]
            )
            proxy.restore()
            for one in senders:
                one.wait_for(100)
            assert sum(one.retries for one in senders) == 0
        check_identity(migrated_dsn, senders)
        eventually(lambda: counters(running)["turnspan_spool_requests"] == 0)
        keeps_identity(running)


def test_a_full_spool_makes_clients_wait(
    migrated_dsn: str, proxy: Proxy, tmp_path: Path
) -> None:
    """429 and its like, the counters move, and nothing is lost after (C51)."""
    flags = ("--spool-bytes-max=20000",)
    with running_collector(tmp_path, dsn=proxy.dsn, flags=flags) as running:
        with sending(running) as senders:
            for one in senders:
                one.wait_for(40)
            proxy.cut()
            eventually(lambda: all(one.retries for one in senders))
            counts = counters(running)
            assert counts["turnspan_spool_refused_requests_total"] > 0
            assert 0 < counts["turnspan_spool_bytes"] <= 20000
            assert total(counts, "otelcol_receiver_refused_") > 0
            proxy.restore()
            for one in senders:
                one.wait_for(100)
        check_identity(migrated_dsn, senders)
