"""A queue of the test's own, and requests to put into it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.otlp import NOW_NS, logs, numbered, traces
from tests.support.otlp import log as record

from turnspan_collector.decode import LOGS, TRACES, Encoding
from turnspan_collector.forward._queue import Queue
from turnspan_collector.forward._tally import Tally
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Request

PATIENCE_S = 20


def spans(start: int, count: int = 1, via: tuple[str, ...] = ("a",)) -> Request:
    body = traces(*numbered(count, start)).SerializeToString()
    return Request(TRACES, Encoding.PROTOBUF, NOW_NS + start, body, via=via)


def records(start: int) -> Request:
    body = logs(record(event_name=f"e{start}")).SerializeToString()
    return Request(LOGS, Encoding.PROTOBUF, NOW_NS + start, body, via=("a",))


def put(queue: Queue, *requests: Request) -> None:
    """Offer them, one after another, and wait until the queue has seen them all."""
    for one in requests:
        seen = threading.Event()
        queue.offer(one, 1, seen.set)
        assert seen.wait(PATIENCE_S)


@pytest.fixture
def metrics() -> SelfMetrics:
    return SelfMetrics()


@pytest.fixture
def tally(metrics: SelfMetrics) -> Tally:
    return Tally("there", metrics)


@pytest.fixture
def opened(tmp_path: Path, tally: Tally) -> Iterator[Callable[..., Queue]]:
    """Opens the test's queue, again and again, as one process after another would."""
    made: list[Queue] = []

    def close() -> None:
        for one in made:
            one.close(PATIENCE_S)
            one.let_go()

    def open_it(bytes_max: int = 10**6) -> Queue:
        close()
        queue = Queue(
            tmp_path, "there", bytes_max=bytes_max, tally=tally, wake=lambda: None
        )
        queue.start()
        made.append(queue)
        return queue

    yield open_it
    close()
