"""Finds the boards: every module of this folder that holds a ``BOARD``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from turnspan_dashboards.panels import Board

PACKAGE = __name__.rpartition(".")[0]


def _found() -> tuple[Board, ...]:
    path = import_module(PACKAGE).__path__
    names = sorted(one.name for one in iter_modules(path) if one.name[0] != "_")
    return tuple(import_module(f"{PACKAGE}.{name}").BOARD for name in names)


BOARDS: tuple[Board, ...] = _found()
"""All boards, in the order of their modules' names."""
