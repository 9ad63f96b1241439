"""C65: a collector that uses more memory than it should."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.running import eventually, running_collector
from tests.support.wire import Wire, held, said

MIB = 2**20


def test_c65_above_the_soft_limit_requests_come_again(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """429 or 503 with a delay; what was accepted is stored when there is room."""
    flags = (f"--memory-bytes-max={256 * MIB}", "--spool-bytes-max=0")
    with (
        running_collector(tmp_path, dsn=migrated_dsn, flags=flags) as running,
        running.connect() as database,
        ThreadPoolExecutor(12) as clients,
    ):
        wire = Wire(running, database, "large")
        sent = []
        with held(migrated_dsn):
            for number in range(1, 13):
                body = wire.traces(wire.span(number, name=f"{number:08}" * 2 * MIB))
                sent.append(clients.submit(wire.post, body))
            refused = eventually(lambda: [one for one in sent if one.done()], 60)
            refusals = [said(one.result()) for one in refused]
        assert {one.http for one in refusals} <= {429, 503}
        assert all(one.retry_after in {"1", "2", "3"} for one in refusals)
        taken = [one for one in sent if one.result(60).status_code == 200]
        assert wire.count() == len(taken)
