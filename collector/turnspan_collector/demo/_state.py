"""What a demo remembers between two runs: its calendar, and how far it has played."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from turnspan_collector.errors import ExitCode, StartError

from ._world import World

__all__ = ["Progress"]

_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """A world and the nanosecond up to which it is in the database (0: nothing)."""

    world: World
    played_until_ns: int = 0

    @classmethod
    def load(cls, folder: Path, now: datetime) -> Progress:
        """What ``folder`` remembers, or a fresh world whose history ends now."""
        file = folder / _FILE
        if not file.exists():
            return cls(World.ending(now))
        try:
            found = json.loads(file.read_text("utf-8"))
            world = World(date.fromisoformat(found["first_day"]), int(found["seed"]))
            return cls(world, int(found["played_until_ns"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StartError(
                f"{file} cannot be read ({error}): give another --data, or remove "
                "the folder to begin afresh.",
                ExitCode.DATA_DIRECTORY,
            ) from error

    def played(self, until_ns: int) -> Progress:
        """The same world, played further."""
        return replace(self, played_until_ns=until_ns)

    def save(self, folder: Path) -> None:
        """Remember it, whole or not at all.

        It is saved before playing too: records that are sent a second time, because
        the first attempt was cut short, are then the same records.
        """
        text = json.dumps(
            {
                "first_day": self.world.first_day.isoformat(),
                "seed": self.world.seed,
                "played_until_ns": self.played_until_ns,
            }
        )
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{_FILE}.new"
        draft.write_text(text + "\n", "utf-8")
        os.replace(draft, folder / _FILE)
