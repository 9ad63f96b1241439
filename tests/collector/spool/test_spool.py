"""The spool: what was appended is read again, in order, and released once stored."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from turnspan_collector.decode import LOGS, TRACES, Encoding
from turnspan_collector.spool import Request, Spool
from turnspan_exporters.errors import Overloaded, Retryable

Opened = Callable[..., Spool]

NOW_NS = 1_769_860_800 * 10**9
MANY = 1000


def request(at: int, size: int = 60) -> Request:
    """Requests that differ in signal, encoding, time and body."""
    return Request(
        (TRACES, LOGS)[at % 2],
        (Encoding.PROTOBUF, Encoding.JSON)[at % 3 == 0],
        NOW_NS - 10**9 * (100 - at),
        at.to_bytes(4, "big") + b"x" * size,
        frozenset({"shop"}) if at == 7 else None,
    )


def read(spool: Spool) -> list[Request]:
    return [one.request for one in spool.read(10**6, MANY)]


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("*.spool"))


def test_requests_come_back_as_they_were_and_in_order(opened: Opened) -> None:
    """Signal, encoding, time, rights and the whole body; after a restart too."""
    spool = opened()
    given = [request(at) for at in range(10)]
    spool.append(given[:1])
    spool.append(given[1:])
    assert read(spool) == given
    assert read(opened()) == given


def test_what_is_released_is_gone_and_what_is_not_is_read_again(
    opened: Opened, tmp_path: Path
) -> None:
    """Also after a restart, but for the segment that the reader stood in."""
    spool = opened()
    given = [request(at) for at in range(9)]
    for one in given:
        spool.append([one])
    assert len(files(tmp_path)) == 3
    spool.release(spool.read(10**6, 5))
    assert len(files(tmp_path)) == 2
    assert read(spool) == given[5:]
    assert spool.entries == 4
    assert read(opened()) == given[4:]


def test_an_empty_spool_leaves_no_file(opened: Opened, tmp_path: Path) -> None:
    """What was replayed is deleted, as those who ask to be forgotten expect."""
    spool = opened(segment_bytes=10**6)
    spool.append([request(1), request(2)])
    spool.release(spool.read(10**6, MANY))
    assert files(tmp_path) == []
    assert (spool.entries, spool.bytes, spool.is_empty) == (0, 0, True)
    spool.append([request(3)])
    assert read(spool) == [request(3)]


def test_a_read_is_bounded_in_requests_and_bytes(opened: Opened) -> None:
    """One request is read however large it is."""
    spool = opened()
    spool.append([request(at) for at in range(5)])
    assert len(spool.read(10**6, 2)) == 2
    assert len(spool.read(130, MANY)) == 2
    assert len(spool.read(1, MANY)) == 1


def test_what_another_way_stored_is_not_replayed(
    opened: Opened, tmp_path: Path
) -> None:
    """A commit that ended after its requests were spooled."""
    spool = opened(segment_bytes=10**6)
    tickets = spool.append([request(at) for at in range(4)])
    spool.discard(tickets[1:3])
    assert read(spool) == [request(0), request(3)]
    assert spool.entries == 2
    spool.discard([tickets[0], tickets[3]])
    assert spool.read(10**6, MANY) == []
    assert files(tmp_path) == []


def test_a_full_spool_takes_what_fits_and_then_nothing(opened: Opened) -> None:
    """By bytes; and it takes again when something was released (C51)."""
    spool = opened(bytes_max=250)
    assert len(spool.append([request(at) for at in range(4)])) == 2
    with pytest.raises(Overloaded, match="holds 196 of 250 bytes"):
        spool.append([request(5)])
    assert spool.complaint() == ""
    assert spool.counts.refused == 3
    spool.release(spool.read(10**6, MANY))
    spool.append([request(5)])
    assert read(spool) == [request(5)]


def test_a_spool_that_is_too_old_takes_nothing_and_throws_nothing_away(
    opened: Opened,
) -> None:
    """The oldest request decides; the complaint says why."""
    spool = opened(age_s_max=99)
    spool.append([request(0)])
    assert spool.oldest_s == 100
    assert spool.complaint() == "the spool's oldest request waits for more than 99 s"
    with pytest.raises(Overloaded):
        spool.append([request(1)])
    assert read(spool) == [request(0)]


def test_a_full_disk_is_one_to_come_back_to(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing of the refused request is left, and what was there stays whole."""
    spool = opened()
    spool.append([request(0)])
    write = os.write

    def full(fd: int, data: bytes) -> int:
        if len(data) <= 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(fd, data[:10])

    monkeypatch.setattr("turnspan_collector.spool._segment.os.write", full)
    with pytest.raises(Retryable, match="No space left on device") as refused:
        spool.append([request(1, size=6)])
    assert not isinstance(refused.value, Overloaded)
    assert "No space" in spool.complaint()
    monkeypatch.undo()
    spool.append([request(2)])
    assert spool.complaint() == ""
    assert read(spool) == [request(0), request(2)]
    again = opened()
    assert read(again) == [request(0), request(2)]
    assert again.counts.set_aside.total() == 0


def test_a_sync_that_fails_is_not_tried_again_on_the_same_file(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The kernel forgets the pages it could not write: the next sync proves nothing."""
    spool = opened(segment_bytes=10**6)
    spool.append([request(0)])

    def broken(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("turnspan_collector.spool._segment.os.fsync", broken)
    with pytest.raises(Retryable, match="Input/output error"):
        spool.append([request(1)])
    monkeypatch.undo()
    spool.append([request(2)])
    assert len(files(tmp_path)) == 2
    assert read(spool) == [request(0), request(2)]


def test_nobody_else_may_read_it(opened: Opened, tmp_path: Path) -> None:
    """Requests may carry what the collector would not store."""
    spool = opened()
    spool.append([request(0)])
    spool.set_aside(spool.read(10**6, 1)[0], "refused")
    spool.append([request(0)])
    modes = {
        one.name.rpartition(".")[2]: stat.S_IMODE(one.stat().st_mode)
        for one in tmp_path.rglob("*")
    }
    assert modes == {"aside": 0o700, "refused": 0o600, "spool": 0o600}


def test_a_request_that_is_set_aside_does_not_come_back(
    opened: Opened, tmp_path: Path
) -> None:
    """It is kept, counted, and counts for what the spool may take."""
    spool = opened()
    spool.append([request(0), request(1)])
    spool.set_aside(spool.read(10**6, 1)[0], "refused")
    assert read(spool) == [request(1)]
    assert spool.counts.set_aside == {"refused": 1}
    [kept] = (tmp_path / "aside").iterdir()
    assert kept.read_bytes().endswith(request(0).body)
    spool.release(spool.read(10**6, 1))
    assert spool.bytes == request(0).stored_bytes == opened().bytes
