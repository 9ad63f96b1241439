"""Ids are unique or derived, and the sequence belongs to one process."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

import pytest

from turnspan import _ids


def test_new_ids_are_uuids_of_version_7() -> None:
    """Unique, valid, and sortable by their time."""
    before = time.time_ns() // 1_000_000
    made = [_ids.new_id() for _ in range(10_000)]
    assert len(set(made)) == 10_000
    for text in (made[0], made[-1]):
        assert (UUID(text).version, UUID(text).variant) == (7, "specified in RFC 4122")
        assert before <= int(text[:12], 16) <= time.time_ns() // 1_000_000


def test_derived_ids_depend_on_every_part() -> None:
    """The same parts give the same id; the border between parts counts."""
    assert _ids.derived_id("a", "b") == _ids.derived_id("a", "b")
    ids = {
        _ids.derived_id(*p) for p in (("a", "b"), ("ab", ""), ("", "ab"), ("b", "a"))
    }
    assert len(ids) == 4
    assert len(_ids.derived_id("\ud800")) == 32


def test_the_sequence_has_no_gap_and_no_twin_across_threads() -> None:
    """Eight threads at once take consecutive numbers."""
    taken: list[int] = []

    def take() -> None:
        taken.extend([_ids.next_seq() for _ in range(2_000)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(min(taken), min(taken) + 16_000))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_forked_process_counts_anew() -> None:
    """The child's records start at 1, as those of any process."""
    _ids.next_seq()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(_ids.next_seq()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        assert stream.read() == "1"
