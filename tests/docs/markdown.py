"""The guides as data: their code blocks, their links, their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["GUIDES", "ROOT", "Block", "anchors", "blocks", "links", "prose"]

ROOT = Path(__file__).parents[2]

GUIDES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "docs" / "integrations").glob("*.md"),
    ]
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its file, the line it begins on, its language and its text."""

    file: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """Every block of these languages, or of all, in order."""
    return [
        block
        for guide in GUIDES
        for block in _of(guide)
        if not languages or block.language in languages
    ]


def _of(guide: Path) -> Iterator[Block]:
    text = guide.read_text("utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(guide, line, found[1], found[2])


def prose(guide: Path) -> str:
    """A guide's text without its blocks."""
    return _FENCE.sub("", guide.read_text("utf-8"))


def links(guide: Path) -> list[str]:
    """The targets of a guide's links and images."""
    return _LINK.findall(prose(guide))


def anchors(guide: Path) -> set[str]:
    """The anchors that a guide's headings make, as GitHub spells them."""
    return {_slug(heading) for heading in _HEADING.findall(prose(guide))}


def _slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")
