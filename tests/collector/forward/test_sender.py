"""The sender: everything leaves the queue once it is delivered, refused or too old."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from tests.collector.forward.conftest import PATIENCE_S, put, records, spans
from tests.support.otlp import NOW_NS
from tests.support.running import eventually

from turnspan_collector.decode import TRACES, Signal
from turnspan_collector.forward import _sender
from turnspan_collector.forward._outcome import Delivered, Later, Outcome, Refused
from turnspan_collector.forward._queue import Queue
from turnspan_collector.forward._sender import Sender
from turnspan_collector.forward._shape import items_in
from turnspan_collector.forward._tally import Tally
from turnspan_collector.selfmetrics import SelfMetrics


@dataclass
class Line:
    """A transport that says ``outcomes``, then what ``judge`` says, and remembers."""

    outcomes: list[Outcome] = field(default_factory=list)
    judge: Callable[[Signal, bytes], Outcome] = lambda *_: Delivered()
    sent: list[tuple[str, list[int]]] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)

    def send(self, signal: Signal, body: bytes, via: str, timeout_s: float) -> Outcome:
        said = self.outcomes.pop(0) if self.outcomes else self.judge(signal, body)
        self.sent.append((signal.name, numbers(signal, body)))
        self.ways.append(via)
        return said

    def close(self) -> None:
        """Nothing to close."""


def numbers(signal: Signal, body: bytes) -> list[int]:
    if signal is not TRACES:
        return [items_in(signal, body)]
    request = ExportTraceServiceRequest.FromString(body)
    return [
        int.from_bytes(one.span_id, "big") - 1
        for group in request.resource_spans
        for one in group.scope_spans[0].spans
    ]


@pytest.fixture
def line() -> Line:
    return Line()


Run = Callable[..., None]


@pytest.fixture
def run(
    opened: Callable[..., Queue],
    line: Line,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    """Queues requests, then sends until the queue is empty, at a time of its own."""
    monkeypatch.setattr(_sender, "PAUSE_S", (0.01, 0.02))
    made: list[Sender] = []

    def run_it(*requests: object, age_s: float = 3600, now_ns: int = NOW_NS) -> None:
        queue = opened()
        put(queue, *requests)  # type: ignore[arg-type]
        sender = Sender(
            queue, line, tally, age_s_max=age_s, timeout_s=5, clock_ns=lambda: now_ns
        )
        made.append(sender)
        sender.start()
        eventually(lambda: queue.is_empty, PATIENCE_S)
        assert sender.close(time.monotonic() + PATIENCE_S)

    yield run_it
    for one in made:
        one.close(time.monotonic())


def counted(metrics: SelfMetrics, what: str) -> float | None:
    name = f"otelcol_exporter_{what}_spans_total"
    return metrics.registry.get_sample_value(name, {"exporter": "otlp/there"})


def test_small_requests_go_together(run: Run, line: Line, metrics: SelfMetrics) -> None:
    """Those of one signal and one way, whatever lies between them."""
    run(spans(1), records(2), spans(3, 2), spans(5, via=("a", "b")))
    assert line.sent == [("traces", [1, 3, 4]), ("logs", [1]), ("traces", [5])]
    assert line.ways == ["a", "a", "a,b"]
    assert counted(metrics, "sent") == 4


def test_the_same_bytes_are_never_twice_in_one_request(run: Run, line: Line) -> None:
    """A destination that knows what it has would store them as twins."""
    run(spans(1), spans(1), spans(2))
    assert line.sent == [("traces", [1]), ("traces", [1, 2])]


def test_large_requests_stay_alone(
    run: Run, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only so much is put together."""
    monkeypatch.setattr(_sender, "REQUEST_BYTES_MAX", len(spans(1).body))
    run(spans(1), spans(2))
    assert line.sent == [("traces", [1]), ("traces", [2])]


def test_what_may_be_taken_later_is_sent_again(
    run: Run, line: Line, metrics: SelfMetrics, tally: Tally
) -> None:
    """Until it is taken; then it is gone."""
    line.outcomes = [Later("UNAVAILABLE"), Later("HTTP 429"), Later("no answer")]
    run(spans(1))
    assert line.sent == [("traces", [1])] * 4
    assert counted(metrics, "sent") == 1
    assert tally.dropped.total() == 0


def test_a_delay_that_is_asked_for_is_kept(run: Run, line: Line) -> None:
    """At least; the pause of one's own would be over much sooner."""
    line.outcomes = [Later("HTTP 429", 0.4)]
    began = time.monotonic()
    run(spans(1))
    assert time.monotonic() - began >= 0.4


def test_a_bad_request_is_found_among_its_neighbours(
    run: Run, line: Line, metrics: SelfMetrics, tally: Tally
) -> None:
    """It alone is dropped and counted."""

    def judge(signal: Signal, body: bytes) -> Outcome:
        bad = 2 in numbers(signal, body)
        return Refused("HTTP 400", of_data=True) if bad else Delivered()

    line.judge = judge
    run(spans(1), spans(2, 2), spans(4))
    assert line.sent[1:] == [("traces", [1]), ("traces", [2, 3]), ("traces", [4])]
    assert (counted(metrics, "sent"), counted(metrics, "send_failed")) == (2, 2)
    assert tally.dropped == {"refused": 2}


def test_what_is_not_the_datas_fault_is_not_taken_apart(
    run: Run, line: Line, tally: Tally
) -> None:
    """A wrong token is as wrong for each alone."""
    line.outcomes = [Refused("HTTP 401")]
    run(spans(1), spans(2))
    assert line.sent == [("traces", [1, 2])]
    assert tally.dropped == {"refused": 2}


def test_what_is_too_large_is_sent_in_parts(
    run: Run, line: Line, metrics: SelfMetrics, tally: Tally
) -> None:
    """Down to one item; one that is too large by itself is dropped."""

    def judge(signal: Signal, body: bytes) -> Outcome:
        found = numbers(signal, body)
        if len(found) > 2 or 3 in found:
            return Refused("HTTP 413", of_data=True, too_large=True)
        return Delivered()

    line.judge = judge
    run(spans(0, 7))
    taken = [one for _, one in line.sent if len(one) <= 2 and 3 not in one]
    assert sorted(itertools.chain(*taken)) == [0, 1, 2, 4, 5, 6]
    assert (counted(metrics, "sent"), counted(metrics, "send_failed")) == (6, 1)
    assert tally.dropped == {"refused": 1}


def test_partial_success_is_counted(
    run: Run, line: Line, metrics: SelfMetrics, tally: Tally
) -> None:
    """What the destination rejected is not sent again."""
    line.outcomes = [Delivered(rejected=2)]
    run(spans(1, 5))
    assert (counted(metrics, "sent"), counted(metrics, "send_failed")) == (3, 2)
    assert tally.dropped == {"partial": 2}
    assert len(line.sent) == 1


def test_what_waits_too_long_is_dropped(run: Run, line: Line, tally: Tally) -> None:
    """Counted by its items; what is younger is sent."""
    run(spans(1, 3), spans(10**9), age_s=1, now_ns=NOW_NS + 15 * 10**8)
    assert line.sent == [("traces", [10**9])]
    assert tally.dropped == {"expired": 3}


def test_a_stop_leaves_what_cannot_be_sent(
    opened: Callable[..., Queue], line: Line, tally: Tally
) -> None:
    """At once, and on disk."""
    line.judge = lambda *_: Later("UNAVAILABLE")
    queue = opened()
    put(queue, spans(1))
    sender = Sender(
        queue, line, tally, age_s_max=60, timeout_s=5, clock_ns=lambda: NOW_NS
    )
    sender.start()
    eventually(lambda: sender.failing_s > 0, PATIENCE_S)
    assert sender.close(time.monotonic() + PATIENCE_S)
    assert [one.request for one in opened().read(10**6, 10)] == [spans(1)]


def test_a_stop_sends_what_can_be_sent(
    opened: Callable[..., Queue], line: Line, tally: Tally
) -> None:
    """All of it, when it works."""
    queue = opened()
    gate = threading.Event()
    line.judge = lambda *_: Delivered() if gate.wait(PATIENCE_S) else Later("")
    sender = Sender(
        queue, line, tally, age_s_max=60, timeout_s=5, clock_ns=lambda: NOW_NS
    )
    sender.start()
    put(queue, spans(1))
    sender.wake()
    put(queue, *(spans(at) for at in range(2, 9)))
    gate.set()
    assert sender.close(time.monotonic() + PATIENCE_S)
    assert sorted(one for _, found in line.sent for one in found) == list(range(1, 9))
    assert queue.is_empty
