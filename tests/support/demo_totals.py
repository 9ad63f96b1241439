"""The demo's known totals: counted once, committed, and compared ever after.

``python -m tests.support.demo_totals`` writes the file again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from turnspan_collector.demo import DAYS, World, totals

__all__ = ["PATH", "PINNED_END", "committed", "counted", "settled_world", "written"]

PATH = Path(__file__).parents[1] / "data" / "demo_totals.json"

PINNED_END = datetime(2026, 6, 1, tzinfo=UTC)
"""A Monday: every world that ends on one has the same totals."""


def committed() -> dict[str, Any]:
    """The totals as they stand in the file."""
    loaded: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    return loaded


def counted(world: World) -> dict[str, Any]:
    """The totals of a world's 90 days, as they would stand in the file."""
    found: dict[str, Any] = json.loads(json.dumps(totals(world, DAYS).as_json()))
    return found


def written() -> str:
    """The file's text."""
    return json.dumps(counted(World.ending(PINNED_END)), indent=1) + "\n"


def settled_world(now: datetime) -> World:
    """The world that ended on the last Monday more than two days ago.

    Two days later all that began in it has come to its end.
    """
    day = (now.astimezone(UTC) - timedelta(days=2)).date()
    monday = day - timedelta(days=day.weekday())
    return World.ending(datetime.combine(monday, datetime.min.time(), UTC))


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(written(), "utf-8")
