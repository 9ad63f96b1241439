"""Applies the configured file of funnels and goals, now and whenever it changes."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final

from turnspan_collector import funnel_file
from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.funnel_file import FunnelFileError
from turnspan_exporters.errors import ExportError
from turnspan_exporters.timescale import declarations
from turnspan_exporters.timescale._connection import connect, sorted_errors

__all__ = ["FunnelWatch"]

_LOOK_EVERY_S: Final = 2.0
_log = logging.getLogger(__name__)

_State = tuple[int, int, int] | None


class FunnelWatch:
    """Looks at one file every ``look_every_s``; without a file it does nothing.

    A file that is wrong ends the start; later it is only reported, and what held
    before goes on holding. A database that is away is tried again.
    """

    def __init__(
        self, file: str, dsn: str, look_every_s: float = _LOOK_EVERY_S
    ) -> None:
        self._file = Path(file) if file else None
        self._dsn = dsn
        self._look_every_s = look_every_s
        self._seen: _State = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="funnels", daemon=True)

    def start(self) -> None:
        """Apply the file and begin to look; raises ``StartError``."""
        if self._file is None:
            return
        self._seen = _state(self._file)
        try:
            self._apply(self._file)
        except FunnelFileError as error:
            raise StartError(str(error), ExitCode.USAGE) from error
        except ExportError as error:
            raise StartError(str(error), ExitCode.DATABASE_UNREACHABLE) from error
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(self._look_every_s + 5)

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            if self._file is not None and (now := _state(self._file)) != self._seen:
                self._look(self._file, now)

    def _look(self, file: Path, now: _State) -> None:
        try:
            self._apply(file)
        except FunnelFileError as error:
            for problem in error.problems:
                _log.warning("%s The funnels stay as they were.", problem)
        except ExportError as error:
            _log.warning("the funnels wait to be declared: %s", error)
            return
        self._seen = now

    def _apply(self, file: Path) -> None:
        wanted = funnel_file.read_file(file)
        with (
            connect(self._dsn, name="turnspan funnels") as connection,
            sorted_errors("declaring funnels"),
        ):
            for one in declarations.apply(connection, wanted, file.name):
                _log.info("%s %s %s", one.kind, one.name, one.change)


def _state(file: Path) -> _State:
    """What changes when somebody writes or replaces the file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
