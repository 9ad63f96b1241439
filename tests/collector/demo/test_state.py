"""What a demo remembers: enough to go on, and never half of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from turnspan_collector.demo._state import Progress
from turnspan_collector.demo._world import World
from turnspan_collector.errors import StartError

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)


def test_a_fresh_folder_begins_a_world_that_ends_now(tmp_path: Path) -> None:
    """Nothing remembered: 90 days back from now, nothing played."""
    assert Progress.load(tmp_path / "new", NOW) == Progress(World.ending(NOW), 0)


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    """A later day changes neither the calendar nor how far it was played."""
    Progress(World.ending(NOW)).played(123).save(tmp_path)
    later = NOW.replace(month=8)
    assert Progress.load(tmp_path, later) == Progress(World.ending(NOW), 123)
    assert [one.name for one in tmp_path.iterdir()] == ["demo.json"]


@pytest.mark.parametrize("text", ["", "{}", '{"first_day": 3}', "[]"])
def test_a_broken_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    """It names the file and says what to do."""
    (tmp_path / "demo.json").write_text(text)
    with pytest.raises(StartError, match=r"demo.json cannot be read .* another --data"):
        Progress.load(tmp_path, NOW)
