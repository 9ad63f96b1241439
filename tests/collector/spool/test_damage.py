"""Crashes and damage: every answered request is replayed, or reported and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnspan_collector.decode import TRACES, Encoding
from turnspan_collector.spool import Request, Spool

NOW_NS = 1_769_860_800 * 10**9

bodies = st.lists(st.binary(max_size=80), min_size=1, max_size=12)


@pytest.fixture(autouse=True, scope="module")
def _no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("turnspan_collector.spool._segment.os.fsync", lambda fd: None)
        yield


def opened(folder: Path, segment_bytes: int = 200) -> Spool:
    return Spool(
        folder,
        bytes_max=10**6,
        age_s_max=10**9,
        segment_bytes=segment_bytes,
        clock_ns=lambda: NOW_NS,
    )


def requests(given_bodies: list[bytes]) -> list[Request]:
    return [
        Request(TRACES, Encoding.PROTOBUF, NOW_NS + at, body)
        for at, body in enumerate(given_bodies)
    ]


def filled(folder: Path, given: list[Request], segment_bytes: int = 200) -> None:
    spool = opened(folder, segment_bytes)
    for one in given:
        spool.append([one])
    spool.close()


def replayed(folder: Path) -> tuple[list[Request], Spool]:
    """Read and release everything, a few at a time."""
    spool = opened(folder)
    found: list[Request] = []
    while not spool.is_empty:
        entries = spool.read(100, 3)
        found += [one.request for one in entries]
        spool.release(entries)
    spool.close()
    return found, spool


def kept(folder: Path) -> bytes:
    aside = folder / "aside"
    names = sorted(aside.iterdir()) if aside.is_dir() else []
    return b"".join(one.read_bytes() for one in names)


@settings(max_examples=150, deadline=None)
@given(given_bodies=bodies, torn=st.binary(max_size=120), data=st.data())
def test_a_torn_tail_costs_nothing_that_was_answered(
    given_bodies: list[bytes], torn: bytes, data: st.DataObject
) -> None:
    """A crash in the middle of a write: part of a record, or what the disk had there.

    What was synced before is replayed, all of it and in order.
    """
    given = requests(given_bodies)
    with TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, given)
        last = max(folder.glob("*.spool"))
        if data.draw(st.booleans(), "the start of a record"):
            whole = last.read_bytes()
            torn = whole[: data.draw(st.integers(0, len(whole) - 1), "of so many")]
        with last.open("ab") as file:
            file.write(torn)
        found, spool = replayed(folder)
        # a record of the same segment that happens to be whole is a duplicate
        assert found[: len(given)] == given
        assert set(found) == set(given)
        assert not list(folder.glob("*.spool"))
        assert bool(spool.counts.set_aside) == bool(kept(folder))


@settings(max_examples=300, deadline=None)
@given(given_bodies=bodies, data=st.data())
def test_a_damaged_byte_costs_one_request_which_is_kept(
    given_bodies: list[bytes], data: st.DataObject
) -> None:
    """Wherever the byte lies: the neighbours are replayed, the rest is reported."""
    given = requests(given_bodies)
    with TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, given)
        one = data.draw(st.sampled_from(sorted(folder.glob("*.spool"))), "segment")
        content = bytearray(one.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1), "byte")
        content[at] ^= data.draw(st.integers(1, 255), "by")
        one.write_bytes(content)
        found, spool = replayed(folder)
        missing = [request for request in given if request not in found]
        assert found == [request for request in given if request not in missing]
        assert len(missing) == 1
        assert spool.counts.set_aside.total() == 1
        header_and_body = kept(folder)
        assert len(header_and_body) == missing[0].stored_bytes
        assert header_and_body in bytes(content)


@settings(max_examples=200, deadline=None)
@given(given_bodies=bodies, data=st.data())
def test_a_file_that_was_cut_short_loses_nothing_in_front_of_the_cut(
    given_bodies: list[bytes], data: st.DataObject
) -> None:
    """A cut within a record is reported, and its piece is kept."""
    given = requests(given_bodies)
    with TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, given, segment_bytes=10**6)
        [one] = folder.glob("*.spool")
        content = one.read_bytes()
        cut = data.draw(st.integers(0, len(content)), "length")
        one.write_bytes(content[:cut])
        found, spool = replayed(folder)
        ends = [0]
        for request in given:
            ends.append(ends[-1] + request.stored_bytes)
        whole = max(at for at, end in enumerate(ends) if end <= cut)
        assert found == given[:whole]
        assert kept(folder) == content[ends[whole] : cut]
        assert spool.counts.set_aside == ({"cut": 1} if ends[whole] < cut else {})


def test_a_body_that_looks_like_a_record_is_not_taken_for_one(tmp_path: Path) -> None:
    """Nobody can know the marker of a segment before it is written."""
    other = tmp_path / "other"
    other.mkdir()
    filled(other, requests([b"forged"]))
    [segment] = other.glob("*.spool")
    mine = tmp_path / "mine"
    mine.mkdir()
    honest = requests([segment.read_bytes(), b"next"])
    filled(mine, honest, segment_bytes=10**6)
    [file] = mine.glob("*.spool")
    content = bytearray(file.read_bytes())
    content[3] ^= 1
    file.write_bytes(content)
    found, spool = replayed(mine)
    assert found == honest[1:]
    assert spool.counts.set_aside == {"damaged": 1}
