"""A client that counts for itself, retries as an exporter does, and is not believed."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import psycopg
from tests.support.otlp import NOW_NS, attribute, log, logs, numbered, traces
from tests.support.running import Running, eventually

from turnspan_collector.decode import LOGS, TRACES, Signal

__all__ = ["POISON", "Sender", "check_identity", "sending"]

POISON = "poison"
_ITEMS = 10
_SENDER_STEP = 10**6
_RETRYABLE = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
)
_ANSWER_S = 10


@dataclass(slots=True)
class _Counts:
    spans: set[int] = field(default_factory=set)
    records: set[int] = field(default_factory=set)

    def of(self, signal: Signal) -> set[int]:
        return self.spans if signal is TRACES else self.records


class Sender:
    """Sends spans over gRPC and log records over HTTP in turn, until it is stopped.

    What fails retryably is sent again, the same bytes, until it is accepted. The log
    records have no uid, so that they are known by what they say.
    """

    def __init__(self, grpc_port: int, http_port: int, number: int = 0) -> None:
        self.accepted = _Counts()
        self.unsure = _Counts()
        self.retries = 0
        self.dropped: list[str] = []
        self.poisoned: set[int] = set()
        self._ports = (grpc_port, http_port)
        self._next = number * _SENDER_STEP
        self._poison_every = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def items(self) -> int:
        """How many were accepted."""
        return len(self.accepted.spans) + len(self.accepted.records)

    def poison(self, every: int) -> None:
        """From now on every so many-th span is one that a database may refuse."""
        self._poison_every = every

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what was not answered stays unsure."""
        self._stop.set()
        self._thread.join(2 * _ANSWER_S)
        assert not self._thread.is_alive()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Until so many more are accepted."""
        wanted = self.items + more
        eventually(lambda: self.items >= wanted, seconds)

    def _run(self) -> None:
        with grpc.insecure_channel(f"127.0.0.1:{self._ports[0]}") as channel:
            while not self._stop.is_set():
                self._send_one(TRACES, channel)
                if not self._stop.is_set():
                    self._send_one(LOGS, channel)

    def _send_one(self, signal: Signal, channel: grpc.Channel) -> None:
        numbers = range(self._next, self._next + _ITEMS)
        self._next += _ITEMS
        body = self._spans(numbers) if signal is TRACES else _records(numbers)
        while not self._stop.is_set():
            self.unsure.of(signal).update(numbers)
            if signal is TRACES:
                again = self._over_grpc(channel, signal, body)
            else:
                again = self._over_http(signal, body)
            if not again:
                self.unsure.of(signal).difference_update(numbers)
                self.accepted.of(signal).update(numbers)
                return
            self.retries += 1
            self._stop.wait(0.05)

    def _spans(self, numbers: range) -> bytes:
        spans = numbered(len(numbers), numbers.start)
        for one, at in zip(spans, numbers, strict=True):
            if self._poison_every and at % self._poison_every == 0:
                one.name = POISON
                self.poisoned.add(at)
        return traces(*spans).SerializeToString()

    def _over_grpc(self, channel: grpc.Channel, signal: Signal, body: bytes) -> bool:
        send: Any = channel.unary_unary(signal.method)
        try:
            answer = send(body, timeout=_ANSWER_S)
        except grpc.RpcError as error:
            if error.code() not in _RETRYABLE:
                self.dropped.append(f"{error.code()}: {error.details()}")
            return True
        if answer:
            self.dropped.append(f"partial success: {answer!r}")
        return False

    def _over_http(self, signal: Signal, body: bytes) -> bool:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._ports[1], timeout=_ANSWER_S
        )
        try:
            headers = {"content-type": "application/x-protobuf"}
            connection.request("POST", signal.path, body, headers)
            response = connection.getresponse()
            said = response.read()
        except (OSError, http.client.HTTPException):
            return True
        finally:
            connection.close()
        if response.status in (429, 503):
            return True
        if (response.status, said) != (200, b""):
            self.dropped.append(f"{response.status}: {said!r}")
            return response.status != 200
        return False


def _records(numbers: range) -> bytes:
    made = [
        log(
            time_unix_nano=NOW_NS + at,
            event_name="chatbot.view",
            attributes=[
                attribute("gen_ai.conversation.id", f"c{at % 7}"),
                attribute("n", at),
            ],
        )
        for at in numbers
    ]
    return logs(*made).SerializeToString()


@contextmanager
def sending(running: Running, count: int = 2, first: int = 0) -> Iterator[list[Sender]]:
    """So many senders to one collector, until the block ends."""
    grpc_port, http_port = running.ports["grpc"], running.ports["http"]
    senders = [Sender(grpc_port, http_port, first + at) for at in range(count)]
    for one in senders:
        one.start()
    try:
        yield senders
    finally:
        for one in senders:
            one.stop()


def check_identity(dsn: str, senders: Iterable[Sender], seconds: float = 150) -> None:
    """Accepted = stored + dead-lettered, to the row, and nothing is there twice.

    What was never answered may be there or not; nothing else may be.
    """
    senders = list(senders)
    assert [reason for one in senders for reason in one.dropped] == []
    spans = set().union(*(one.accepted.spans for one in senders))
    records = set().union(*(one.accepted.records for one in senders))
    with psycopg.connect(dsn, autocommit=True) as connection:
        eventually(lambda: spans <= set(_stored_spans(connection)), seconds)
        eventually(lambda: records <= set(_stored_records(connection)), seconds)
        for stored, sure, unsure in (
            (_stored_spans(connection), spans, [s.unsure.spans for s in senders]),
            (_stored_records(connection), records, [s.unsure.records for s in senders]),
        ):
            assert len(stored) == len(set(stored)), "some are there twice"
            assert sure <= set(stored), "some are lost"
            assert set(stored) <= sure.union(*unsure), "some were never sent"


def _stored_spans(connection: psycopg.Connection[Any]) -> list[int]:
    rows = connection.execute(
        "SELECT span_id - 1 FROM _turnspan.span UNION ALL SELECT DISTINCT "
        "(payload ->> 'span_id')::bigint - 1 FROM _turnspan.dead_letter"
    )
    return [number for (number,) in rows]


def _stored_records(connection: psycopg.Connection[Any]) -> list[int]:
    rows = connection.execute(
        "SELECT (attributes ->> 'n')::bigint FROM _turnspan.event"
    )
    return [number for (number,) in rows]
