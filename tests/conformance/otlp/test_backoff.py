"""C67: how the store is tried again, seen from the pipeline in front of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.exporters import FakeExporter
from tests.support.otlp import NOW_NS, numbered, traces
from tests.support.running import eventually

from turnspan_collector.decode import TRACES, Encoding, decode
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.spool import Request, Spool
from turnspan_exporters.errors import Retryable

DELAYS = [0.25, 0.5, 0.25]


def test_c67_the_store_is_tried_again_with_jitter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each failure a delay between half and all of what the store asks for."""
    drawn: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        drawn.append((least, most))
        return least

    monkeypatch.setattr("turnspan_collector.pipeline.random.uniform", uniform)
    exporter = FakeExporter()
    exporter.errors = [Retryable("away", delay) for delay in DELAYS]
    spool = Spool(tmp_path, bytes_max=10**6, age_s_max=10**9)
    pipeline = Pipeline(
        exporter,
        pending_bytes_max=10**6,
        pending_requests_max=10,
        commit_rows_max=100,
        spool=spool,
    )
    body = traces(*numbered(3)).SerializeToString()
    batch = decode(TRACES, body, Encoding.PROTOBUF, NOW_NS).batch
    pipeline.start()
    try:
        request = Request(TRACES, Encoding.PROTOBUF, NOW_NS, body)
        assert pipeline.submit(batch, len(body), request).result(20) is None
        eventually(lambda: exporter.spans == 3)
    finally:
        pipeline.close(5)
        spool.close()
    assert (exporter.errors, set(drawn)) == ([], {(0.5, 1)})
