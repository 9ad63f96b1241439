"""Calls whose message does not come: grpcio waits for ever, so they are cancelled."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

__all__ = ["Deadlines"]

LOOKS_PER_LIMIT = 10


class Deadlines:
    """Cancels calls that stay longer than ``seconds_max`` in ``within``."""

    def __init__(self, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._numbers = itertools.count()
        # In the order of their ends, as all have the same time.
        self._waiting: dict[int, tuple[float, grpc.ServicerContext]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="grpc-deadlines", daemon=True
        )

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    @contextmanager
    def within(self, context: grpc.ServicerContext) -> Iterator[None]:
        """The call is cancelled where the block does not end in time."""
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = (time.monotonic() + self._seconds_max, context)
        try:
            yield
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds_max / LOOKS_PER_LIMIT):
            for context in self._late():
                context.cancel()

    def _late(self) -> list[grpc.ServicerContext]:
        """Take out the calls whose time is over."""
        found = []
        now = time.monotonic()
        with self._lock:
            for number, (ends, context) in [*self._waiting.items()]:
                if ends > now:
                    break
                del self._waiting[number]
                found.append(context)
        return found
