"""Which paths are a chat's: exact ones, globs, templates and expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

Path = str | re.Pattern[str]

DEFAULT_PATHS: Final = ("**/chat", "**/chat/**")
CACHED_MAX: Final = 1_024
"""So many paths are remembered; ids in paths make many of them."""

_TOKEN: Final = re.compile(r"/?\*\*|\*|\{([a-zA-Z_][a-zA-Z0-9_]*)(?::[a-z]+)?\}")


class Paths:
    """A set of path patterns.

    ``*`` stands for one segment, ``**`` for any number of them, ``{name}`` for one
    segment that extractors can ask for; the groups of a compiled expression, which
    must match the whole path, likewise.
    """

    __slots__ = ("_others", "_patterns")

    def __init__(self, paths: Path | Iterable[Path]) -> None:
        given = [paths] if isinstance(paths, str | re.Pattern) else list(paths)
        if not given:
            raise ValueError("path is empty; give at least one path such as '/chat'")
        self._patterns = [_compiled(path) for path in given]
        self._others: set[str] = set()

    def match(self, path: str) -> Mapping[str, str] | None:
        """Give the path's parameters, or None when it is not one of these."""
        if path in self._others:
            return None
        for pattern in self._patterns:
            if (found := pattern.fullmatch(path)) is not None:
                return found.groupdict()
        if len(self._others) < CACHED_MAX:
            self._others.add(path)
        return None


def _compiled(path: Path) -> re.Pattern[str]:
    if isinstance(path, re.Pattern):
        return path
    parts: list[str] = []
    end = 0
    for token in _TOKEN.finditer(path):
        parts.append(re.escape(path[end : token.start()]))
        parts.append(_expression(token))
        end = token.end()
    parts.append(re.escape(path[end:]))
    return re.compile("".join(parts))


def _expression(token: re.Match[str]) -> str:
    if token.group(1) is not None:
        return f"(?P<{token.group(1)}>[^/]+)"
    return "[^/]+" if token.group() == "*" else "(?:/.*)?"
