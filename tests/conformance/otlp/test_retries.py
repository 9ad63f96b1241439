"""C30–C36, C51, C62: what clients are told of a store that is away or slow.

These collectors have no spool, which would take what is refused here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import grpc
import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from tests.support.away import away
from tests.support.official import send_spans
from tests.support.postgres import Databases
from tests.support.running import eventually, running_collector
from tests.support.wire import JSON, PROTOBUF, Wire, held

from turnspan_collector.decode import TRACES

NO_SPOOL = "--spool-bytes-max=0"
RETRYABLE = {429, 503}
DELAYS = {"1", "2", "3"}


@pytest.fixture(scope="module")
def dsn(databases: Databases, template_dsn: str) -> Iterator[str]:
    """A database that the tests take away and slow down."""
    made = databases.create(template_dsn)
    yield made
    databases.drop(made)


@pytest.fixture(scope="module")
def frail(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """A collector in front of it, where one request may wait for the store."""
    folder = tmp_path_factory.mktemp("frail")
    flags = ("--pending-requests-max=1", NO_SPOOL)
    with (
        running_collector(folder, dsn=dsn, flags=flags) as running,
        running.connect() as database,
    ):
        yield Wire(running, database, "frail")


@pytest.fixture
def wire(frail: Wire, request: pytest.FixtureRequest) -> Iterator[Wire]:
    """A client of the frail collector, when that is well."""
    eventually(lambda: health(frail)[0] == 200)
    with frail.running.connect() as database:
        yield Wire(frail.running, database, request.node.name)


def health(wire: Wire) -> tuple[int, str]:
    answer = httpx.get(f"http://127.0.0.1:{wire.running.ports['health']}/")
    return answer.status_code, answer.text


@contextmanager
def full(wire: Wire, dsn: str) -> Iterator[None]:
    """While one request is being stored and one waits; both are stored in the end."""
    with ExitStack() as ends:
        clients = ends.enter_context(ThreadPoolExecutor(2))
        with held(dsn):
            waiting = []
            for number in (101, 102):
                body = wire.traces(wire.span(number))
                waiting.append(clients.submit(wire.call, TRACES.method, body))
                eventually(lambda: is_stuck(wire, len(waiting)))
            yield
        assert [one.result(30) for one in waiting] == [b"", b""]


def is_stuck(wire: Wire, requests: int) -> bool:
    """Whether one commit waits for the lock, and the others for that commit."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND application_name = 'turnspan writer' AND datname = current_database()"
    )
    queued = wire.counter("otelcol_exporter_queue_size", exporter="timescale")
    return wire.ask(asked) == [(1,)] and queued == requests - 1


def test_c30_a_database_that_is_away_is_never_500(wire: Wire, dsn: str) -> None:
    """Refused retryably on every way in, and taken when it is back."""
    body = wire.traces(wire.span())
    with away(dsn):
        for media_type in (PROTOBUF, JSON):
            sent = body if media_type == PROTOBUF else b'{"resourceSpans":[]}'
            if media_type == JSON:
                sent = wire.json_traces(wire.json_span())
            refusal = wire.refused(sent, media_type)
            assert (refusal.http, refusal.code) == (503, 14)
            assert refusal.retry_after in DELAYS
        code, _, trailers = wire.failed(TRACES.method, body)
        assert code is grpc.StatusCode.UNAVAILABLE
        assert "google.rpc.retryinfo-bin" in trailers
    eventually(lambda: wire.post(body).status_code == 200)
    with wire.running.connect() as database:
        wire.database = database
        assert wire.count() == 1


@pytest.mark.parametrize("kind", ["grpc", "http"])
def test_c30_the_official_exporter_comes_again(wire: Wire, dsn: str, kind: str) -> None:
    """Its span is stored once, though the database was away when it was sent."""
    with ThreadPoolExecutor(1) as client:
        before = refusals(wire)
        with away(dsn):
            sent = client.submit(send_spans, wire.running, kind, wire.bot)
            eventually(lambda: refusals(wire) > before)
        sent.result(30)
    with wire.running.connect() as database:
        wire.database = database
        assert wire.count() == 1


def refusals(wire: Wire) -> float:
    """How many requests of spans were refused retryably so far."""
    return sum(
        wire.counter(
            "turnspan_receiver_requests_total",
            answer=answer,
            signal="traces",
            transport=transport,
        )
        for answer in ("overloaded", "retryable")
        for transport in ("grpc", "http")
    )


def test_c31_overload_may_be_sent_again(wire: Wire, dsn: str) -> None:
    """RESOURCE_EXHAUSTED with RetryInfo, in the Status and in the trailer."""
    with full(wire, dsn):
        code, text, trailers = wire.failed(TRACES.method, wire.traces(wire.span(1)))
    status = Status.FromString(trailers["grpc-status-details-bin"])
    packed, info = (
        RetryInfo(),
        RetryInfo.FromString(trailers["google.rpc.retryinfo-bin"]),
    )
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (status.code, status.message) == (8, text)
    assert status.details[0].Unpack(packed)
    assert packed == info
    assert 1 <= info.retry_delay.seconds <= 3
    assert wire.count() == 2


def test_c31_what_is_too_large_may_not(wire: Wire) -> None:
    """RESOURCE_EXHAUSTED without RetryInfo."""
    code, _, trailers = wire.failed(TRACES.method, bytes(64 * 2**20 + 1))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "google.rpc.retryinfo-bin" not in trailers


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_c33_the_delay_is_short(wire: Wire, dsn: str, media_type: str) -> None:
    """Retry-After of 1 to 3 s, which the Python exporter has time for."""
    bodies = {
        JSON: wire.json_traces(wire.json_span(1)),
        PROTOBUF: wire.traces(wire.span(1)),
    }
    with full(wire, dsn):
        refusal = wire.refused(bodies[media_type], media_type)
    assert (refusal.http, refusal.code) == (429, 8)
    assert refusal.retry_after in DELAYS


@pytest.mark.parametrize("kind", ["grpc", "http"])
def test_c33_the_official_exporter_honours_it(wire: Wire, dsn: str, kind: str) -> None:
    """It comes again after the delay, and its span is stored once."""
    with ThreadPoolExecutor(1) as client:
        before = refusals(wire)
        with full(wire, dsn):
            sent = client.submit(send_spans, wire.running, kind, wire.bot)
            eventually(lambda: refusals(wire) > before)
        sent.result(30)
    assert wire.count() == 3


def test_c36_a_slow_database_blocks_nobody_else(wire: Wire, dsn: str) -> None:
    """Health, counters and refusals are answered while a commit hangs."""
    with full(wire, dsn):
        assert httpx.get(f"{wire.running.http_endpoint}/").status_code == 404
        assert wire.refused(b"\xff").http in {400, 429}
        assert health(wire)[0] in {200, 503}
        assert wire.counter("otelcol_process_uptime") > 0


def test_c51_a_full_queue_is_counted(wire: Wire, dsn: str) -> None:
    """The counters say that a request was refused, and how full the queue is."""
    before = refusals(wire)
    with full(wire, dsn):
        refusal = wire.refused(wire.traces(*map(wire.span, range(1, 8))))
        assert refusal.http in RETRYABLE
        labels = {"exporter": "timescale"}
        assert wire.counter("otelcol_exporter_queue_size", **labels) == 1
        assert wire.counter("otelcol_exporter_queue_capacity", **labels) == 1
    assert refusals(wire) == before + 1
    assert wire.count() == 2


def test_c62_health_follows_the_store(wire: Wire, dsn: str) -> None:
    """200, then 503 with the reason while the database is away, then 200."""
    assert health(wire) == (200, '{"status":"ready"}')
    with away(dsn):
        eventually(lambda: health(wire)[0] == 503)
        assert "database" in health(wire)[1]
    eventually(lambda: health(wire)[0] == 200)


def test_c36_many_requests_are_in_flight(
    wire: Wire, dsn: str, collector_of_many: Wire
) -> None:
    """Forty wait for one slow commit on either transport, and all are stored."""
    many = collector_of_many
    sent = threading.Semaphore(0)

    def send(number: int) -> int:
        sent.release()
        body = many.traces(many.span(number))
        if number % 2:
            return many.post(body).status_code
        return 200 if many.call(TRACES.method, body) == b"" else 0

    with ThreadPoolExecutor(40) as clients:
        with held(many.running.store[1]):
            answers = [clients.submit(send, number) for number in range(1, 41)]
            for _ in answers:
                assert sent.acquire(timeout=20)
            eventually(lambda: is_stuck_at_all(many))
            assert not any(one.done() for one in answers)
            assert health(many)[0] == 200
        assert {one.result(30) for one in answers} == {200}
    assert many.count() == 40


def is_stuck_at_all(wire: Wire) -> bool:
    return wire.counter("otelcol_exporter_queue_size", exporter="timescale") > 10


@pytest.fixture
def collector_of_many(
    databases: Databases,
    template_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Wire]:
    """A collector with room for many requests, on a database of its own."""
    made = databases.create(template_dsn)
    folder = tmp_path_factory.mktemp("many")
    with (
        running_collector(folder, dsn=made, flags=(NO_SPOOL,)) as running,
        running.connect() as database,
    ):
        yield Wire(running, database, "many")
    databases.drop(made)
