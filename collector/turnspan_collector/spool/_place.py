"""Where a spool lies, and who may use it: one process a directory, one store.

The default directory has numbered places, because several collectors may share a
machine and an account. A collector takes a place of its own store, and takes over
what others of that store left behind when they died.
"""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg import conninfo

from turnspan_collector.config import SpoolSettings
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.spool._segment import (
    segment_name,
    segments_in,
    sync_directory,
)
from turnspan_collector.spool._spool import Spool

__all__ = ["claim", "note_open", "open_spool", "store_name", "was_open"]

logger = logging.getLogger(__name__)

PLACES_MAX: Final = 64
_LOCK: Final = "lock"
_STORE: Final = "store"


def open_spool(settings: SpoolSettings, data: str, dsn: str) -> Spool | None:
    """The spool of a collector of this store; ``None`` where it is switched off.

    Raises ``StartError`` where ``spool_directory`` is used by another process or
    cannot be written. Where that is so of the default, there is no spool.
    """
    if not settings.spool_bytes_max:
        return None
    store = store_name(dsn)
    options = {
        "bytes_max": settings.spool_bytes_max,
        "age_s_max": settings.spool_age_hours_max * 3600,
    }
    given = settings.spool_directory
    try:
        if given:
            return _given(Path(given), options)
        return _in_a_place(Path(data) / "spool", store, options)
    except OSError as error:
        if given:
            raise StartError(
                f"--spool-directory {given} cannot be written ({error.strerror}): give "
                "a directory that you may write and that has room.",
                ExitCode.DATA_DIRECTORY,
            ) from None
        logger.warning("there is no spool, as --data cannot be written: %s", error)
        return None


def store_name(dsn: str) -> str:
    """What tells one store from another, without a secret."""
    if not dsn:
        return "embedded"
    try:
        parts = conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        return "unknown"
    names = ("service", "host", "hostaddr", "port", "dbname")
    return " ".join(f"{name}={parts[name]}" for name in names if parts.get(name))


def was_open(spool: Spool, dsn: str) -> bool:
    """Whether a collector with this spool had this store open before."""
    return _read_store(spool.directory) == store_name(dsn)


def note_open(spool: Spool, dsn: str) -> None:
    """Keep that this store was open."""
    if was_open(spool, dsn):
        return
    try:
        (spool.directory / _STORE).write_text(f"{store_name(dsn)}\n", "utf-8")
        (spool.directory / _STORE).chmod(0o600)
    except OSError as error:
        logger.warning("the spool does not know its store: %s", error.strerror)


def _read_store(directory: Path) -> str:
    try:
        return (directory / _STORE).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def claim(directory: Path) -> IO[bytes] | None:
    """Lock a directory, made where it is missing; ``None`` where another has it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    lock = os.fdopen(
        os.open(directory / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), "r+b"
    )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _given(directory: Path, options: dict[str, Any]) -> Spool:
    lock = claim(directory)
    if lock is None:
        raise StartError(
            f"--spool-directory {directory} is used by another collector: give each "
            "its own.",
            ExitCode.DATA_DIRECTORY,
        )
    return Spool(directory, lock, **options)


def _in_a_place(root: Path, store: str, options: dict[str, Any]) -> Spool | None:
    """Take a free place, the one of this store first, and what is left in others."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    places = sorted(
        (root / str(number) for number in range(PLACES_MAX)),
        key=lambda place: _read_store(place) != store,
    )
    for place in places:
        lock = claim(place)
        if lock is None:
            continue
        if _read_store(place) not in ("", store) and segments_in(place):
            logger.warning(
                "%s holds requests for another store: start a collector with its "
                "--dsn, or give --spool-directory to send them to this one",
                place,
            )
            lock.close()
            continue
        _take_over(root, place, store)
        return Spool(place, lock, **options)
    logger.warning("there is no spool: all %d places in %s are used", PLACES_MAX, root)
    return None


def _take_over(root: Path, place: Path, store: str) -> None:
    """Bring what dead collectors of this store left into ``place``, behind its own."""
    mine = segments_in(place)
    number = int(mine[-1].stem.partition("-")[0]) if mine else 0
    for other in sorted(one for one in root.iterdir() if one.name.isdecimal()):
        if other == place or _read_store(other) != store or not segments_in(other):
            continue
        lock = claim(other)
        if lock is None:
            continue
        with lock:
            for segment in segments_in(other):
                number += 1
                marker = bytes.fromhex(segment.stem.partition("-")[2])
                segment.rename(place / segment_name(number, marker))
            logger.info("took over the requests that %s held", other)
    sync_directory(place)
