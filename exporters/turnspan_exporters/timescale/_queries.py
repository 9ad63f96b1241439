"""The SQL statements of this package, by name, from the files in ``sql/``.

A file holds statements after lines ``-- name: what_it_is_called``; comments before the
first name say what the file is for. ``{name}`` in a statement stands for the part that
``record.sql`` calls so.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

from psycopg import sql

__all__ = ["query", "steps"]

_PARTS: Final = "record"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def query(name: str) -> sql.SQL:
    """The statement called ``name``."""
    return _all()[name]


@cache
def steps(file: str) -> tuple[tuple[str, sql.SQL], ...]:
    """All statements of one file with their names, in order."""
    folder = resources.files("turnspan_exporters.timescale") / "sql"
    parts = _NAME.split((folder / f"{file}.sql").read_text("utf-8"))[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return tuple((name, sql.SQL(_filled(file, text.strip()))) for name, text in pairs)


def _filled(file: str, text: str) -> str:
    if file == _PARTS:
        return text
    for name, part in steps(_PARTS):
        text = text.replace(f"{{{name}}}", part.as_string())
    return text


@cache
def _all() -> dict[str, sql.SQL]:
    folder = resources.files("turnspan_exporters.timescale") / "sql"
    files = [one.name for one in folder.iterdir() if one.name.endswith(".sql")]
    found: dict[str, sql.SQL] = {}
    for file in sorted(files):
        for name, text in steps(file.removesuffix(".sql")):
            if name in found:
                raise ValueError(f"two statements are called {name}")
            found[name] = text
    return found
