"""The database that a benchmark fills: the one it is given, or an embedded one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from turnspan_collector.embedded import EmbeddedPostgres

__all__ = ["database"]


@contextmanager
def database(dsn: str | None) -> Iterator[str]:
    """``dsn`` itself, or the DSN of a server that lives as long as the block."""
    if dsn is not None:
        yield dsn
        return
    with tempfile.TemporaryDirectory(prefix="turnspan-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data")
        try:
            yield server.start()
        finally:
            server.stop()
