"""Sends on what was accepted: every destination has its queue, and none is waited for.

A request is queued when the store has taken it and before its client is answered, so
that kill -9 right after the answer loses nothing of it. What becomes of a queue never
becomes the client's: a request that finds no room is dropped for that destination and
counted, and a disk that hangs is waited for no longer than ``ENQUEUE_S_MAX``.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

from turnspan_collector.config import Privacy, Settings
from turnspan_collector.decode import Encoding
from turnspan_collector.destinations import SECTION
from turnspan_collector.forward._lane import Lane
from turnspan_collector.forward._metrics import ForwardMetrics
from turnspan_collector.forward._place import Place, open_place
from turnspan_collector.forward._redact import Accepted, Redaction, select
from turnspan_collector.forward._shape import items_of
from turnspan_collector.forward._via import hops, refuse_itself
from turnspan_collector.ports import Ports
from turnspan_collector.selfmetrics import SelfMetrics
from turnspan_collector.spool import Request

__all__ = ["Forwarding", "make_forwarding"]

logger = logging.getLogger(__name__)

ENQUEUE_S_MAX: Final = 1.0
_LOOK_S: Final = 0.1
_CLOSE_S: Final = 1.0

Parcel = tuple[Lane, Request, int]


class _Answer:
    """An answer that waits for queues, each of which counts one down."""

    def __init__(self, queues: int) -> None:
        self.future: Future[None] = Future()
        self.future.set_running_or_notify_cancel()
        self._left = queues
        self._lock = threading.Lock()

    def one_done(self) -> None:
        """A queue has the request, or will not have it."""
        with self._lock:
            self._left -= 1
            if self._left or self.future.done():
                return
            self.future.set_result(None)

    def release(self) -> None:
        """Wait for the others no longer."""
        with self._lock:
            if not self.future.done():
                self.future.set_result(None)


class Forwarding:
    """The destinations; ``follow`` may be called from any thread."""

    def __init__(
        self,
        lanes: Sequence[Lane],
        privacy: Privacy,
        *,
        own_spans: str = "",
        place: Place | None = None,
    ) -> None:
        self.instance = secrets.token_hex(8)
        self._lanes = tuple(lanes)
        self._own_spans = own_spans
        self._place = place
        self._redactions = {
            texts: Redaction(privacy, texts=texts)
            for texts in sorted({one.texts for one in lanes}, reverse=True)
        }
        self._overdue: deque[tuple[float, _Answer]] = deque()
        self._stop = threading.Event()
        self._clock = threading.Thread(
            target=self._run_clock, name="forward-clock", daemon=True
        )

    def complaints(self) -> dict[str, Callable[[], str]]:
        """What to ask of each destination, by its name in the settings."""
        return {f"{SECTION}.{one.name}": one.complaint for one in self._lanes}

    def start(self) -> None:
        """Begin to queue and to send."""
        for one in self._lanes:
            one.start()
        self._clock.start()

    def close(self, ends: float) -> None:
        """Send what waits until ``ends`` (monotonic); the rest stays on disk."""
        ends = max(ends, time.monotonic() + _CLOSE_S)
        closing = [
            threading.Thread(target=one.close, args=(ends,), daemon=True)
            for one in self._lanes
        ]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(max(0.0, ends - time.monotonic()) + _CLOSE_S)
        self._stop.set()
        for one in self._lanes:
            if not one.queue.is_empty:
                logger.info(
                    "%d requests wait for %s until the next start",
                    one.queue.requests,
                    one.name,
                )
        if self._place is not None:
            self._place.close()

    def follow(
        self, stored: Future[None], accepted: Accepted, received_ns: int, via: str = ""
    ) -> Future[None]:
        """The answer that comes when the request is stored, and queued where it goes.

        It fails where ``stored`` fails; then nothing is sent on. ``via`` is what the
        request said of the collectors that it came through.
        """
        try:
            parcels = self._parcels(accepted, received_ns, via)
        except Exception:
            logger.exception("a request cannot be sent on")
            for one in self._lanes:
                one.tally.not_queued(accepted.signal, accepted.items, "error")
            return stored
        if not parcels:
            return stored
        answer = _Answer(len(parcels))
        stored.add_done_callback(partial(self._queue_up, parcels, answer))
        return answer.future

    def _parcels(self, accepted: Accepted, received_ns: int, via: str) -> list[Parcel]:
        """What each destination gets of a request."""
        signal = accepted.signal
        lanes = [one for one in self._lanes if signal.name in one.signals]
        way = hops(via, self.instance)
        if not lanes or way is None:
            return []
        select(accepted, self._own_spans)
        items = items_of(signal, accepted.message)
        if not items:
            return []
        parcels: list[Parcel] = []
        # The one that takes out less comes first: both change the same message.
        for texts, redact in self._redactions.items():
            wanting = [one for one in lanes if one.texts is texts]
            if wanting:
                body = redact(signal, accepted.message)
                request = Request(signal, Encoding.PROTOBUF, received_ns, body, via=way)
                parcels += [(one, request, items) for one in wanting]
        return parcels

    def _queue_up(
        self, parcels: Sequence[Parcel], answer: _Answer, stored: Future[None]
    ) -> None:
        error = stored.exception()
        if error is not None:
            answer.future.set_exception(error)
            return
        self._overdue.append((time.monotonic() + ENQUEUE_S_MAX, answer))
        for lane, request, items in parcels:
            lane.queue.offer(request, items, answer.one_done)

    def _run_clock(self) -> None:
        """Answer for disks that hang."""
        while not self._stop.wait(_LOOK_S):
            now = time.monotonic()
            while self._overdue:
                due, answer = self._overdue[0]
                if due > now and not answer.future.done():
                    break
                self._overdue.popleft()
                answer.release()


def make_forwarding(
    settings: Settings, metrics: SelfMetrics, ports: Ports, own_spans: str
) -> Forwarding | None:
    """What the settings ask for; ``None`` where there is no destination.

    Raises ``StartError`` where a queue or a destination cannot be used.
    """
    if not settings.forward:
        return None
    refuse_itself(settings.forward, ports)
    place = open_place(settings)
    lanes = [Lane(one, place.of(one), metrics) for one in settings.forward]
    metrics.registry.register(ForwardMetrics(lanes))
    return Forwarding(lanes, settings.privacy, own_spans=own_spans, place=place)
