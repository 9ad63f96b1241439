"""Where the queues lie: a directory of this process, with one of each destination.

The default directory has numbered places, because several collectors may share a
machine and an account; what dead ones left there is taken over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from turnspan_collector.config import Settings
from turnspan_collector.destinations import Destination
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.spool import claim, segment_name, segments_in

__all__ = ["Place", "open_place"]

logger = logging.getLogger(__name__)

_PLACES_MAX: Final = 64


class Place:
    """A locked directory; ``close`` lets go of it."""

    def __init__(self, directory: Path, lock: IO[bytes]) -> None:
        self.directory = directory
        self._lock = lock

    def of(self, destination: Destination) -> Path:
        """The directory of a destination's queue."""
        found = self.directory / destination.name
        found.mkdir(mode=0o700, exist_ok=True)
        found.chmod(0o700)
        return found

    def close(self) -> None:
        """Let others use it."""
        self._lock.close()


def open_place(settings: Settings) -> Place:
    """The directory of the settings, or a free place in --data.

    Raises ``StartError`` where it is used by another process or cannot be written.
    """
    given = settings.spool.queue_directory
    directory = Path(given) if given else Path(settings.store.data) / "forward"
    try:
        if given:
            lock = claim(directory)
            if lock is None:
                raise StartError(
                    f"--queue-directory {given} is used by another collector: give "
                    "each its own.",
                    ExitCode.DATA_DIRECTORY,
                )
            place = Place(directory, lock)
        else:
            place = _free(directory)
            _take_over(directory, place, settings.forward)
        _name_forgotten(place, settings.forward)
    except OSError as error:
        raise StartError(
            f"what waits for destinations cannot be written to {directory} "
            f"({error.strerror}): give --queue-directory a directory that you may "
            "write.",
            ExitCode.DATA_DIRECTORY,
        ) from None
    return place


def _free(root: Path) -> Place:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(_PLACES_MAX):
        directory = root / str(number)
        lock = claim(directory)
        if lock is not None:
            return Place(directory, lock)
    raise StartError(
        f"all {_PLACES_MAX} places in {root} are used by other collectors: give "
        "--queue-directory.",
        ExitCode.DATA_DIRECTORY,
    )


def _take_over(root: Path, place: Place, destinations: Sequence[Destination]) -> None:
    """Bring what dead collectors left for the same destinations behind what is here."""
    for other in sorted(one for one in root.iterdir() if one.name.isdecimal()):
        if other == place.directory:
            continue
        left = [one for one in destinations if _segments(other / one.name)]
        lock = claim(other) if left else None
        if lock is None:
            continue
        with lock:
            for one in left:
                _move(other / one.name, place.of(one))
                logger.info("took over what waited for %s in %s", one.name, other)


def _move(source: Path, target: Path) -> None:
    there = segments_in(target)
    number = int(there[-1].stem.partition("-")[0]) if there else 0
    for segment in segments_in(source):
        number += 1
        marker = bytes.fromhex(segment.stem.partition("-")[2])
        segment.rename(target / segment_name(number, marker))


def _segments(directory: Path) -> list[Path]:
    return segments_in(directory) if directory.is_dir() else []


def _name_forgotten(place: Place, destinations: Sequence[Destination]) -> None:
    """Say what waits for destinations that are set no more."""
    known = {one.name for one in destinations}
    for one in place.directory.iterdir():
        if one.is_dir() and one.name not in known and segments_in(one):
            logger.warning(
                "%s holds what waits for the destination %s, which is set no more: "
                "set it again, or delete the directory",
                one,
                one.name,
            )
