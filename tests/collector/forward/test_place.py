"""Where queues lie: one process a directory, and nothing is left behind."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from turnspan_collector.config import Settings, SpoolSettings, Store
from turnspan_collector.destinations import Destination
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.forward._place import open_place
from turnspan_collector.spool import segment_name, segments_in

THERE = Destination("there", "http://127.0.0.1:9")


def settings(folder: Path, directory: str = "") -> Settings:
    return Settings(
        store=Store(data=str(folder)),
        spool=SpoolSettings(queue_directory=directory),
        forward=(THERE,),
    )


def test_two_collectors_have_places_of_their_own(tmp_path: Path) -> None:
    """And take over what a dead one left, behind their own."""
    first, second = open_place(settings(tmp_path)), open_place(settings(tmp_path))
    assert first.directory != second.directory
    for at, place in enumerate((first, second)):
        (place.of(THERE) / segment_name(1, bytes([at]) * 8)).write_bytes(b"x")
    names = [one.name for one in (first.directory, second.directory)]
    first.close()
    second.close()
    third = open_place(settings(tmp_path))
    assert third.directory.name == names[0]
    assert [one.name for one in segments_in(third.of(THERE))] == [
        segment_name(1, b"\0" * 8),
        segment_name(2, b"\1" * 8),
    ]
    assert stat.S_IMODE(third.of(THERE).stat().st_mode) == 0o700
    third.close()


def test_a_directory_that_another_uses_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    given = settings(tmp_path, str(tmp_path / "queues"))
    place = open_place(given)
    with pytest.raises(StartError, match="is used by another collector") as refused:
        open_place(given)
    assert refused.value.exit_code == ExitCode.DATA_DIRECTORY
    place.close()
    open_place(given).close()


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """There is no sending on without a queue on disk."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="give --queue-directory") as refused:
        open_place(settings(tmp_path / "file"))
    assert refused.value.exit_code == ExitCode.DATA_DIRECTORY


def test_what_waits_for_a_forgotten_destination_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is deleted for a line that went out of a file."""
    left = tmp_path / "queues" / "gone"
    left.mkdir(parents=True)
    (left / segment_name(1, bytes(8))).write_bytes(b"x")
    with caplog.at_level(logging.WARNING):
        open_place(settings(tmp_path, str(tmp_path / "queues"))).close()
    assert "the destination gone, which is set no more" in caplog.text
