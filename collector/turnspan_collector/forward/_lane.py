"""All that belongs to one destination: its queue, its sender, its counters."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from turnspan_collector.destinations import GRPC, Destination
from turnspan_collector.forward._grpc import GrpcTransport
from turnspan_collector.forward._http import HttpTransport
from turnspan_collector.forward._outcome import Transport
from turnspan_collector.forward._queue import Queue
from turnspan_collector.forward._sender import Sender
from turnspan_collector.forward._tally import Tally
from turnspan_collector.selfmetrics import SelfMetrics

__all__ = ["Lane"]

COMPLAINT_S: Final = 30.0


class Lane:
    """The way to one destination; raises ``StartError`` where it cannot be laid."""

    def __init__(
        self, destination: Destination, directory: Path, metrics: SelfMetrics
    ) -> None:
        self.name = destination.name
        self.signals = destination.signal_names
        self.texts = destination.content == "on"
        self.tally = Tally(destination.name, metrics)
        transport = _transport(destination)
        self.queue = Queue(
            directory,
            destination.name,
            bytes_max=destination.queue_bytes_max,
            tally=self.tally,
            wake=lambda: self.sender.wake(),
        )
        self.sender = Sender(
            self.queue,
            transport,
            self.tally,
            age_s_max=destination.queue_age_hours_max * 3600,
            timeout_s=destination.timeout_seconds,
        )
        metrics.destination(
            self.tally.exporter, lambda: self.queue.bytes, destination.queue_bytes_max
        )

    def complaint(self) -> str:
        """Why it should be looked at; empty while it works, or failed just now."""
        failing_s = self.sender.failing_s
        if failing_s < COMPLAINT_S:
            return ""
        return f"it has taken nothing that is sent on to it for {failing_s:.0f} s"

    def start(self) -> None:
        """Begin to queue and to send."""
        self.queue.start()
        self.sender.start()

    def close(self, ends: float) -> None:
        """Queue what was handed over, and send until ``ends`` (monotonic)."""
        self.queue.close(max(0.0, ends - time.monotonic()))
        if self.sender.close(ends):
            self.queue.let_go()


def _transport(destination: Destination) -> Transport:
    if destination.protocol == GRPC:
        return GrpcTransport(destination)
    return HttpTransport(destination)
