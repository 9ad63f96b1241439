"""The collector's own metrics, under the OpenTelemetry Collector's names."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from turnspan_collector.decode.signals import SIGNALS, Signal
from turnspan_collector.memory import resident_bytes
from turnspan_collector.refusals import REASONS
from turnspan_exporters.exporter import Count, Stored
from turnspan_exporters.records import Batch

disable_created_metrics()  # type: ignore[no-untyped-call]  # the Go collector has none

__all__ = ["CONTENT_TYPE", "SelfMetrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
EXPORTER = "timescale"
RECEIVER = "otlp"
TRANSPORTS = ("grpc", "http")
ANSWERS = ("ok", "partial", "permanent", "retryable", "overloaded")


class SelfMetrics:
    """Counters and gauges of one collector, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        by_receiver = ("receiver", "transport")
        self._accepted = {
            one.name: self._counter(
                f"otelcol_receiver_accepted_{one.counter}",
                f"{one.items} that are durable, duplicates included.",
                by_receiver,
            )
            for one in SIGNALS
        }
        self._refused = {
            one.name: self._counter(
                f"otelcol_receiver_refused_{one.counter}",
                f"{one.items} that were not taken.",
                by_receiver,
            )
            for one in SIGNALS
        }
        self._requests = self._counter(
            "turnspan_receiver_requests",
            "Requests by answer.",
            ("transport", "signal", "answer"),
        )
        self._refused_requests = self._counter(
            "turnspan_receiver_refused_requests",
            "Requests refused as a whole, also before their items could be counted.",
            ("transport", "reason"),
        )
        self._sent = self._by_signal("otelcol_exporter_sent_", "stored")
        self._failed = self._by_signal(
            "otelcol_exporter_send_failed_", "that the store refused"
        )
        self._not_queued = self._by_signal(
            "otelcol_exporter_enqueue_failed_", "for which the queue had no room"
        )
        self._duplicates = self._counter(
            "turnspan_store_duplicates", "Records stored before.", ("signal",)
        )
        self._dead = self._counter(
            "turnspan_store_dead_lettered", "Records set aside.", ("signal",)
        )
        self._erased = self._counter(
            "turnspan_store_erased", "Records left out, of erased users.", ("signal",)
        )
        self._add_gauges()
        for signal in SIGNALS:
            self._count(signal.name, Count())
            self._failed[signal.name].labels(EXPORTER)
            self._not_queued[signal.name].labels(EXPORTER)
            for transport in TRANSPORTS:
                self.accepted(transport, signal, 0)
                self.refused(transport, signal, 0)
                for answer in ANSWERS:
                    self._requests.labels(transport, signal.name, answer)
        for transport in TRANSPORTS:
            for reason in REASONS:
                self._refused_requests.labels(transport, reason)

    def _add_gauges(self) -> None:
        self._sizes = self._gauge(
            "otelcol_exporter_queue_size",
            "Requests waiting for the store; bytes for another exporter.",
            ("exporter",),
        )
        self._capacities = self._gauge(
            "otelcol_exporter_queue_capacity",
            "Requests that may wait for the store; bytes for another exporter.",
            ("exporter",),
        )
        self._queue_size = self._sizes.labels(EXPORTER)
        self._queue_capacity = self._capacities.labels(EXPORTER)
        self._commit_seconds = Histogram(
            "turnspan_store_commit_seconds",
            "Time that a commit took.",
            registry=self.registry,
        )
        started = time.monotonic()
        self._gauge("otelcol_process_uptime", "Seconds since the start.").set_function(
            lambda: time.monotonic() - started
        )
        self._gauge(
            "otelcol_process_memory_rss", "Resident memory in bytes."
        ).set_function(resident_bytes)

    def _counter(self, name: str, about: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def _by_signal(self, prefix: str, what: str) -> dict[str, Counter]:
        return {
            one.name: self._counter(
                prefix + one.counter, f"{one.items} {what}.", ("exporter",)
            )
            for one in SIGNALS
        }

    def answered(self, transport: str, signal: Signal, answer: str) -> None:
        """One request was answered: ``ok``, ``partial`` or the error's class."""
        self._requests.labels(transport, signal.name, answer).inc()

    def refused_request(self, transport: str, reason: str) -> None:
        """One request was refused as a whole, for one of ``REASONS``."""
        self._refused_requests.labels(transport, reason).inc()

    def accepted(self, transport: str, signal: Signal, items: int) -> None:
        """Items were taken and are durable."""
        self._accepted[signal.name].labels(RECEIVER, transport).inc(items)

    def refused(self, transport: str, signal: Signal, items: int) -> None:
        """Items were not taken."""
        self._refused[signal.name].labels(RECEIVER, transport).inc(items)

    def queue_size(self, requests: int) -> None:
        """How many requests wait."""
        self._queue_size.set(requests)

    def queue_capacity(self, requests: int) -> None:
        """How many requests may wait."""
        self._queue_capacity.set(requests)

    def destination(
        self, exporter: str, queue_size: Callable[[], float], queue_capacity: float
    ) -> None:
        """There is a destination beside the store; its queue is in bytes."""
        self._sizes.labels(exporter).set_function(queue_size)
        self._capacities.labels(exporter).set(queue_capacity)
        for signal in SIGNALS:
            self.sent_on(exporter, signal, 0)
            self.not_sent_on(exporter, signal, 0)
            self.not_queued(exporter, signal, 0)

    def sent_on(self, exporter: str, signal: Signal, items: int) -> None:
        """A destination took items."""
        self._sent[signal.name].labels(exporter).inc(items)

    def not_sent_on(self, exporter: str, signal: Signal, items: int) -> None:
        """Items were dropped after they were queued for a destination."""
        self._failed[signal.name].labels(exporter).inc(items)

    def not_queued(self, exporter: str, signal: Signal, items: int) -> None:
        """A destination's queue did not take items."""
        self._not_queued[signal.name].labels(exporter).inc(items)

    def stored(self, stored: Stored, seconds: float) -> None:
        """A commit made rows durable."""
        self._commit_seconds.observe(seconds)
        self.counted(stored)

    def counted(self, stored: Stored) -> None:
        """Rows became durable, or were found to be so."""
        counts = {
            "traces": stored.spans,
            "metrics": stored.points,
            "logs": stored.events,
        }
        for name, count in counts.items():
            self._count(name, count)

    def _count(self, name: str, count: Count) -> None:
        self._sent[name].labels(EXPORTER).inc(count.inserted)
        self._duplicates.labels(name).inc(count.duplicates)
        self._dead.labels(name).inc(count.dead_lettered)
        self._erased.labels(name).inc(count.erased)

    def failed(self, batch: Batch) -> None:
        """The store refused a request."""
        sizes = {"traces": batch.spans, "metrics": batch.points, "logs": batch.events}
        for name, columns in sizes.items():
            self._failed[name].labels(EXPORTER).inc(len(columns))

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
