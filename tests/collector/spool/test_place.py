"""Where a spool lies: one process a directory, one store, and nothing forgotten."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from turnspan_collector.config import SpoolSettings
from turnspan_collector.decode import TRACES, Encoding
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.spool import Request, Spool, note_open, open_spool, was_open

DSN = "postgresql://me:hunter2@db.example.com:5433/chats?sslmode=require"


def request(name: str) -> Request:
    return Request(TRACES, Encoding.PROTOBUF, 1, name.encode())


def opened(folder: Path, dsn: str = DSN, directory: str = "") -> Spool:
    settings = SpoolSettings(spool_directory=directory)
    spool = open_spool(settings, str(folder), dsn)
    assert spool is not None
    return spool


def bodies(spool: Spool) -> list[bytes]:
    return [one.request.body for one in spool.read(10**6, 100)]


def test_two_collectors_never_share_a_directory(tmp_path: Path) -> None:
    """By default each has a place of its own; one that was given is refused."""
    first, second = opened(tmp_path), opened(tmp_path)
    assert first.directory == tmp_path / "spool" / "0"
    assert second.directory == tmp_path / "spool" / "1"
    assert stat.S_IMODE(first.directory.stat().st_mode) == 0o700
    given = str(tmp_path / "mine")
    third = opened(tmp_path, directory=given)
    with pytest.raises(StartError, match="mine is used by another") as refused:
        opened(tmp_path, directory=given)
    assert refused.value.exit_code == ExitCode.DATA_DIRECTORY
    for one in (first, second, third):
        one.close()
    again = opened(tmp_path, directory=given)
    again.close()


def test_what_the_dead_left_is_taken_over(tmp_path: Path) -> None:
    """Of the same store, behind one's own, by whoever starts next."""
    first, second = opened(tmp_path), opened(tmp_path)
    for spool, name in ((first, "a"), (second, "b")):
        note_open(spool, DSN)
        spool.append([request(name)])
        spool.close()
    one = opened(tmp_path)
    assert one.directory == first.directory
    assert bodies(one) == [b"a", b"b"]
    one.close()
    assert bodies(opened(tmp_path)) == [b"a", b"b"]


def test_requests_for_another_store_are_left_to_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And said; they are found again by a collector of theirs."""
    first = opened(tmp_path)
    note_open(first, DSN)
    first.append([request("a")])
    first.close()
    with caplog.at_level(logging.WARNING):
        other = opened(tmp_path, "postgresql://db.example.com/other")
    assert other.directory.name == "1"
    assert "0 holds requests for another store" in caplog.text
    assert bodies(opened(tmp_path)) == [b"a"]


def test_it_knows_the_store_by_its_address_and_not_by_its_secrets(
    tmp_path: Path,
) -> None:
    """A new password does not make it another store."""
    spool = opened(tmp_path)
    assert not was_open(spool, DSN)
    note_open(spool, DSN)
    assert was_open(spool, DSN.replace("hunter2", "hunter3"))
    assert not was_open(spool, DSN.replace("chats", "other"))
    kept = (spool.directory / "store").read_text()
    assert kept == "host=db.example.com port=5433 dbname=chats\n"


def test_a_spool_may_be_switched_off(tmp_path: Path) -> None:
    """And then there is nothing on the disk."""
    settings = SpoolSettings(spool_bytes_max=0)
    assert open_spool(settings, str(tmp_path), DSN) is None
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The one that was asked for; the default is done without, with a warning."""
    (tmp_path / "file").touch()
    bad = tmp_path / "file" / "spool"
    with pytest.raises(StartError, match=r"--spool-directory .* cannot be written"):
        opened(tmp_path, directory=str(bad))
    assert open_spool(SpoolSettings(), str(bad), DSN) is None
