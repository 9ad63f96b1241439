"""The pipeline: merged commits, honest answers, bounded waiting, an orderly end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from tests.support.exporters import FakeExporter
from tests.support.otlp import NOW_NS, numbered, span, traces

from turnspan_collector.decode import TRACES, Encoding, decode
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_exporters.errors import Overloaded, Permanent, Retryable
from turnspan_exporters.records import Batch

PATIENCE_S = 20


def batch(name: str = "turn", spans: int = 1) -> Batch:
    body = traces(*numbered(spans, name=name)).SerializeToString()
    return decode(TRACES, body, Encoding.PROTOBUF, NOW_NS).batch


@pytest.fixture
def exporter() -> FakeExporter:
    return FakeExporter()


@pytest.fixture
def metrics() -> SelfMetrics:
    return SelfMetrics()


@pytest.fixture
def pipeline(exporter: FakeExporter, metrics: SelfMetrics) -> Iterator[Pipeline]:
    made = Pipeline(
        exporter,
        pending_bytes_max=1000,
        pending_requests_max=10,
        commit_rows_max=4,
        metrics=metrics,
    )
    made.start()
    yield made
    exporter.gate.set()
    made.close(PATIENCE_S)


def occupied(pipeline: Pipeline, exporter: FakeExporter) -> Future[None]:
    """Keep the writer busy with a first request until the gate opens."""
    exporter.gate.clear()
    exporter.entered.clear()
    first = pipeline.submit(batch(), 10)
    assert exporter.entered.wait(PATIENCE_S)
    return first


def test_a_request_is_answered_when_it_is_stored(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """Not a moment before the commit has returned (C49)."""
    first = occupied(pipeline, exporter)
    assert not first.done()
    exporter.gate.set()
    assert first.result(PATIENCE_S) is None
    assert exporter.spans == 1


def test_what_waits_is_merged_into_one_commit_up_to_a_limit(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """Requests that arrive during a commit share the next; rows bound it (C66)."""
    first = occupied(pipeline, exporter)
    answers = [pipeline.submit(batch(spans=2), 10) for _ in range(3)]
    exporter.gate.set()
    for answer in (first, *answers):
        answer.result(PATIENCE_S)
    assert [len(call) for call in exporter.calls] == [1, 2, 1]


def test_a_bad_request_does_not_hurt_its_neighbours(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """A commit that is refused for good is repeated request by request (C54)."""
    exporter.poison_error = Permanent("value 7 is too much: give 6")
    first = occupied(pipeline, exporter)
    answers = [pipeline.submit(batch(name), 10) for name in ("a", "poison", "b")]
    exporter.gate.set()
    first.result(PATIENCE_S)
    answers[0].result(PATIENCE_S)
    answers[2].result(PATIENCE_S)
    with pytest.raises(Permanent, match="value 7"):
        answers[1].result(PATIENCE_S)
    assert exporter.spans == 3


def test_an_unknown_failure_is_one_to_repeat(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """Never a reason for a client to drop data, and never a dead writer (C30)."""
    exporter.errors = [ZeroDivisionError("payload")]
    with pytest.raises(Retryable) as refused:
        pipeline.submit(batch(), 10).result(PATIENCE_S)
    assert "payload" not in str(refused.value)
    assert pipeline.submit(batch(), 10).result(PATIENCE_S) is None


def test_a_store_that_is_away_is_told_to_everyone_and_to_health(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """The whole commit is retryable; the complaint ends with the next success."""
    exporter.errors = [Retryable("the database is away")]
    assert pipeline.complaint() == ""
    with pytest.raises(Retryable):
        pipeline.submit(batch(), 10).result(PATIENCE_S)
    assert pipeline.complaint() == "the database is away"
    pipeline.submit(batch(), 10).result(PATIENCE_S)
    assert pipeline.complaint() == ""


def test_waiting_requests_are_bounded_in_number_and_bytes(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """More are refused for now, and the refused are not stored (C65)."""
    occupied(pipeline, exporter)
    heavy = pipeline.submit(batch(), 999)
    with pytest.raises(Overloaded, match="1 requests of 999 bytes wait"):
        pipeline.submit(batch(), 2)
    for _ in range(9):
        pipeline.submit(batch(), 0)
    with pytest.raises(Overloaded, match="10 requests"):
        pipeline.submit(batch(), 0)
    exporter.gate.set()
    heavy.result(PATIENCE_S)


def test_one_request_beyond_the_bound_still_gets_through(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """Otherwise it would be told to try again for ever."""
    assert pipeline.submit(batch(), 5000).result(PATIENCE_S) is None


def test_closing_stores_what_was_accepted_and_refuses_the_rest(
    exporter: FakeExporter,
) -> None:
    """Accepted = stored; later requests are told to come again (C52)."""
    pipeline = Pipeline(
        exporter, pending_bytes_max=100, pending_requests_max=10, commit_rows_max=1
    )
    pipeline.start()
    answers = [pipeline.submit(batch(), 1) for _ in range(5)]
    assert pipeline.close(PATIENCE_S)
    assert [answer.result(0) for answer in answers] == [None] * 5
    assert exporter.spans == 5
    with pytest.raises(Retryable, match="is stopping"):
        pipeline.submit(batch(), 1)


def test_closing_in_vain_tells_those_who_wait(exporter: FakeExporter) -> None:
    """A store that hangs does not hang the end of the process."""
    pipeline = Pipeline(
        exporter, pending_bytes_max=100, pending_requests_max=10, commit_rows_max=1
    )
    pipeline.start()
    occupied(pipeline, exporter)
    waiting = pipeline.submit(batch(), 1)
    assert not pipeline.close(0.05)
    with pytest.raises(Retryable, match="stopped before this was stored"):
        waiting.result(0)
    exporter.gate.set()


def test_processors_run_in_order_before_storing(exporter: FakeExporter) -> None:
    """Each gets what the one before it returned."""
    seen: list[str] = []

    def named(name: str, given: Batch) -> Batch:
        seen.append(name)
        return given

    pipeline = Pipeline(
        exporter,
        [lambda given: named("a", given), lambda given: named("b", given)],
        pending_bytes_max=100,
        pending_requests_max=10,
        commit_rows_max=1,
    )
    pipeline.start()
    pipeline.submit(batch(), 1).result(PATIENCE_S)
    pipeline.close(PATIENCE_S)
    assert seen == ["a", "b"]


def test_an_empty_request_is_done_at_once(
    pipeline: Pipeline, exporter: FakeExporter
) -> None:
    """There is nothing to wait for (C24)."""
    occupied(pipeline, exporter)
    assert pipeline.submit(Batch(NOW_NS), 0).done()


def test_the_counters_say_what_was_stored_and_what_not(
    pipeline: Pipeline, exporter: FakeExporter, metrics: SelfMetrics
) -> None:
    """Under the names that existing dashboards ask for (C63)."""
    pipeline.submit(batch(spans=3), 1).result(PATIENCE_S)
    exporter.errors = [Retryable("away")]
    with pytest.raises(Retryable):
        pipeline.submit(batch(spans=2), 1).result(PATIENCE_S)

    def read(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, labels)

    by_exporter = {"exporter": "timescale"}
    assert read("otelcol_exporter_sent_spans_total", **by_exporter) == 3
    assert read("otelcol_exporter_send_failed_spans_total", **by_exporter) == 2
    assert read("otelcol_exporter_queue_size", **by_exporter) == 0
    assert read("otelcol_exporter_queue_capacity", **by_exporter) == 10


def test_spans_keep_their_order() -> None:
    """The fixture's batches differ, so that merging them can be seen."""
    assert batch(spans=3).spans.turn_id == ["t0", "t1", "t2"]
    assert span().name == "chatbot.turn shop"
