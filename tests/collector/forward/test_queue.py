"""The queue of a destination: what it holds survives, and what it cannot is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.collector.forward.conftest import put, records, spans

from turnspan_collector.forward._queue import Queue
from turnspan_collector.forward._tally import Tally
from turnspan_collector.spool import Request

Opened = Callable[..., Queue]


def held(queue: Queue) -> list[Request]:
    return [one.request for one in queue.read(10**7, 1000)]


def test_what_was_queued_is_there_after_a_restart(opened: Opened) -> None:
    """In order, with the way that it came."""
    given = [spans(1), records(2), spans(3, via=("a", "b"))]
    put(opened(), *given)
    assert held(opened()) == given


def test_what_was_released_does_not_come_back(opened: Opened, tmp_path: Path) -> None:
    """Although the segment that it lies in is still there."""
    queue = opened()
    given = [spans(at) for at in range(5)]
    put(queue, *given)
    queue.release(queue.read(10**7, 2))
    assert len(list(tmp_path.glob("*.spool"))) == 1
    again = opened()
    assert held(again) == given[2:]
    assert again.requests == 3


def test_a_note_of_another_segment_skips_nothing(
    opened: Opened, tmp_path: Path
) -> None:
    """Numbers of segments come again; their names do not."""
    queue = opened()
    put(queue, spans(1))
    queue.release(queue.read(10**7, 1))
    queue = opened()
    put(queue, spans(2))
    name = next(iter(tmp_path.glob("*.spool"))).name
    (tmp_path / "position").write_text(f"{name[:10]}-{'0' * 16}.spool 40\n")
    assert held(opened()) == [spans(2)]


@pytest.mark.parametrize("note", ["", "nothing of use", "a.spool x", "\xff"])
def test_a_note_that_cannot_be_read_is_ignored(
    opened: Opened, tmp_path: Path, note: str
) -> None:
    """Something is sent twice then, and nothing is lost."""
    put(opened(), spans(1))
    (tmp_path / "position").write_text(note, "latin-1")
    assert held(opened()) == [spans(1)]


def test_a_full_queue_drops_what_is_new_and_counts_it(
    opened: Opened, tally: Tally
) -> None:
    """What waits already stays; there is room again when it is gone."""
    queue = opened(bytes_max=3 * spans(1).stored_bytes)
    put(queue, *(spans(at) for at in range(5)))
    assert held(queue) == [spans(0), spans(1), spans(2)]
    assert tally.dropped == {"full": 2}
    queue.release(queue.read(10**7, 3))
    put(queue, spans(6))
    assert held(queue) == [spans(6)]


def test_a_disk_that_takes_nothing_is_counted(
    opened: Opened, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody waits for it."""
    queue = opened()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        put(queue, spans(1))
    assert tally.dropped == {"disk": 1}
    put(queue, spans(2))
    assert held(queue) == [spans(2)]
