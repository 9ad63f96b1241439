"""The clock of the machine steps back and forth: no row is lost, none comes twice.

Waits and deadlines use the monotonic clock. The wall clock says when a request was
received, and how old the spool's oldest request is; here it is the test's. It steps
back by less than a day: by more, records of the right time would be a day ahead, and be
given another (docs/receiving.md).
"""

from __future__ import annotations

import psycopg
from tests.faults.conftest import START_NS, Clock, send
from tests.support.otlp import log, logs, numbered, traces
from tests.support.proxy import Proxy
from tests.support.running import eventually

from turnspan_collector.decode import LOGS, TRACES
from turnspan_collector.receivers import Intake

HOUR_NS = 3600 * 10**9
STEPS_H = (0, -1, 5, -20, 200)


def rows(connection: psycopg.Connection[tuple[int]]) -> tuple[int, ...]:
    found = connection.execute(
        "SELECT (SELECT count(*) FROM _turnspan.span), "
        "(SELECT count(*) FROM _turnspan.event)"
    ).fetchone()
    return tuple(found or ())


def test_steps_while_requests_are_spooled(
    intake: Intake, clock: Clock, proxy: Proxy, db: psycopg.Connection[tuple[int]]
) -> None:
    """Each request is sent before, in and after the outage, at another time of day."""
    bodies = [
        (signal, body.SerializeToString())
        for at in range(len(STEPS_H))
        for signal, body in (
            (TRACES, traces(*numbered(3, 3 * at))),
            (LOGS, logs(log(event_name=f"e{at}"), log(event_name=f"e{at}"))),
        )
    ]

    def send_all(shift: int) -> None:
        for at, (signal, body) in enumerate(bodies):
            step = STEPS_H[(at + shift) % len(STEPS_H)]
            clock.now_ns = START_NS + step * HOUR_NS
            send(intake, signal, body)

    send_all(0)
    wanted = (3 * len(STEPS_H), 2 * len(STEPS_H))
    assert rows(db) == wanted
    proxy.cut()
    send_all(1)
    later = traces(*numbered(1, 10**6)).SerializeToString()
    send(intake, TRACES, later)
    proxy.restore()
    eventually(lambda: rows(db) == (wanted[0] + 1, wanted[1]))
    send_all(2)
    send(intake, TRACES, later)
    assert rows(db) == (wanted[0] + 1, wanted[1])
