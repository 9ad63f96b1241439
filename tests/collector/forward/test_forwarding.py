"""The answer follows the store and the queues, and waits for nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from tests.collector.forward.conftest import PATIENCE_S
from tests.support.otlp import NOW_NS, attribute, numbered, span, traces

from turnspan_collector.config import Privacy
from turnspan_collector.decode import TRACES, decode_request
from turnspan_collector.forward import Accepted, Forwarding, _forwarding
from turnspan_collector.forward._lane import Lane
from turnspan_collector.spool import Request
from turnspan_exporters.errors import Permanent

TEXT = attribute("input.value", "canary-4f1b")


@dataclass
class Stub:
    """A lane that remembers what it was offered; ``hangs`` never says so."""

    name: str = "there"
    signals: frozenset[str] = frozenset({"traces"})
    texts: bool = False
    hangs: bool = False
    offered: list[tuple[Request, int]] = field(default_factory=list)
    lost: list[tuple[int, str]] = field(default_factory=list)

    @property
    def queue(self) -> Stub:
        return self

    @property
    def tally(self) -> Stub:
        return self

    def offer(self, request: Request, items: int, then: Callable[[], None]) -> None:
        self.offered.append((request, items))
        if not self.hangs:
            then()

    def not_queued(self, _: object, items: int, reason: str) -> None:
        self.lost.append((items, reason))

    @property
    def is_empty(self) -> bool:
        return True

    def start(self) -> None:
        """Nothing to start."""

    def close(self, ends: float) -> None:
        """Nothing to close."""


Made = Callable[..., Forwarding]


@pytest.fixture
def made() -> Iterator[Made]:
    """A forwarding to these lanes, which runs until the test's end."""
    every: list[Forwarding] = []

    def make(*lanes: Stub) -> Forwarding:
        one = Forwarding(cast("list[Lane]", list(lanes)), Privacy(content="on"))
        one.start()
        every.append(one)
        return one

    yield make
    for one in every:
        one.close(time.monotonic())


def accepted(**fields: Any) -> Accepted:
    message = traces(*numbered(2), span(span_id=b"\7" * 8, **fields))
    return Accepted.of(TRACES, message, decode_request(TRACES, message, NOW_NS))


def test_it_waits_for_the_store_and_then_for_every_queue(made: Made) -> None:
    """In this order; each destination gets the same bytes."""
    lanes = [Stub(), Stub(), Stub(signals=frozenset({"logs"}))]
    stored: Future[None] = Future()
    answer = made(*lanes).follow(stored, accepted(), NOW_NS)
    assert not answer.done()
    assert [one.offered for one in lanes] == [[], [], []]
    stored.set_result(None)
    answer.result(PATIENCE_S)
    assert [len(one.offered) for one in lanes] == [1, 1, 0]
    assert lanes[0].offered == lanes[1].offered
    request, items = lanes[0].offered[0]
    assert (items, request.received_ns) == (3, NOW_NS)
    assert len(request.via) == 1


def test_what_the_store_refuses_is_sent_nowhere(made: Made) -> None:
    """And its client hears the store's own reason."""
    lane = Stub()
    stored: Future[None] = Future()
    answer = made(lane).follow(stored, accepted(), NOW_NS)
    stored.set_exception(Permanent("no"))
    with pytest.raises(Permanent):
        answer.result(PATIENCE_S)
    assert lane.offered == []


def test_a_disk_that_hangs_holds_no_answer(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while it is given without the queue."""
    monkeypatch.setattr(_forwarding, "ENQUEUE_S_MAX", 0.05)
    lane = Stub(hangs=True)
    stored: Future[None] = Future()
    stored.set_result(None)
    answer = made(lane, Stub()).follow(stored, accepted(), NOW_NS)
    answer.result(PATIENCE_S)
    assert len(lane.offered) == 1


def test_a_fault_here_is_not_the_clients(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be made ready to send is counted, and the answer is the store's."""

    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(_forwarding, "select", fails)
    lane = Stub()
    stored: Future[None] = Future()
    assert made(lane).follow(stored, accepted(), NOW_NS) is stored
    assert lane.lost == [(3, "error")]


def test_texts_go_where_they_are_asked_for_and_nowhere_else(made: Made) -> None:
    """Whatever the order of destinations."""
    lanes = [Stub(), Stub(texts=True), Stub()]
    stored: Future[None] = Future()
    stored.set_result(None)
    made(*lanes).follow(stored, accepted(attributes=[TEXT]), NOW_NS)
    found = [b"canary-4f1b" in one.offered[0][0].body for one in lanes]
    assert found == [False, True, False]


def test_what_came_through_here_goes_no_further(made: Made) -> None:
    """It is stored, and answered at once."""
    lane = Stub()
    forwarding = made(lane)
    stored: Future[None] = Future()
    via = forwarding.instance
    assert forwarding.follow(stored, accepted(), NOW_NS, via) is stored
    others = "0123456789abcdef"
    assert forwarding.follow(stored, accepted(), NOW_NS, others) is not stored
    stored.set_result(None)
    assert lane.offered[0][0].via == (others, forwarding.instance)
