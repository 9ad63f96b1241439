"""Any bytes, over HTTP: an answer, never 500, and the rows that the answer says."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from tests.fuzz.seeds import seeds
from tests.support.wire import JSON, PROTOBUF, said

from turnspan_collector.decode import SIGNALS, Signal
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.receivers import HttpReceiver, Intake
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_exporters.timescale import TimescaleExporter

EXAMPLES = int(os.environ.get("TURNSPAN_FUZZ_EXAMPLES", "60"))
REQUEST_BYTES_MAX = 64 * 1024
ALLOWED = {200, 400, 413, 415}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}
BODIES = {
    media_type: [content[1:] for target, _, content in seeds() if target == wanted]
    for media_type, wanted in ((PROTOBUF, "protobuf"), (JSON, "json"))
}
TABLES = {"traces": "span", "metrics": "metric_point", "logs": "event"}


@dataclass
class Door:
    """The HTTP receiver in front of a real database, without a socket."""

    app: HttpReceiver
    metrics: SelfMetrics
    database: psycopg.Connection[Any]

    def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://collector"
            ) as client:
                return await client.post(path, content=body, headers=headers)

        return asyncio.run(ask())

    def rows(self) -> int:
        """Rows of the raw tables, and dead letters."""
        total = 0
        for table in (*TABLES.values(), "dead_letter"):
            statement = sql.SQL("SELECT count(*) FROM {}").format(
                sql.Identifier("_turnspan", table)
            )
            ((count,),) = self.database.execute(statement).fetchall()
            total += count
        return total

    def counters(self, signal: Signal) -> dict[str, float]:
        read = self.metrics.registry.get_sample_value
        http = {"receiver": "otlp", "transport": "http"}
        own = {"signal": signal.name}
        names = {
            "accepted": (f"otelcol_receiver_accepted_{signal.counter}_total", http),
            "stored": (f"otelcol_exporter_sent_{signal.counter}_total",
                       {"exporter": "timescale"}),
            "duplicates": ("turnspan_store_duplicates_total", own),
            "dead": ("turnspan_store_dead_lettered_total", own),
        }  # fmt: skip
        return {key: read(name, of) or 0 for key, (name, of) in names.items()}


@pytest.fixture
def door(migrated_dsn: str, db: psycopg.Connection[Any]) -> Iterator[Door]:
    """A pipeline of its own, that stores for good."""
    exporter = TimescaleExporter(migrated_dsn, migrates=False)
    metrics = SelfMetrics()
    pipeline = Pipeline(
        exporter,
        pending_bytes_max=10**7,
        pending_requests_max=100,
        commit_rows_max=1000,
        metrics=metrics,
    )
    pipeline.start()
    receiver = HttpReceiver(
        Intake("http", pipeline, metrics),
        request_bytes_max=REQUEST_BYTES_MAX,
        reading_bytes_max=10**7,
        answer_seconds_max=60,
    )
    yield Door(receiver, metrics, db)
    receiver.close()
    pipeline.close(10)
    exporter.close()


@st.composite
def bodies(draw: st.DrawFn, media_type: str) -> bytes:
    """A request, spoiled in some places, cut, doubled, or no request at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    body = bytearray(draw(st.sampled_from(BODIES[media_type])))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(body) - 1))
        match draw(st.sampled_from(["set", "insert", "delete", "copy"])):
            case "set":
                body[at] = draw(st.integers(0, 255))
            case "insert":
                body[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "delete" if len(body) > 10:
                del body[at : at + draw(st.integers(1, 8))]
            case _:
                body[at:at] = body[at : at + draw(st.integers(1, 64))]
    return bytes(body)


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: one.name)
def test_any_body_has_an_answer_that_is_true(
    door: Door, signal: Signal, media_type: str
) -> None:
    """Accepted = stored + duplicates + dead-lettered; a refusal stores nothing."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(bodies(media_type), st.sampled_from([*PACKED]), st.booleans())
    def check(body: bytes, encoding: str, damaged: bool) -> None:
        packed = PACKED[encoding](body)
        packed = packed[: len(packed) // 2] if damaged else packed
        before, rows = door.counters(signal), door.rows()
        headers = {"content-type": media_type, "content-encoding": encoding}
        answer = door.post(signal.path, packed, **headers)
        assert answer.status_code in ALLOWED
        assert answer.headers["content-type"] == media_type
        after = door.counters(signal)
        moved = {key: after[key] - before[key] for key in after}
        if answer.status_code != 200:
            assert said(answer).http == answer.status_code
            assert (set(moved.values()), door.rows()) == ({0}, rows)
            return
        # Spans may bring events of their own, which are counted with the logs.
        added = moved["stored"] + moved["dead"]
        assert moved["accepted"] == added + moved["duplicates"]
        assert door.rows() >= rows + added
        again = door.post(signal.path, packed, **headers)
        assert (again.status_code, again.content) == (200, answer.content)
        twice = door.counters(signal)
        assert twice["stored"] == after["stored"]

    check()
