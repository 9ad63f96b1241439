"""C48–C54: each row once, whatever happens between the answer and the next start."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import httpx
import orjson
import psycopg
import pytest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as otlp
from tests.support.away import away
from tests.support.otlp import span, traces
from tests.support.running import Running, eventually, running_collector
from tests.support.wire import JSON, PROTOBUF, Wire, said

from turnspan_collector.decode import LOGS, METRICS, TRACES, Signal

MIGRATION_LOCK = 0x7475726E
TABLES = {TRACES.name: "span", LOGS.name: "event", METRICS.name: "metric_point"}


def request_of(wire: Wire, signal: Signal) -> bytes:
    """Five items that differ, and two that do not."""
    if signal is TRACES:
        return wire.traces(*(wire.span(number + 1) for number in range(5)))
    if signal is LOGS:
        records = [wire.log(event_name=f"e{number}") for number in range(5)]
        return wire.logs(*records, *[wire.log(event_name="twin")] * 2)
    points = [
        otlp.NumberDataPoint(time_unix_nano=wire.now_ns + number, as_int=number)
        for number in range(5)
    ]
    gauge = otlp.Gauge(data_points=[*points, points[0]])
    return wire.metrics(otlp.Metric(name="m", gauge=gauge))


def expected(signal: Signal) -> int:
    return {TRACES.name: 5, LOGS.name: 7, METRICS.name: 6}[signal.name]


def at_last(wire: Wire, table: str = "span") -> int:
    """How many rows there are once nothing waits in the spool to be stored."""
    eventually(lambda: wire.counter("turnspan_spool_requests") == 0, 60)
    return wire.count(table)


@pytest.mark.parametrize("signal", [TRACES, LOGS, METRICS], ids=lambda one: one.name)
def test_c48_twice_is_once(wire: Wire, signal: Signal) -> None:
    """One after the other, over both transports, and at once on four connections."""
    body = request_of(wire, signal)
    wire.stored(body, path=signal.path)
    wire.call(signal.method, body)
    with ThreadPoolExecutor(4) as clients:
        for answer in clients.map(wire.call, [signal.method] * 4, [body] * 4):
            assert answer == b""
    assert at_last(wire, TABLES[signal.name]) == expected(signal)


def test_c48_a_first_delivery_at_once_is_once(wire: Wire) -> None:
    """Four connections bring what none has brought before."""
    body = wire.traces(*(wire.span(number + 1) for number in range(200)))
    with ThreadPoolExecutor(4) as clients:
        list(clients.map(wire.call, [TRACES.method] * 4, [body] * 4))
    assert at_last(wire) == 200


def test_c48_a_row_is_known_however_it_comes(wire: Wire) -> None:
    """The encoding is no part of the identity, nor is when a mended row came."""
    record = {"eventName": "e", "timeUnixNano": str(wire.now_ns)}
    resource = {"attributes": [wire.attribute("service.name", wire.bot)]}
    groups = [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]
    for spelling in (record, {**record, "timeUnixNano": wire.now_ns}):
        groups[0]["scopeLogs"] = [{"logRecords": [spelling]}]
        wire.stored(orjson.dumps({"resourceLogs": groups}), JSON, LOGS.path)
    assert at_last(wire, "event") == 1
    for _ in range(2):
        wire.post(wire.traces(wire.span(start_time_unix_nano=0)))
    assert at_last(wire) == 1


def test_c48_the_counters_tell_duplicates(wire: Wire) -> None:
    """They count as accepted; accepted = stored + duplicates."""
    body = wire.traces(*(wire.span(number + 1) for number in range(3)))
    before = identity(wire)
    wire.stored(body)
    wire.stored(body)
    at_last(wire)
    moved = [now - then for now, then in zip(identity(wire), before, strict=True)]
    assert moved == [6, 3, 3, 0]


def identity(wire: Wire) -> list[float]:
    """Spans accepted over HTTP, stored, known before, and set aside."""
    receiver = {"receiver": "otlp", "transport": "http"}
    return [
        wire.counter("otelcol_receiver_accepted_spans_total", **receiver),
        wire.counter("otelcol_exporter_sent_spans_total", exporter="timescale"),
        wire.counter("turnspan_store_duplicates_total", signal="traces"),
        wire.counter("turnspan_store_dead_lettered_total", signal="traces"),
    ]


Start = Callable[[], contextlib.AbstractContextManager[Wire]]


class Clients:
    """Send spans over both transports until told to stop; count what was accepted."""

    def __init__(self, wire: Wire, number: int = 3) -> None:
        self._wire = wire
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(number)
        self._counts = [0] * number
        self.failures = 0
        self._runs = [self._pool.submit(self._run, at) for at in range(number)]

    @property
    def accepted(self) -> int:
        return sum(self._counts)

    def wait_for(self, more: int) -> None:
        wanted = self.accepted + more
        eventually(lambda: self.accepted >= wanted, 60)

    def stop(self) -> int:
        self._stop.set()
        for one in self._runs:
            one.result(60)
        self._pool.shutdown()
        return self.accepted

    def _run(self, at: int) -> None:
        while not self._stop.is_set():
            number = (at + 1) * 10**6 + self._counts[at]
            body = self._wire.traces(self._wire.span(number))
            try:
                if at % 2:
                    taken = self._wire.post(body).status_code == 200
                else:
                    taken = self._wire.call(TRACES.method, body) == b""
            except (httpx.HTTPError, grpc.RpcError):
                taken = False
            if taken:
                self._counts[at] += 1
            else:
                self.failures += 1
                self._stop.wait(0.05)


@pytest.fixture
def start(migrated_dsn: str, tmp_path: Path) -> Start:
    """Starts a collector on this test's own database, as often as one likes."""

    @contextlib.contextmanager
    def run() -> Iterator[Wire]:
        with (
            running_collector(tmp_path, dsn=migrated_dsn) as running,
            running.connect() as database,
        ):
            yield Wire(running, database, "durable")

    return run


def test_c49_kill_9_after_the_answer_loses_nothing(start: Start) -> None:
    """At least what was answered is there, and each row once."""
    with start() as wire:
        clients = Clients(wire)
        clients.wait_for(60)
        wire.running.kill()
        accepted = clients.stop()
    with start() as wire:
        assert accepted <= wire.count() <= accepted + 3


def test_c50_a_database_that_goes_and_comes_loses_nothing(
    start: Start, migrated_dsn: str
) -> None:
    """Under load; what is answered meanwhile is in the spool, and then in the rows."""
    with start() as wire:
        clients = Clients(wire)
        clients.wait_for(10)
        with away(migrated_dsn):
            clients.wait_for(40)
        clients.wait_for(10)
        accepted = clients.stop()
        eventually(lambda: stored(wire) == accepted, 60)


def stored(wire: Wire) -> int:
    """How many spans are rows, asked over a new connection."""
    with wire.running.connect() as database:
        return replace(wire, database=database).count()


def test_c50_the_spool_survives_kill_9(start: Start, migrated_dsn: str) -> None:
    """Answered while the database was away, killed, and stored by the next start."""
    with start() as wire:
        spans = [wire.span(number) for number in range(1, 31)]
        with away(migrated_dsn):
            for one in spans:
                assert wire.call(TRACES.method, wire.traces(one)) == b""
            wire.running.kill()
    with start() as wire:
        eventually(lambda: wire.count() == 30, 60)


def test_c51_a_full_spool_refuses_retryably(migrated_dsn: str, tmp_path: Path) -> None:
    """429 or 503 with a delay; the counters move; what was answered is stored."""
    flags = ("--spool-bytes-max=100000",)
    with running_collector(tmp_path, dsn=migrated_dsn, flags=flags) as running:
        with running.connect() as database:
            wire = Wire(running, database, "full")
            wire.stored(wire.traces(wire.span(1)))
        accepted = 1
        with away(migrated_dsn):
            for number in range(2, 40):
                name = f"{number:05}" * 2000
                answer = wire.post(wire.traces(wire.span(number, name=name)))
                if answer.status_code != 200:
                    break
                accepted += 1
            refusal = said(answer)
            assert refusal.http in {429, 503}
            assert refusal.retry_after in {"1", "2", "3"}
            assert wire.counter("turnspan_spool_refused_requests_total") > 0
            assert wire.counter("turnspan_spool_bytes") > 0
        assert accepted > 1
        eventually(lambda: stored(wire) == accepted, 60)


def test_c52_sigterm_drains(start: Start) -> None:
    """Exit code 0 within the grace period, and accepted = stored."""
    with start() as wire:
        clients = Clients(wire)
        clients.wait_for(30)
        assert wire.running.stop() == 0
        accepted = clients.stop()
    with start() as wire:
        assert wire.count() == accepted


def test_c53_receivers_open_when_the_store_is_ready(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """While a migration holds the schema, health is 503 and no door answers."""
    ports = {name: free_port() for name in ("health", "http", "grpc")}
    flags = tuple(f"--{name}-port={port}" for name, port in ports.items())
    seen: list[object] = []

    def look(lock: psycopg.Connection[tuple[object, ...]]) -> None:
        url = f"http://127.0.0.1:{ports['health']}/"
        answer = eventually(lambda: refused_health(url))
        seen.append(answer)
        for name in ("http", "grpc"):
            seen.append(is_open(ports[name]))
        lock.execute("SELECT pg_advisory_unlock_all()")

    with psycopg.connect(migrated_dsn, autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        looks = threading.Thread(target=look, args=(lock,))
        looks.start()
        with running_collector(tmp_path, dsn=migrated_dsn, flags=flags) as running:
            looks.join(30)
            assert seen == [(503, "starting"), False, False]
            assert is_healthy(running)


def test_c53_or_when_the_spool_is(migrated_dsn: str, tmp_path: Path) -> None:
    """A store that was open before may be away at the start: the spool takes data."""
    with running_collector(tmp_path, dsn=migrated_dsn):
        pass
    with contextlib.ExitStack() as ends:
        with away(migrated_dsn):
            running = ends.enter_context(running_collector(tmp_path, dsn=migrated_dsn))
            answer = httpx.post(
                f"{running.http_endpoint}/v1/traces",
                content=traces(span()).SerializeToString(),
                headers={"content-type": PROTOBUF},
            )
            assert answer.status_code == 200
        database = ends.enter_context(running.connect())
        wire = Wire(running, database, "service")
        eventually(lambda: wire.count() == 1, 60)


def refused_health(url: str) -> tuple[int, str] | None:
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.get(url)
        return answer.status_code, answer.json()["reasons"]["collector"]
    return None


def is_healthy(running: Running) -> bool:
    url = f"http://127.0.0.1:{running.ports['health']}/"
    return httpx.get(url).status_code == 200


def is_open(port: int) -> bool:
    """Whether something answers an HTTP request there within a second."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.settimeout(1)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def picky(wire: Wire) -> Iterator[Wire]:
    """The database refuses one name of spans and one of events."""
    for table in ("span", "event"):
        wire.database.execute(
            f"ALTER TABLE _turnspan.{table} ADD CONSTRAINT picky "
            "CHECK (name <> 'poison') NOT VALID".encode()
        )
    yield wire
    for table in ("span", "event"):
        wire.database.execute(
            f"ALTER TABLE _turnspan.{table} DROP CONSTRAINT picky".encode()
        )


def test_c54_a_poison_row_is_set_aside_alone(picky: Wire) -> None:
    """The request is accepted; its neighbours are rows, it is a dead letter."""
    wire = picky
    before = wire.counter("turnspan_store_dead_lettered_total", signal="traces")
    spans = [wire.span(at, name="poison" if at == 3 else "fine") for at in range(1, 8)]
    wire.stored(wire.traces(*spans))
    assert wire.count() == 6
    ((signal, reason, name),) = wire.ask(
        "SELECT signal, reason, payload ->> 'name' FROM _turnspan.dead_letter "
        "WHERE payload ->> 'bot' = %(bot)s"
    )
    assert (signal, name) == ("spans", "poison")
    assert reason.startswith("CheckViolation: ")
    after = wire.counter("turnspan_store_dead_lettered_total", signal="traces")
    assert after == before + 1


def test_c54_the_identity_holds(picky: Wire) -> None:
    """Accepted = stored + duplicates + dead-lettered, as counters and as rows."""
    wire = picky
    before = identity(wire)
    for start in (0, 10, 20, 30):
        spans = [
            wire.span(at + 1, name="poison" if at % 7 == 0 else "fine")
            for at in range(start, start + 15)
        ]
        wire.stored(wire.traces(*spans))
    moved = [now - then for now, then in zip(identity(wire), before, strict=True)]
    accepted, stored, duplicates, dead = moved
    assert accepted == 60 == stored + duplicates + dead
    letters = wire.ask(
        "SELECT count(*) FROM _turnspan.dead_letter WHERE payload ->> 'bot' = %(bot)s"
    )
    assert (wire.count(), letters) == (stored, [(dead,)])
    assert dead == 9
