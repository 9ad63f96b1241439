"""The pipeline with a spool: answered although the store is away, stored when it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from tests.support.exporters import FakeExporter
from tests.support.otlp import NOW_NS, numbered, traces
from tests.support.running import eventually

from turnspan_collector import replay as replay_module
from turnspan_collector.decode import TRACES, Encoding, decode
from turnspan_collector.pipeline import Pipeline
from turnspan_collector.replay import Replay
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Request, Spool, SpoolMetrics
from turnspan_exporters.errors import Forbidden, Overloaded, Permanent, Retryable
from turnspan_exporters.exporter import Count, Stored
from turnspan_exporters.records import Batch

PATIENCE_S = 20
LATE_S = 0.05


class Store(FakeExporter):
    """An exporter that can be away, and has dead letters."""

    def __init__(self) -> None:
        super().__init__()
        self.away: Exception | None = None
        self.buried: list[str] = []

    def export(self, batches: object) -> Stored:
        if self.away is not None:
            raise self.away
        return super().export(batches)  # type: ignore[arg-type]

    def bury(self, batch: Batch, error: Exception) -> Stored:
        self.buried += batch.spans.name
        return Stored(Count(dead_lettered=len(batch.spans)))

    @property
    def turns(self) -> list[str | None]:
        """What was stored, in order."""
        return [
            turn
            for call in self.calls
            for batch in call
            for turn in batch.spans.turn_id
        ]


Open = Callable[..., Pipeline]


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.away = None
    made.gate.set()


@pytest.fixture
def metrics() -> SelfMetrics:
    return SelfMetrics()


@pytest.fixture
def opened(store: Store, metrics: SelfMetrics, tmp_path: Path) -> Iterator[Open]:
    """Opens a pipeline on the test's spool; the one before it ends."""
    made: list[tuple[Pipeline, Spool]] = []

    def close() -> None:
        for pipeline, spool in made:
            pipeline.close(PATIENCE_S)
            spool.close()
        made.clear()

    def open_it(bytes_max: int = 10**6, late_s: float = LATE_S) -> Pipeline:
        close()
        spool = Spool(tmp_path, bytes_max=bytes_max, age_s_max=10**9)
        metrics.registry.register(SpoolMetrics(spool))
        pipeline = Pipeline(
            store,
            pending_bytes_max=10**6,
            pending_requests_max=100,
            commit_rows_max=4,
            metrics=metrics,
            spool=spool,
            spool_after_s=late_s,
        )
        pipeline.start()
        made.append((pipeline, spool))
        return pipeline

    yield open_it
    store.away = None
    store.gate.set()
    close()


def sent(pipeline: Pipeline, at: int, name: str = "turn") -> Future[None]:
    body = traces(*numbered(1, at, name=name)).SerializeToString()
    request = Request(TRACES, Encoding.PROTOBUF, NOW_NS, body)
    batch = decode(TRACES, body, Encoding.PROTOBUF, NOW_NS).batch
    return pipeline.submit(batch, len(body), request)


def read(metrics: SelfMetrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_in_normal_operation_nothing_is_spooled(
    opened: Open, store: Store, metrics: SelfMetrics, tmp_path: Path
) -> None:
    """The answer follows the commit; there is no second write."""
    pipeline = opened()
    sent(pipeline, 0).result(PATIENCE_S)
    assert store.turns == ["t0"]
    assert read(metrics, "turnspan_spool_spooled_requests_total") == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        Retryable("the database is away"),
        Overloaded("the database is full"),
        Forbidden("the role lacks a right"),
    ],
)
def test_requests_are_answered_while_the_store_is_away_and_stored_after(
    opened: Open, store: Store, metrics: SelfMetrics, error: Exception
) -> None:
    """Each once and in order, and then there is nothing left (C50)."""
    pipeline = opened()
    store.away = error
    for at in range(5):
        sent(pipeline, at).result(PATIENCE_S)
    assert store.turns == []
    assert pipeline.complaint() == str(error)
    assert read(metrics, "turnspan_spool_requests") == 5
    store.away = None
    eventually(lambda: len(store.turns) == 5)
    assert store.turns == ["t0", "t1", "t2", "t3", "t4"]
    eventually(lambda: pipeline.complaint() == "")
    assert read(metrics, "turnspan_spool_requests") == 0
    assert read(metrics, "turnspan_spool_bytes") == 0
    assert read(metrics, "turnspan_spool_replayed_requests_total") == 5
    counted = read(metrics, "otelcol_exporter_sent_spans_total", exporter="timescale")
    assert counted == 5


def test_what_a_dead_collector_spooled_is_stored_by_the_next(
    opened: Open, store: Store
) -> None:
    """Answered is durable: kill -9 in the middle of an outage loses nothing (C49)."""
    store.away = Retryable("the database is away")
    first = opened()
    sent(first, 0).result(PATIENCE_S)
    opened()
    store.away = None
    eventually(lambda: store.turns == ["t0"])


def test_a_full_spool_refuses_and_the_counters_move(
    opened: Open, store: Store, metrics: SelfMetrics
) -> None:
    """With a delay; and it goes on when there is room (C51)."""
    pipeline = opened(bytes_max=500)
    store.away = Retryable("the database is away")
    sent(pipeline, 0).result(PATIENCE_S)
    with pytest.raises(Overloaded, match="of 500 bytes"):
        sent(pipeline, 1)
    assert read(metrics, "turnspan_spool_refused_requests_total") == 1
    store.away = None
    eventually(lambda: pipeline.complaint() == "")
    sent(pipeline, 9).result(PATIENCE_S)


def test_a_late_commit_keeps_nobody_waiting_and_stores_nothing_twice(
    opened: Open, store: Store, metrics: SelfMetrics
) -> None:
    """What it holds and what waits is spooled; what it then stored is not replayed."""
    pipeline = opened()
    store.gate.clear()
    first = sent(pipeline, 0)
    assert store.entered.wait(PATIENCE_S)
    second = sent(pipeline, 1)
    for one in (first, second):
        one.result(PATIENCE_S)
    assert store.turns == []
    assert pipeline.complaint() == ""
    store.gate.set()
    eventually(lambda: len(store.turns) == 2)
    eventually(lambda: read(metrics, "turnspan_spool_requests") == 0)
    assert store.turns == ["t0", "t1"]
    assert read(metrics, "turnspan_spool_overtaken_requests_total") == 1
    assert read(metrics, "turnspan_spool_replayed_requests_total") == 1


def test_a_late_commit_that_fails_loses_nothing(opened: Open, store: Store) -> None:
    """It was answered from the spool, and is replayed from there."""
    pipeline = opened()
    store.errors = [Retryable("the connection broke")]
    store.gate.clear()
    sent(pipeline, 0).result(PATIENCE_S)
    store.gate.set()
    eventually(lambda: store.turns == ["t0"])


def test_poison_in_the_spool_goes_to_the_dead_letters_by_itself(
    opened: Open, store: Store, metrics: SelfMetrics
) -> None:
    """Its neighbours are stored, and nothing waits behind it (C54)."""
    pipeline = opened()
    store.away = Retryable("the database is away")
    for at, name in enumerate(("a", "poison", "b")):
        sent(pipeline, at, name).result(PATIENCE_S)
    store.poison_error = Permanent("value 7 is too much: give 6")
    store.away = None
    eventually(lambda: len(store.turns) == 2)
    assert (store.turns, store.buried) == (["t0", "t2"], ["poison"])
    assert read(metrics, "turnspan_store_dead_lettered_total", signal="traces") == 1
    assert read(metrics, "turnspan_spool_requests") == 0


def test_poison_that_cannot_be_buried_is_kept_beside_the_spool(
    opened: Open, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is dropped in silence."""

    def bury(batch: Batch, error: Exception) -> Stored:
        raise Permanent("not even that")

    monkeypatch.setattr(store, "bury", bury)
    pipeline = opened()
    store.away = Retryable("the database is away")
    for at, name in enumerate(("poison", "b")):
        sent(pipeline, at, name).result(PATIENCE_S)
    store.poison_error = ZeroDivisionError("payload")
    store.away = None
    eventually(lambda: store.turns == ["t1"])
    [kept] = (tmp_path / "aside").iterdir()
    assert kept.name.endswith(".refused")


def test_a_request_that_the_store_fails_at_holds_up_no_others(
    opened: Open, store: Store
) -> None:
    """It stays in the spool, and what comes meanwhile is stored."""
    pipeline = opened()
    store.away = Retryable("the database is away")
    sent(pipeline, 0, "poison").result(PATIENCE_S)
    store.poison_error = Retryable("the statement took too long")
    store.away = None
    eventually(lambda: pipeline._again_at is None)
    sent(pipeline, 1).result(PATIENCE_S)
    eventually(lambda: store.turns == ["t1"])
    store.poison_error = None
    eventually(lambda: store.turns == ["t1", "t0"])


def test_closing_while_the_store_is_away_leaves_nothing_unanswered(
    opened: Open, store: Store
) -> None:
    """At once: what was accepted is in the spool (C52)."""
    pipeline = opened()
    store.gate.clear()
    answers = [sent(pipeline, at) for at in range(3)]
    assert store.entered.wait(PATIENCE_S)
    closing = threading.Thread(target=pipeline.close, args=(PATIENCE_S,))
    closing.start()
    for answer in answers:
        answer.result(PATIENCE_S)
    closing.join(PATIENCE_S)
    assert not closing.is_alive()
    assert store.turns == []


def test_closing_empties_the_spool_where_the_store_takes_data(
    opened: Open, store: Store
) -> None:
    """The next collector may run on another disk."""
    pipeline = opened(late_s=PATIENCE_S)
    store.away = Retryable("the database is away")
    for at in range(3):
        sent(pipeline, at).result(PATIENCE_S)
    store.gate.clear()
    store.entered.clear()
    store.away = None
    assert store.entered.wait(PATIENCE_S)
    late = sent(pipeline, 3)
    closing = threading.Thread(target=pipeline.close, args=(PATIENCE_S,))
    closing.start()
    store.gate.set()
    closing.join(PATIENCE_S)
    late.result(0)
    assert set(store.turns) == {"t0", "t1", "t2", "t3"}
    assert len(store.turns) == 4


def test_a_disk_that_is_full_too_is_said_to_the_client(
    opened: Open, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retryable, and neither thread dies of it (C30)."""
    pipeline = opened()
    store.away = Retryable("the database is away")

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("turnspan_collector.spool._segment.os.fsync", full)
    for at in range(2):
        with pytest.raises(Retryable, match="No space left on device"):
            sent(pipeline, at).result(PATIENCE_S)
    monkeypatch.undo()
    sent(pipeline, 2).result(PATIENCE_S)
    store.away = None
    eventually(lambda: store.turns == ["t2"])


class Stubborn(Store):
    """A store that fails at some turns, retryably, and takes the others."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at = {"t0"}

    def export(self, batches: Any) -> Stored:
        turns = {turn for one in batches for turn in one.spans.turn_id}
        if self.away is None and turns & self.fails_at:
            raise Retryable("canceling statement due to lock timeout")
        return super().export(batches)


@pytest.fixture
def replay(tmp_path: Path, metrics: SelfMetrics) -> Iterator[Replaying]:
    made = Replaying(tmp_path, metrics)
    yield made
    made.spool.close()


class Replaying:
    """A replay that is stepped by the test, with a clock of its own."""

    def __init__(self, directory: Path, metrics: SelfMetrics) -> None:
        self.store, self.now_s = Stubborn(), 0.0
        self.spool = Spool(directory, bytes_max=10**6, age_s_max=10**9)
        self.replay = Replay(
            self.spool, self.store, (), metrics, clock=lambda: self.now_s
        )

    def append(self, *turns: int) -> None:
        bodies = [traces(*numbered(1, at)).SerializeToString() for at in turns]
        self.spool.append(
            [Request(TRACES, Encoding.PROTOBUF, NOW_NS, body) for body in bodies]
        )

    def step(self) -> float:
        """A step, and how long it says to wait where it stumbles."""
        try:
            self.replay.step()
        except Retryable as error:
            return self.replay.stumbled(error)
        return 0.0


def test_neighbours_pass_what_fails_again_and_again(replay: Replaying) -> None:
    """In a number of steps that grows with the logarithm of what waits."""
    replay.append(*range(100))
    waits: list[float] = []
    while len(replay.store.turns) < 99:
        waits.append(replay.step())
    assert len(waits) <= 10
    assert sum(waits) == replay_module.WAIT_S[0]
    assert "t0" not in replay.store.turns
    assert replay.spool.entries == replay.spool.counts.postponed == 1
    replay.store.fails_at = set()
    replay.step()
    assert replay.store.turns[-1] == "t0"
    assert replay.spool.is_empty


def test_what_is_put_behind_survives_a_crash(replay: Replaying, tmp_path: Path) -> None:
    """It is appended and synced before it leaves its place; what was done may recur."""
    replay.append(0, 1)
    while replay.spool.counts.postponed == 0:
        replay.step()
    replay.spool.close()
    again = Spool(tmp_path, bytes_max=10**6, age_s_max=10**9)
    found = [one.request for one in again.read(10**6, 10)]
    again.close()
    turns = [
        decode(one.signal, one.body, one.encoding, NOW_NS).batch.spans.turn_id[0]
        for one in found
    ]
    assert turns == ["t0", "t1", "t0"]


def test_what_always_fails_becomes_a_dead_letter_in_the_end(
    replay: Replaying,
) -> None:
    """After hours and many tries, with the reason; not before."""
    replay.append(0)
    for _ in range(replay_module.TRIES_MIN + 5):
        assert 0 < replay.step() <= replay_module.WAIT_S[1]
    assert replay.store.buried == []
    replay.now_s += replay_module.FAILING_SECONDS_MIN
    replay.step()
    assert replay.store.buried == ["chatbot.turn shop"]
    assert replay.spool.is_empty


def test_a_store_that_is_away_gives_nothing_up(replay: Replaying) -> None:
    """However long, and however often it was tried."""
    replay.append(0, 1)
    replay.store.away = Retryable("the database is away")
    for _ in range(100):
        replay.now_s += 3600
        with pytest.raises(Retryable):
            replay.replay.step()  # the store does not answer: nothing stumbles
    replay.store.away = None
    replay.store.fails_at = set()
    replay.step(), replay.step()
    assert replay.store.turns == ["t0", "t1"]
    assert replay.store.buried == []


def test_what_can_neither_be_stored_nor_buried_is_kept_beside(
    replay: Replaying, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is dropped, and nothing stands in the way for ever."""

    def bury(batch: Batch, error: Exception) -> Stored:
        raise Retryable("canceling statement due to lock timeout")

    monkeypatch.setattr(replay.store, "bury", bury)
    replay.append(0)
    for _ in range(replay_module.TRIES_MIN):
        replay.step()
    replay.now_s += replay_module.FAILING_SECONDS_MIN
    replay.step()
    assert replay.spool.is_empty
    [kept] = (tmp_path / "aside").iterdir()
    assert kept.name.endswith(".failing")


def test_the_pipeline_lets_neighbours_pass(
    opened: Open, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the spool as well as those that come after."""
    monkeypatch.setattr(replay_module, "WAIT_S", (0.05, 0.1))
    pipeline = opened()
    store.away = Retryable("the database is away")
    for at, name in enumerate(("poison", "a", "b")):
        sent(pipeline, at, name).result(PATIENCE_S)
    store.poison_error = Retryable("the statement took too long")
    store.away = None
    eventually(lambda: sorted(map(str, store.turns)) == ["t1", "t2"])
    store.poison_error = None
    eventually(lambda: sorted(map(str, store.turns)) == ["t0", "t1", "t2"])
