"""The memory guard: a soft limit that never stops the last request, and turns."""

from __future__ import annotations

import threading

import pytest
from tests.support.running import eventually

from turnspan_collector import memory
from turnspan_collector.memory import LARGE_BYTES, MemoryGuard
from turnspan_exporters.errors import Overloaded

MIB = 2**20


def test_above_the_soft_limit_requests_come_again_later() -> None:
    """Retryably, with both figures; below it they are let in (C65)."""
    used = [100 * MIB]
    guard = MemoryGuard(200 * MIB, 10**9, lambda: used[0])
    guard.check()
    used[0] = 300 * MIB
    eventually(lambda: _refused(guard))
    with pytest.raises(Overloaded, match=r"300 MiB .* 200 are allowed"):
        guard.check()
    used[0] = 100 * MIB
    eventually(lambda: not _refused(guard))


def _refused(guard: MemoryGuard) -> bool:
    try:
        guard.check()
    except Overloaded:
        return True
    return False


def test_memory_that_is_not_given_back_stops_nobody() -> None:
    """Where nothing is in work a request is let in, however much is in use."""
    guard = MemoryGuard(MIB, 10**9, lambda: 10 * MIB)
    guard.check(busy=False)
    with guard.decoding(2 * LARGE_BYTES), pytest.raises(Overloaded):
        guard.check(busy=False)
    with guard.reading(), pytest.raises(Overloaded):
        guard.check(busy=False)
    guard.check(busy=False)


def test_rows_that_wait_for_the_store_are_waited_for() -> None:
    """A large request that came when memory was free is not decoded beside them."""
    guard = MemoryGuard(MIB, 10**9, lambda: 10 * MIB)
    refused = pytest.raises(Overloaded, match="10 MiB of memory are in use")
    with refused, guard.decoding(2 * LARGE_BYTES, lambda: True):
        pass
    with guard.decoding(2 * LARGE_BYTES, lambda: False):
        pass
    with guard.decoding(LARGE_BYTES, lambda: True):
        pass


def test_large_requests_take_turns_and_small_ones_do_not_wait() -> None:
    """Two large ones are never decoded at once."""
    guard = MemoryGuard(10**12, 10**12, lambda: 0)
    entered = threading.Event()

    def second() -> None:
        with guard.decoding(2 * LARGE_BYTES):
            entered.set()

    with guard.decoding(2 * LARGE_BYTES):
        thread = threading.Thread(target=second)
        thread.start()
        with guard.decoding(10):
            assert not entered.wait(0.1)
    assert entered.wait(20)
    thread.join()


def test_bytes_that_wait_to_be_decoded_are_bounded() -> None:
    """More are refused; one larger than the bound gets through when it is alone."""
    guard = MemoryGuard(10**12, 100, lambda: 0)
    refused = pytest.raises(Overloaded, match="500 bytes of requests wait")
    with guard.decoding(500), refused:
        guard.decoding(1).__enter__()
    with guard.decoding(1):
        pass


def test_so_many_messages_are_gathered_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others wait a little, and then come again later."""
    monkeypatch.setattr(memory, "READ_WAIT_SECONDS_MAX", 0.01)
    guard = MemoryGuard(10**12, 10**12, lambda: 0)
    held = [guard.reading() for _ in range(memory.READERS_MAX)]
    for one in held:
        one.__enter__()
    with pytest.raises(Overloaded, match="too many requests are being read"):
        guard.reading().__enter__()
    for one in held:
        one.__exit__(None, None, None)
    with guard.reading():
        pass


def test_it_knows_what_it_uses() -> None:
    """As the system says."""
    assert memory.resident_bytes() > 10 * MIB
