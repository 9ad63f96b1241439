"""One destination's sender: oldest first, small requests together, again until taken.

Delivery is at least once. A request leaves the queue when the destination answered
for it, or refused it for good, or when it waited too long; what has no answer is sent
again after a pause that grows, or that the destination asked for.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Final

from turnspan_collector.decode import Signal
from turnspan_collector.forward._outcome import (
    Delivered,
    Later,
    Outcome,
    Refused,
    Transport,
)
from turnspan_collector.forward._queue import Queue
from turnspan_collector.forward._shape import halves, items_in
from turnspan_collector.forward._tally import Tally
from turnspan_collector.spool import Entry, Ticket

__all__ = ["Sender"]

logger = logging.getLogger(__name__)

READ_BYTES_MAX: Final = 8 * 1024 * 1024
READ_REQUESTS_MAX: Final = 512
REQUEST_BYTES_MAX: Final = 1024 * 1024
"""Requests are put together up to this size: gRPC servers take 4 MiB by default."""
PAUSE_S: Final = (0.5, 30.0)
"""After a failure, at first and at most; the first doubles."""
ASKED_S_MAX: Final = 3600.0
_IDLE_S: Final = 60.0
_CLOSE_S: Final = 0.5


class Sender:
    """Sends what a queue holds, in one thread; ``start``, ``wake``, ``close``."""

    def __init__(
        self,
        queue: Queue,
        transport: Transport,
        tally: Tally,
        *,
        age_s_max: float,
        timeout_s: float,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._queue = queue
        self._transport = transport
        self._tally = tally
        self._age_ns_max = int(age_s_max * 1e9)
        self._timeout_s = timeout_s
        self._clock_ns = clock_ns
        self._changed = threading.Condition()
        self._ends: float | None = None
        """When it stops at the latest (monotonic), once it is to stop."""
        self._done: set[Ticket] = set()
        """What is done with, and waits for what is before it to be released."""
        self._pause_s = PAUSE_S[0]
        self._failing_since: float | None = None
        self._left_alone = False
        self._thread = threading.Thread(
            target=self._run, name=f"forward-{tally.name}", daemon=True
        )

    @property
    def failing_s(self) -> float:
        """Seconds since it fails to send; 0 while it does not fail."""
        since = self._failing_since
        return 0.0 if since is None else time.monotonic() - since

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to send."""
        with self._changed:
            self._changed.notify()

    def close(self, ends: float) -> bool:
        """Send what waits until ``ends`` (monotonic), while that works.

        Whether the thread is at its end; otherwise it is left alone.
        """
        with self._changed:
            self._ends = ends
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(max(0.0, ends - time.monotonic()))
            self._transport.close()
            self._thread.join(_CLOSE_S)
        self._left_alone = self._thread.is_alive()
        return not self._left_alone

    def _run(self) -> None:
        while not self._is_over():
            try:
                again = self._step()
            except Exception:
                logger.exception("sending on to %s failed", self._tally.name)
                again = Later("an unknown failure", PAUSE_S[1])
            if again is not None:
                if self._ends is not None:
                    return
                self._failed(again)
            elif self._queue.is_empty:
                with self._changed:
                    if self._ends is not None:
                        return
                    if self._queue.is_empty:
                        self._changed.wait(_IDLE_S)

    def _is_over(self) -> bool:
        return self._ends is not None and time.monotonic() >= self._ends

    def _step(self) -> Later | None:
        """Send what can be read at a time; why not, where it is to be tried again."""
        waiting = self._queue.read(READ_BYTES_MAX, READ_REQUESTS_MAX)
        self._expire(waiting)
        left = [one for one in waiting if one.ticket not in self._done]
        for group in _groups(left):
            again = self._send(group)
            self._release(waiting)
            if again is not None or self._is_over():
                return again
        self._release(waiting)
        return None

    def _expire(self, waiting: Sequence[Entry]) -> None:
        oldest_ns = self._clock_ns() - self._age_ns_max
        for one in waiting:
            if one.request.received_ns < oldest_ns and one.ticket not in self._done:
                self._drop([one], "expired")

    def _release(self, waiting: list[Entry]) -> None:
        """Let go of the oldest ones, as far as they are done with."""
        done = list(takewhile(lambda one: one.ticket in self._done, waiting))
        if done and not self._left_alone:
            self._queue.release(done)
            self._done.difference_update(one.ticket for one in done)
            del waiting[: len(done)]

    def _send(self, group: Sequence[Entry]) -> Later | None:
        """Send requests as one; where that is refused for their data, one by one."""
        signal, body = group[0].request.signal, _joined(group)
        outcome = self._ask(signal, body, group[0])
        match outcome:
            case Later():
                return outcome
            case Refused(of_data=True) if len(group) > 1:
                for one in group:
                    if again := self._send([one]):
                        return again
                return None
            case Refused(too_large=True) if parts := halves(signal, body):
                if again := self._send_parts(signal, parts, group[0]):
                    return again
            case Refused(reason):
                logger.debug("%s refused a request: %s", self._tally.name, reason)
                self._drop(group, "refused")
            case Delivered(rejected):
                self._tally.sent(signal, items_in(signal, body), rejected)
        self._done.update(one.ticket for one in group)
        return None

    def _send_parts(
        self, signal: Signal, parts: Sequence[bytes], entry: Entry
    ) -> Later | None:
        """Send a request that is too large in parts, and those in parts again."""
        for part in parts:
            match outcome := self._ask(signal, part, entry):
                case Later():
                    return outcome
                case Refused(too_large=True) if smaller := halves(signal, part):
                    if again := self._send_parts(signal, smaller, entry):
                        return again
                case Refused():
                    items = items_in(signal, part)
                    self._tally.dropped_of(signal, items, "refused")
                case Delivered(rejected):
                    self._tally.sent(signal, items_in(signal, part), rejected)
        return None

    def _ask(self, signal: Signal, body: bytes, entry: Entry) -> Outcome:
        timeout_s = self._timeout_s
        if self._ends is not None:
            timeout_s = max(0.001, min(timeout_s, self._ends - time.monotonic()))
        via = ",".join(entry.request.via)
        outcome = self._transport.send(signal, body, via, timeout_s)
        if not isinstance(outcome, Later):
            self._answers()
        return outcome

    def _drop(self, entries: Sequence[Entry], reason: str) -> None:
        for one in entries:
            signal, body = one.request.signal, one.request.body
            self._tally.dropped_of(signal, items_in(signal, body), reason)
            self._done.add(one.ticket)

    def _answers(self) -> None:
        if self._failing_since is not None:
            logger.info(
                "%s answers again after %.0f s", self._tally.name, self.failing_s
            )
        self._failing_since = None
        self._pause_s = PAUSE_S[0]

    def _failed(self, again: Later) -> None:
        """Say so the first time, and wait; a stop ends the waiting."""
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            logger.warning(
                "%s does not take what is sent on to it (%s): it waits on disk",
                self._tally.name,
                again.reason,
            )
        pause_s = self._pause_s * random.uniform(0.5, 1)  # noqa: S311
        self._pause_s = min(2 * self._pause_s, PAUSE_S[1])
        if again.after_s is not None:
            pause_s = max(pause_s, min(again.after_s, ASKED_S_MAX))
        until = time.monotonic() + pause_s
        with self._changed:
            while self._ends is None and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)


def _joined(group: Sequence[Entry]) -> bytes:
    """One request of several: their bytes one after another are just that."""
    return b"".join(one.request.body for one in group)


def _groups(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Requests of one signal that came the same way, as far as they fit together.

    The same bytes are never in a group twice: a destination that knows what it has
    would take them for twins.
    """
    held: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for one in entries:
        request = one.request
        key = (request.signal.name, request.via)
        group = held.setdefault(key, [])
        size = len(request.body) + sum(len(other.request.body) for other in group)
        twin = any(other.request.body == request.body for other in group)
        if group and (twin or size > REQUEST_BYTES_MAX):
            yield group
            held[key] = group = []
        group.append(one)
    yield from filter(None, held.values())
